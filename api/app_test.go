package api

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/web"
)

// The app answers everywhere but under the API's own addresses, which stay JSON whatever
// is asked of them.
func TestTheAppNeverAnswersForTheAPI(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	page, err := web.Handler(web.Options{StoreOrigin: "https://files.example"})
	require.NoError(t, err)
	r.app(page)
	who := r.nobody()
	for _, path := range []string{"/", "/cases/1", "/apiary", "/login"} {
		a := who.send(http.MethodGet, path, nil, "Accept", "text/html")
		require.Equal(t, http.StatusOK, a.Code, path)
		require.Equal(t, "text/html; charset=utf-8", a.Header().Get("Content-Type"))
		require.Equal(t, "no-cache", a.Header().Get("Cache-Control"))
		require.Contains(t, a.Header().Get("Content-Security-Policy"), "https://files.example")
		require.Equal(t, "same-origin", a.Header().Get("Referrer-Policy"))
	}
	for _, path := range []string{"/api", "/api/", "/api/v1/nothing", "/api/v2/me", "//api/v1/nothing", "/x/../api/v1", "/healthz/x", "/readyz/"} {
		who.send(http.MethodGet, path, nil, "Accept", "text/html").refused(http.StatusNotFound, apperr.NotFound)
	}
	who.send(http.MethodPut, "/healthz", nil).refused(http.StatusMethodNotAllowed, codeMethod)
	who.send(http.MethodDelete, "/api/v1/me", nil).refused(http.StatusMethodNotAllowed, codeMethod)
	require.Equal(t, http.StatusMethodNotAllowed, who.send(http.MethodPost, "/cases", nil).Code)
	require.Equal(t, http.StatusNotFound, who.get("/assets/gone.js").Code)
}

// Over the wire: a page, the same again, and its head alone.
func TestTheAppOverTheWire(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	page, err := web.Handler(web.Options{})
	require.NoError(t, err)
	r.app(page)
	s := r.listen()
	first := fetch(t, s, http.MethodGet, "")
	require.Equal(t, http.StatusOK, first.status)
	again := fetch(t, s, http.MethodGet, first.etag)
	require.Equal(t, http.StatusNotModified, again.status)
	head := fetch(t, s, http.MethodHead, "")
	require.Equal(t, first, head)
}

// fetched is what came of asking for the page.
type fetched struct {
	status int
	etag   string
	length int64
}

func fetch(t *testing.T, url, method, etag string) fetched {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url+"/board", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return fetched{res.StatusCode, res.Header.Get("ETag"), res.ContentLength}
}

func TestWithoutAnAppThereIsOnlyTheAPI(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	r.nobody().get("/").refused(http.StatusNotFound, apperr.NotFound)
}
