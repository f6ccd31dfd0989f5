package attack

import (
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"zhengxiao/internal/sample"
)

// operation is one of the contract.
type operation struct {
	id, method, path string
	params           []string // of the path
	op               *openapi3.Operation
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

func operations(spec *openapi3.T) []operation {
	var all []operation
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			path := strings.NewReplacer("/privacy/requests/{requestId}", "/privacy/requests/{dataRequestId}", // not a roster's
				"/plan-revisions/{version}", "/plan-revisions/{n}").Replace(path) // not a calendar's
			o := operation{id: op.OperationID, method: method, path: path, op: op}
			for _, m := range pathParam.FindAllStringSubmatch(path, -1) {
				o.params = append(o.params, m[1])
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return all
}

// at is the operation's address with its parameters filled in.
func (o operation) at(fill func(param string) string) string {
	path := pathParam.ReplaceAllStringFunc(o.path, func(m string) string { return fill(strings.Trim(m, "{}")) })
	var query []string
	for _, p := range o.op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery && p.Value.Required {
			if v, ok := sample.Smallest(p.Value.Schema).(string); ok {
				query = append(query, p.Value.Name+"="+v)
			}
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	return path
}

// query lists the free texts among the parameters.
func (o operation) query() []string {
	var names []string
	for _, p := range o.op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery && p.Value.Schema.Value.Type.Is("string") && len(p.Value.Schema.Value.Enum) == 0 {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

func (o operation) has(param string) bool {
	return o.op.Parameters.GetByInAndName(openapi3.ParameterInQuery, param) != nil
}

// writes reports whether the operation changes anything.
func (o operation) writes() bool { return o.method != "GET" }

// body is the smallest body that the contract takes, nil for none, and its media type.
func (o operation) body() (any, string) {
	if o.op.RequestBody == nil {
		return nil, ""
	}
	for media, content := range o.op.RequestBody.Value.Content {
		if media == "application/json" {
			return sample.Smallest(content.Schema), media
		}
		return []byte("x"), media
	}
	return nil, ""
}
