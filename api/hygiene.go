package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"zhengxiao/internal/hygiene"
)

// knownHost refuses requests that are addressed to somebody else: links, caches and other
// names pointed at this server must not pass for it. Probes come by address.
func (s *server) knownHost(c *gin.Context) {
	host := strings.ToLower(c.Request.Host)
	known := len(s.config.Hosts) == 0 || slices.ContainsFunc(s.config.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
	if !known && !slices.Contains([]string{"/healthz", "/readyz"}, c.FullPath()) {
		writeProblem(c, errHost)
		return
	}
	c.Next()
}

// misleading reports whether part of an address has characters that no text may have.
func misleading(s string) bool {
	_, bad := hygiene.Text(s)
	return bad
}

// lines are the properties of bodies that are names and the like. The others are texts of
// people, ids and codes that are looked up.
var lines = []string{
	"name", "title", "topic", "login", "code", "subject", "video_location", "school", "cohort", "receipt", "id_number", "phone", "course",
	"environment", "version", "kind", "q",
}

func isLine(property string) bool { return slices.Contains(lines, property) }

// A body's limits in bytes. Files never pass through here, but for sheets to import.
const (
	maxBody = 1 << 20
	minBody = 8 << 10 // room for white space and names
	maxForm = 64 << 10
)

// escaped is how many bytes a character takes at most: 😀 as two \uXXXX.
const escaped = 12

// bodyLimit is the most bytes a body can have that follows the contract.
func bodyLimit(op *openapi3.Operation) int {
	if op.RequestBody == nil {
		return 0
	}
	if op.RequestBody.Value.Content[formType] != nil {
		return maxForm
	}
	media := op.RequestBody.Value.Content["application/json"]
	if media == nil {
		return maxBody
	}
	return min(max(sizeOf(media.Schema, 0), minBody), maxBody)
}

// sizeOf bounds the JSON of a schema; what has no bound in the contract is maxBody.
func sizeOf(ref *openapi3.SchemaRef, depth int) int {
	const number, punctuation, deepest = 32, 8, 16
	if ref == nil || depth > deepest {
		return maxBody
	}
	s, size := ref.Value, number
	switch {
	case s.Type.Is("object"):
		if s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
			return maxBody
		}
		for name, property := range s.Properties {
			size += len(name)*escaped + punctuation + sizeOf(property, depth+1)
		}
	case s.Type.Is("array"):
		if s.MaxItems == nil {
			return maxBody
		}
		size += int(min(*s.MaxItems, maxBody)) * (punctuation + sizeOf(s.Items, depth+1))
	case s.Type.Is("string") && s.MaxLength != nil:
		size += int(min(*s.MaxLength, maxBody)) * escaped
	case s.Type.Is("string") && len(s.Enum) == 0 && s.Format == "":
		return maxBody
	default:
		const enumerated = 128
		size = enumerated
	}
	return min(size, maxBody)
}

// methodOverrides are headers by which some frameworks let a request be another one. None
// counts here; a request that bears one was made for somebody else.
var methodOverrides = []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}

// plainMethod refuses requests that say two things about what they do.
func plainMethod(c *gin.Context) {
	for _, h := range methodOverrides {
		if c.GetHeader(h) != "" {
			writeProblem(c, errMethod)
			return
		}
	}
	if c.Request.Method == http.MethodTrace || c.Request.Method == http.MethodConnect {
		writeProblem(c, errMethod)
		return
	}
	c.Next()
}
