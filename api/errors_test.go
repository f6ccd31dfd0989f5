package api

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
)

// declaredCodes finds every `… apperr.Code = "…"` (and apperr's own) in the source of the
// root module.
func declaredCodes(t *testing.T) map[string]string {
	t.Helper()
	code := regexp.MustCompile(`(?m)^\s*(?:const )?\w+\s+(?:apperr\.)?Code\s*=\s*"([a-z0-9_]+)"`)
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "standalone" || d.Name() == "tools" || d.Name() == "node_modules" || (strings.HasPrefix(d.Name(), ".") && d.Name() != "..")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range code.FindAllStringSubmatch(string(raw), -1) {
			found[m[1]] = path
		}
		return err
	})
	require.NoError(t, err)
	return found
}

func TestEveryDeclaredCodeHasAStatus(t *testing.T) {
	t.Parallel()
	codes := declaredCodes(t)
	require.Greater(t, len(codes), 60, "the pattern no longer finds the codes")
	for code, path := range codes {
		status := statusOf(apperr.Code(code))
		require.GreaterOrEqual(t, status, 400, "%s of %s", code, path)
		require.NotEmpty(t, titles[status], "no title for the status of %s in %s", code, path)
		if strings.Contains(path, "apperr") {
			require.Contains(t, statuses, apperr.Code(code), "general codes are never left to the default")
		}
	}
	for code := range statuses {
		require.Contains(t, codes, string(code), "the status table names a code that nobody declares")
	}
}

func TestUnknownErrorsShowNothingOfTheirCause(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("dial tcp 10.0.0.7:3306: secret"),
		apperr.Wrap(errors.New("dial tcp 10.0.0.7:3306: secret"), apperr.Unavailable, "数据库暂时无法访问，请稍后重试。"),
	} {
		p := problemOf(err, "r")
		require.NotContains(t, p.Detail+p.Title+p.Field, "secret")
		require.GreaterOrEqual(t, p.Status, 500)
	}
}

// TestEveryErrorPathOfTheGeneratedServer forces each of the four places where generated
// code would answer by itself, with err.Error() in it, if it were not told otherwise.
func TestEveryErrorPathOfTheGeneratedServer(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret internals")
	for name, tc := range map[string]struct {
		fail   func(*gin.Context)
		status int
	}{
		"parameter": {func(c *gin.Context) { refuseParameter(c, secret, http.StatusBadRequest) }, http.StatusUnprocessableEntity},
		"request":   {func(c *gin.Context) { refuseRequest(c, secret) }, http.StatusUnprocessableEntity},
		"handler":   {func(c *gin.Context) { writeProblem(c, secret) }, http.StatusInternalServerError},
		"response":  {func(c *gin.Context) { refuseResponse(c, secret) }, http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := gin.New()
			r.GET("/", identify, tc.fail)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			reply{w, t}.refused(tc.status, map[bool]apperr.Code{true: apperr.Internal, false: apperr.Invalid}[tc.status == 500])
			require.NotContains(t, w.Body.String(), "secret")
		})
	}
}

// bare is the generated server without our contract check in front, so that its own
// parsing has to refuse.
func bare(t *testing.T) http.Handler {
	t.Helper()
	r := gin.New()
	r.Use(identify)
	strict := gen.NewStrictHandlerWithOptions(&server{log: slog.New(slog.DiscardHandler)}, []gen.StrictMiddlewareFunc{
		func(f gen.StrictHandlerFunc, id string) gen.StrictHandlerFunc {
			if id == "GetHealth" {
				return func(*gin.Context, any) (any, error) { return "not a response object", nil }
			}
			return f
		},
	}, gen.StrictGinServerOptions{RequestErrorHandlerFunc: refuseRequest, HandlerErrorFunc: writeProblem, ResponseErrorHandlerFunc: refuseResponse})
	gen.RegisterHandlersWithOptions(r, strict, gen.GinServerOptions{ErrorHandler: refuseParameter})
	return r
}

