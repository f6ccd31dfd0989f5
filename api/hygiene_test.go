package api

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/sample"
)

// objectsIn calls f with every object of a value that its schema closes, and where it is.
func objectsIn(ref *openapi3.SchemaRef, v any, path string, f func(o map[string]any, path string)) {
	switch v := v.(type) {
	case map[string]any:
		if open := ref.Value.AdditionalProperties; open.Schema == nil && (open.Has == nil || !*open.Has) {
			f(v, path)
		}
		for name, property := range ref.Value.Properties {
			objectsIn(property, v[name], path+name+".", f)
		}
	case []any:
		for _, e := range v {
			objectsIn(ref.Value.Items, e, path+"0.", f)
		}
	}
}

// reader routes every operation through what reads requests, and answers 204 to what
// follows the contract.
func requestReader(t *testing.T) http.Handler {
	t.Helper()
	spec, err := loadContract()
	require.NoError(t, err)
	r := gin.New()
	r.ContextWithFallback = true
	r.Use(identify, spec.resolve, spec.readBody, spec.validate)
	for route := range spec.routes {
		method, path, _ := strings.Cut(route, " ")
		r.Handle(method, path, func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
	return r
}

// openBodies take any object at the path, because they are data of the domain with a
// reader of its own (policy.ParsePatch refuses what it does not know).
var openBodies = map[string]string{"publishOverlay": "patch", "checkOverlay": "patch"}

// What a request may set is what the contract names: everything else, and above all what
// the system itself decides, is refused at every depth of every body, never ignored.
func TestNoBodyTakesWhatTheContractDoesNotName(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	h := requestReader(t)
	for route, op := range spec.routes {
		if op.route.Operation.RequestBody == nil || op.takesFile() || op.takesForm() {
			continue
		}
		schema := op.route.Operation.RequestBody.Value.Content["application/json"].Schema
		_, path, _ := strings.Cut(route, " ")
		send := func(v any) reply {
			return reply{serveJSON(t, h, op.route.Method, filled(path), v), t}
		}
		least := sample.Smallest(schema)
		require.Equal(t, http.StatusNoContent, send(least).Code, "%s takes its own least %v: %s", op.id(), least, send(least).Body)
		v := sample.Whole(schema)
		require.Equal(t, http.StatusNoContent, send(v).Code, "%s takes its own sample %v: %s", op.id(), v, send(v).Body)
		objects := 0
		objectsIn(schema, v, "", func(o map[string]any, at string) {
			if open := openBodies[op.id()]; open != "" && strings.HasPrefix(at, open) {
				return
			}
			objects++
			for _, extra := range []string{"zz_extra", "id", "state", "stage", "actor_id", "created_at", "roles_", "is_admin", "password_hash", "org_path", "Name", "__proto__"} {
				if _, known := o[extra]; known || schema.Value.Properties[extra] != nil {
					continue
				}
				o[extra] = "1"
				p := send(v).refused(http.StatusUnprocessableEntity, apperr.Invalid)
				delete(o, extra)
				require.Equal(t, at+extra, p.Field, op.id())
			}
		})
		require.NotZero(t, objects, op.id())
	}
}

// filled gives every parameter of a route some value.
func filled(path string) string {
	path = strings.NewReplacer(":kind", string(domain.SubmitTeam), ":part", "1", ":n", "1", ":role", string(domain.RoleDistrict), ":providerId", "city").Replace(path)
	return ginParam.ReplaceAllString(path, "1")
}

var ginParam = regexp.MustCompile(`:\w+`)

func serveJSON(t *testing.T, h http.Handler, method, path string, v any) *httptest.ResponseRecorder {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	req := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "key-00000001")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// Nobody who has not signed in makes the server keep a megabyte, and everything that the
// contract allows fits.
func TestBodiesAreAsLargeAsTheContractAllows(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	limits := map[string]int{}
	for _, op := range spec.routes {
		limits[op.id()] = op.maxBody
	}
	require.Equal(t, minBody, limits["login"])
	require.Equal(t, minBody, limits["closeAlarm"])
	require.Equal(t, maxBody, limits["putRoster"])
	require.Equal(t, maxBody, limits["publishOverlay"])
	require.Zero(t, limits["getMe"])
	r, _ := newWorld(t)
	huge := gen.LoginRequest{Login: "a", Password: strings.Repeat("x", minBody)}
	p := r.nobody().post("/api/v1/sessions", huge).refused(http.StatusRequestEntityTooLarge, apperr.TooLarge)
	require.Contains(t, p.Detail, "8 KB")
	longest := gen.LoginRequest{Login: strings.Repeat("😀", 64), Password: strings.Repeat("😀", 256)}
	r.nobody().post("/api/v1/sessions", longest).refused(http.StatusUnauthorized, apperr.Unauthenticated)
}

func TestBodiesAreReadInOneWayOnly(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin := r.as(w.User(w.City, domain.RoleSysadmin).ID)
	for body, field := range map[string]string{
		`{"name":"甲校","code":"x1","parent_id":"` + w.District.ID + `","level":"school","name":"乙校"}`: "name",
		`{"name":"甲\u202e校","code":"x1","parent_id":"` + w.District.ID + `","level":"school"}`:       "name",
		`{"name":"甲\u200b校","code":"x1","parent_id":"` + w.District.ID + `","level":"school"}`:       "name",
		`{"name":"甲校","code":"x\u0000","parent_id":"` + w.District.ID + `","level":"school"}`:        "code",
	} {
		p := admin.send(http.MethodPost, "/api/v1/orgs", body).refused(http.StatusUnprocessableEntity, apperr.Invalid)
		require.Equal(t, field, p.Field, body)
	}
	for _, path := range []string{"/api/v1/orgs?q=%00", "/api/v1/orgs?q=%E2%80%AE", "/api/v1/orgs/a%00b", "/api/v1/orgs?q=%1B[31m"} {
		admin.send(http.MethodGet, path, nil).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	}
}

func TestRequestsForOtherHostsAreRefused(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t, func(c *Config) { c.Hosts = []string{"zx.example", "zx.example:8443"} })
	get := func(host, path string) reply {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Host = host
		req.Header.Set("X-Forwarded-Host", "zx.example")
		w := httptest.NewRecorder()
		r.h.ServeHTTP(w, req)
		return reply{w, t}
	}
	for _, host := range []string{"zx.example", "ZX.example", "zx.example:8443"} {
		get(host, "/api/v1/me").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
	for _, host := range []string{"evil.example", "zx.example.evil.example", "zx.example:1", "127.0.0.1", "", "zx.example@evil.example"} {
		get(host, "/api/v1/me").refused(http.StatusMisdirectedRequest, codeHost)
		get(host, "/anything").refused(http.StatusMisdirectedRequest, codeHost)
		require.Equal(t, http.StatusOK, get(host, "/healthz").Code, "probes know the address only")
	}
}

func TestARequestSaysOnceWhatItDoes(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	me := r.as(w.User(w.City, domain.RoleSysadmin).ID)
	for _, h := range methodOverrides {
		me.send(http.MethodPost, "/api/v1/alarms/x/close", `{"note":"x"}`, h, "DELETE").refused(http.StatusMethodNotAllowed, codeMethod)
	}
	for _, method := range []string{http.MethodTrace, http.MethodConnect, "FOO", http.MethodPatch, http.MethodHead} {
		me.send(method, "/api/v1/me", nil).refused(http.StatusMethodNotAllowed, codeMethod)
	}
	me.send(http.MethodTrace, "/", nil).refused(http.StatusMethodNotAllowed, codeMethod)
}

// Every answer bears them, whatever it says and whoever gives it.
func TestEveryAnswerIsFencedIn(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		r, w := newWorld(t, func(c *Config) { c.SecureCookie = secure })
		me := r.as(w.User(w.City, domain.RoleSysadmin).ID)
		answers := map[string]http.Header{
			"a list":        me.get("/api/v1/orgs").Header(),
			"a refusal":     me.get("/api/v1/orgs/none").Header(),
			"no address":    me.get("/api/v1/none").Header(),
			"no method":     me.send(http.MethodPatch, "/api/v1/me", nil).Header(),
			"not signed in": r.nobody().get("/api/v1/me").Header(),
			"health":        r.nobody().get("/healthz").Header(),
			"bad address":   r.nobody().get("/api/v1/me?%ff").Header(),
		}
		for name, h := range answers {
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				require.Equal(t, want, h.Get(header), "%s of %s", header, name)
			}
			require.NotEmpty(t, h.Get("Permissions-Policy"), name)
			hsts := ""
			if secure {
				hsts = "max-age=31536000; includeSubDomains"
			}
			require.Equal(t, hsts, h.Get("Strict-Transport-Security"), name)
			require.Empty(t, h.Get("Access-Control-Allow-Origin"), name)
			require.Empty(t, h.Get("Server"), name)
		}
	}
}

