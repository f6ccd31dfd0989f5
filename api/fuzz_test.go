package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
)

// Whatever is sent as a body is taken as the contract says or refused, and never a fault.
func FuzzBody(f *testing.F) {
	quiet()
	spec, err := loadContract()
	require.NoError(f, err)
	r := gin.New()
	r.ContextWithFallback = true
	r.Use(identify, spec.resolve, spec.readBody, spec.validate)
	paths := []string{"/api/v1/sessions", "/api/v1/orgs", "/api/v1/cohorts", "/api/v1/bulletins"}
	for _, p := range paths {
		r.POST(p, func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
	f.Add(0, `{"login":"a","password":"b"}`)
	f.Add(1, `{"name":"a\u202e","code":"x","level":"school","parent_id":"1"}`)
	f.Add(2, `{"code":"x","window_start":"2026-13-01T00:00:00Z"}`)
	f.Fuzz(func(t *testing.T, i int, body string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, paths[uint(i)%uint(len(paths))], strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
	})
}

// Addresses too.
func FuzzAddress(f *testing.F) {
	quiet()
	spec, err := loadContract()
	require.NoError(f, err)
	r := gin.New()
	r.Use(identify, spec.resolve, spec.validate)
	r.GET("/api/v1/orgs", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	f.Add("q=%00&limit=1;2")
	f.Add("limit=99999999999999999999&cursor=%ff")
	f.Fuzz(func(t *testing.T, query string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/orgs", http.NoBody)
		req.URL.RawQuery = query
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
	})
}