func TestTheGeneratedServerItselfAnswersInProblems(t *testing.T) {
	t.Parallel()
	h := bare(t)
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		code               apperr.Code
	}{
		"path parameter":  {http.MethodGet, "/api/v1/files/f/versions/one/download", "", 422, apperr.Invalid},
		"query parameter": {http.MethodGet, "/api/v1/orgs?limit=many", "", 422, apperr.Invalid},
		"header":          {http.MethodPost, "/api/v1/cases/c/actions/team.submit", "{}", 422, apperr.Invalid},
		"body":            {http.MethodPost, "/api/v1/sessions", "{", 422, apperr.Invalid},
		"response":        {http.MethodGet, "/healthz", "", 500, apperr.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			req := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			req.Header.Set("Content-Type", "application/json")
			h.ServeHTTP(w, req)
			p := reply{w, t}.refused(tc.status, tc.code)
			require.NotContains(t, p.Detail, "strconv")
			require.NotContains(t, p.Detail, "EOF")
		})
	}
}

func TestBadRequestsAreClearProblems(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	c, _ := w.Case(w.School, 0)
	team := casePath(c.ID, "/team")
	action := casePath(c.ID, "/actions/team.submit")
	for name, tc := range map[string]struct {
		got    reply
		status int
		code   apperr.Code
		field  string
	}{
		"no such address":       {admin.get("/api/v1/nothing"), 404, apperr.NotFound, ""},
		"outside the api":       {admin.get("/nothing"), 404, apperr.NotFound, ""},
		"wrong method":          {admin.send(http.MethodPatch, "/api/v1/me", nil), 405, codeMethod, ""},
		"broken json":           {admin.put(team, "{"), 422, apperr.Invalid, ""},
		"broken utf-8":          {admin.put(team, []byte("{\"members\":[\xff]}")), 422, apperr.Invalid, ""},
		"broken utf-8 in query": {admin.get("/api/v1/orgs?q=%ff"), 422, apperr.Invalid, ""},
		"broken utf-8 in path":  {admin.get("/api/v1/cases/%ff"), 422, apperr.Invalid, ""},
		"unknown field":         {admin.put(team, `{"members":[],"more":1}`), 422, apperr.Invalid, "more"},
		"missing field":         {admin.put(team, `{}`), 422, apperr.Invalid, "members"},
		"not in the list":       {admin.put(team, `{"members":[{"user_id":"u","duty":"king"}]}`), 422, apperr.Invalid, "members.0.duty"},
		"wrong type":            {admin.put(team, `{"members":{}}`), 422, apperr.Invalid, "members"},
		"limit too large":       {admin.get("/api/v1/orgs?limit=9999"), 422, apperr.Invalid, "limit"},
		"limit no number":       {admin.get("/api/v1/orgs?limit=x"), 422, apperr.Invalid, "limit"},
		"foreign cursor":        {admin.get("/api/v1/orgs?cursor=%21"), 422, apperr.Invalid, "cursor"},
		"no json":               {admin.send(http.MethodPut, team, "a=b", "Content-Type", "application/x-www-form-urlencoded"), 415, codeMediaType, ""},
		"other charset":         {admin.send(http.MethodPut, team, "{}", "Content-Type", "application/json; charset=gbk"), 415, codeMediaType, ""},
		"too large":             {admin.put(team, `{"members":[],"x":"`+strings.Repeat("a", maxBody)+`"}`), 413, apperr.TooLarge, ""},
		"no key":                {admin.post(action, `{"visit":1}`), 400, apperr.MissingKey, "Idempotency-Key"},
		"short key":             {admin.send(http.MethodPost, action, `{"visit":1}`, "Idempotency-Key", "short"), 400, apperr.MissingKey, "Idempotency-Key"},
		"unprintable key":       {admin.send(http.MethodPost, action, `{"visit":1}`, "Idempotency-Key", "键键键键键键键键"), 400, apperr.MissingKey, "Idempotency-Key"},
		"another site":          {admin.send(http.MethodPut, team, "{}", "Sec-Fetch-Site", "cross-site"), 403, apperr.Forbidden, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tc.got.refused(tc.status, tc.code)
			require.Equal(t, tc.field, p.Field)
		})
	}
}