// A panic is on record and the client learns that something failed, also when the deadline
// has passed, half the answer is out or the client is gone.
func TestAPanicIsNeverSilent(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]gin.HandlerFunc{
		"at once": func(*gin.Context) { panic("boom") },
		"after the deadline": func(c *gin.Context) {
			<-c.Request.Context().Done()
			panic("boom")
		},
		"in the middle": func(c *gin.Context) {
			c.String(http.StatusOK, "half")
			panic("boom")
		},
		"without client": func(*gin.Context) { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quiet()
			var log bytes.Buffer
			s := &server{log: slog.New(slog.NewTextHandler(&log, nil))}
			r := gin.New()
			r.Use(identify, s.logAccess, s.recoverPanics, deadline(time.Millisecond))
			r.GET("/", handle)
			w := httptest.NewRecorder()
			client, leave := context.WithCancel(t.Context())
			defer leave()
			ask := func() { r.ServeHTTP(w, httptest.NewRequestWithContext(client, http.MethodGet, "/", http.NoBody)) }
			switch name {
			case "in the middle":
				require.PanicsWithValue(t, http.ErrAbortHandler, ask, "the connection is cut")
			case "without client":
				leave()
				ask()
			default:
				ask()
				require.Equal(t, http.StatusInternalServerError, w.Code)
				require.NotContains(t, w.Body.String(), "boom")
			}
			require.Contains(t, log.String(), "level=ERROR")
			require.Contains(t, log.String(), "boom")
		})
	}
}

func TestTheLimitsOfAConnectionAreSet(t *testing.T) {
	t.Parallel()
	s := HTTPServer(http.NotFoundHandler())
	for name, set := range map[string]bool{
		"headers": s.ReadHeaderTimeout > 0, "body": s.ReadTimeout > 0, "answer": s.WriteTimeout > 0, "rest": s.IdleTimeout > 0,
		"header bytes": s.MaxHeaderBytes > 0 && s.MaxHeaderBytes <= 64<<10,
	} {
		require.True(t, set, name)
	}
	require.Less(t, s.ReadHeaderTimeout, s.WriteTimeout)
}
