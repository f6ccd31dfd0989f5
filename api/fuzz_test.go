package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/auth"
	"zhengxiao/internal/hygiene"
	"zhengxiao/internal/sample"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// operationsWhere are those of the contract that fit, in order.
func operationsWhere(tb testing.TB, fits func(operation) bool) (*contract, []operation) {
	tb.Helper()
	quiet()
	spec, err := loadContract()
	require.NoError(tb, err)
	var all []operation
	for _, op := range spec.routes {
		if fits(op) {
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id(), b.id()) })
	return spec, all
}

// reading routes operations through what reads requests.
func reading(spec *contract, ops []operation) http.Handler {
	r := gin.New()
	r.ContextWithFallback = true
	r.Use(identify, spec.resolve, spec.readBody, spec.validate)
	for _, op := range ops {
		r.Handle(op.route.Method, ginPath(op.route.Path), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
	return r
}

// Whatever is sent as a body is taken as the contract says or refused, and never a fault.
// What is taken says one thing: it is taken again as any reader of JSON writes it down.
func FuzzBody(f *testing.F) {
	spec, ops := operationsWhere(f, func(op operation) bool {
		return op.route.Operation.RequestBody != nil && !op.takesFile() && !op.takesForm()
	})
	h := reading(spec, ops)
	for i, op := range ops {
		raw, err := json.Marshal(sample.Whole(op.route.Operation.RequestBody.Value.Content["application/json"].Schema))
		require.NoError(f, err)
		f.Add(uint8(i), string(raw))
	}
	f.Add(uint8(0), `{"name":"a\u202e","code":"x","level":"school","parent_id":"1"}`)
	f.Add(uint8(1), `{"code":"x","window_start":"2026-13-01T00:00:00Z"}`)
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		op := ops[int(i)%len(ops)]
		send := func(body string) *httptest.ResponseRecorder {
			req := httptest.NewRequestWithContext(t.Context(), op.route.Method, filled(ginPath(op.route.Path)), strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", "key-00000001")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
			return w
		}
		if send(body).Code != http.StatusNoContent || body == "" {
			return
		}
		var v any
		require.NoError(t, json.Unmarshal([]byte(body), &v), op.id())
		again, err := json.Marshal(v)
		require.NoError(t, err)
		if len(again) <= op.maxBody {
			require.Equal(t, http.StatusNoContent, send(string(again)).Code, "%s: %s", op.id(), again)
		}
	})
}

// Addresses too: what is taken holds no text that misleads.
func FuzzAddress(f *testing.F) {
	spec, ops := operationsWhere(f, func(op operation) bool { return op.route.Method == http.MethodGet })
	h := reading(spec, ops)
	f.Add(uint8(0), "q=%00&limit=1;2")
	f.Add(uint8(1), "limit=99999999999999999999&cursor=%ff")
	for i := range ops {
		f.Add(uint8(i), "q=%E4%B8%80&limit=20&sort=-name&cursor=eyJ9&stage=filing&from=2026-03-02T01:00:00Z")
	}
	f.Fuzz(func(t *testing.T, i uint8, query string) {
		op := ops[int(i)%len(ops)]
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, filled(ginPath(op.route.Path)), http.NoBody)
		req.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
		if w.Code != http.StatusNoContent {
			return
		}
		values, err := url.ParseQuery(query)
		require.NoError(t, err, "what is taken can be read")
		for _, texts := range values {
			for _, text := range texts {
				_, bad := hygiene.Text(text)
				require.False(t, bad, "%q", text)
			}
		}
	})
}

// Nobody comes in by a token that was not given out, wherever it is put, and whatever is
// tried is a refusal.
func FuzzToken(f *testing.F) {
	quiet()
	const (
		session = "c2Vzc2lvbi1vZi1zb21lYm9keS13aG8taXMtc2lnbmVk"
		machine = models.MachinePrefix + "bWFjaGluZS1vZi1zb21lYm9keS13aG8taXMtbm90"
	)
	clock := testkit.NewClock()
	store := models.New(testkit.SQLite(f), clock.Now, testkit.Keyring(f))
	city, err := store.CreateOrg(f.Context(), models.NewOrg{Level: models.LevelCity, Code: "4401", Name: "广州市"})
	require.NoError(f, err)
	user := models.User{ID: "u1", Login: "somebody", Name: "某人", OrgID: city.ID, PasswordHash: cheap.Hash("x"), CreatedAt: clock.Now()}
	require.NoError(f, store.DB(f.Context()).Create(&user).Error)
	require.NoError(f, store.CreateSession(f.Context(), models.Session{TokenHash: auth.HashToken(session), UserID: user.ID}, time.Hour))
	require.NoError(f, store.DB(f.Context()).Create(&models.MachineToken{
		ID: "m1", Name: "平台", Hash: auth.HashToken(machine), Scopes: "progress", OrgID: city.ID, ExpiresAt: clock.Now().Add(time.Hour), CreatedBy: user.ID,
		CreatedAt: clock.Now(),
	}).Error)
	h, err := New(Deps{
		Store: store, Engine: &engine{store: store}, Files: newFiles(), Logger: slog.New(slog.DiscardHandler),
		Config: Config{Passwords: cheap, PasswordPolicy: auth.MLPS(), Limits: 1_000_000},
	})
	require.NoError(f, err)
	for _, s := range []string{
		"Bearer " + session, "bearer  " + session, "Bearer " + session + "A", "Basic " + session, "Bearer " + machine, "Bearer zxp_", "Bearer zxp_' OR 1=1",
		"zx=" + session, "zx=\"" + session + "\"; zx=x", "zx=" + machine, "__Host-zx=" + session, "zx", "=;=;", "",
	} {
		f.Add(s, "", false)
		f.Add("", s, true)
	}
	f.Fuzz(func(t *testing.T, header, cookie string, people bool) {
		path := "/api/v1/progress"
		if people {
			path = "/api/v1/me"
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Header["Authorization"], req.Header["Cookie"] = []string{header}, []string{cookie}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		known := strings.Contains(header+" "+cookie, session) || strings.Contains(header+" "+cookie, machine)
		if !known {
			require.Equal(t, http.StatusUnauthorized, w.Code, w.Body.String())
		}
		require.Contains(t, []int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}, w.Code, w.Body.String())
	})
}