func TestAPanicIsAnInternalProblemThatSaysNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{log: slog.New(slog.NewTextHandler(&log, nil))}
	r := gin.New()
	r.Use(identify, s.logAccess, s.recoverPanics)
	r.GET("/", func(*gin.Context) { panic("secret internals") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	reply{w, t}.refused(http.StatusInternalServerError, apperr.Internal)
	require.NotContains(t, w.Body.String(), "secret")
	require.Contains(t, log.String(), "secret internals", "the cause is in the log")
}

func TestTheAccessLogHasNothingPersonal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	store := testkit.Store(t, testkit.NewClock())
	h, err := New(Deps{Store: store, Engine: &engine{store: store}, Files: newFiles(), Logger: slog.New(slog.NewTextHandler(&log, nil)), Config: Config{Passwords: cheap}})
	require.NoError(t, err)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/sessions?who=zhangsan", strings.NewReader(`{"login":"zhangsan","password":"hunter2hunter2"}`))
	req.Header.Set("Content-Type", "application/json")
	h.ServeHTTP(httptest.NewRecorder(), req)
	require.Contains(t, log.String(), "route=/api/v1/sessions")
	for _, personal := range []string{"zhangsan", "hunter2", "192.0.2.1"} {
		require.NotContains(t, log.String(), personal)
	}
}

// A client that hangs up is no fault of ours: nothing alarming is logged.
func TestAClientThatHangsUpIsNoFault(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	store := testkit.Store(t, testkit.NewClock())
	h, err := New(Deps{Store: store, Engine: &engine{store: store}, Files: newFiles(), Logger: slog.New(slog.NewTextHandler(&log, nil)), Config: Config{Passwords: cheap}})
	require.NoError(t, err)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/me", nil)
	req.Header.Set("Authorization", "Bearer whoever")
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	require.Equal(t, statusGone, res.Code)
	require.NotContains(t, log.String(), "level=ERROR")
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	ok[gen.Health](r.nobody().get("/healthz"), 200)
	require.Equal(t, gen.Readiness{Status: "ok", Degraded: []string{}}, ok[gen.Readiness](r.nobody().get("/readyz"), 200))
	r.files.scan = errors.New("away")
	require.Equal(t, gen.Readiness{Status: "degraded", Degraded: []string{"scanner"}}, ok[gen.Readiness](r.nobody().get("/readyz"), 200))
	r.files.scan = nil

	r.engine.set(errors.New("away"), false)
	r.files.fails = errors.New("away")
	require.Equal(t, gen.Readiness{Status: "degraded", Degraded: []string{"engine", "store"}}, ok[gen.Readiness](r.nobody().get("/readyz"), 200))

	pool, err := w.Store.DB(context.Background()).DB()
	require.NoError(t, err)
	require.NoError(t, pool.Close())
	down := ok[gen.Unready](r.nobody().get("/readyz"), 503)
	require.Equal(t, []string{"engine", "store", "sql"}, down.Degraded)
}

// meeting has each question wait for the other.
type meeting struct{ sync.WaitGroup }

func (m *meeting) answer(context.Context) error {
	m.Done()
	m.Wait()
	return nil
}

func TestReadinessAsksAllAtOnce(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	var m meeting
	m.Add(2)
	r.files.ping, r.files.pingScanner = m.answer, m.answer
	ok[gen.Readiness](r.nobody().get("/readyz"), 200)
}

func TestAnswersCarrySecurityHeaders(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	h := r.nobody().get("/api/v1/me").Header()
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.NotEmpty(t, h.Get("Content-Security-Policy"))
	require.NotEmpty(t, h.Get("X-Request-ID"))
}
