package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a browser says of itself, the app answers with a file of its own in a coding
// that was asked for, or refuses, and always fenced in.
func FuzzHeaders(f *testing.F) {
	h, err := newHandler(built(), Options{StoreOrigin: "http://store.example:9000"})
	require.NoError(f, err)
	f.Add("/", "text/html", "gzip, br;q=0", "")
	f.Add("/assets/main-1a.js", "*/*", "br;q=1e999, gzip;q=NaN", "bytes=0-1,5-,-3")
	f.Add("/assets/../app/index.html", ";q=0", ",,;", "bytes=99999999999999999999-")
	f.Add("/.vite/manifest.json", "", "", "")
	f.Fuzz(func(t *testing.T, path, accept, encoding, ranges string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		req.URL = &url.URL{Path: path}
		req.Header = http.Header{"Accept": {accept}, "Accept-Encoding": {encoding}, "Range": {ranges}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		require.Less(t, w.Code, http.StatusInternalServerError)
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.NotEmpty(t, w.Header().Get("Content-Security-Policy"))
		if coding := w.Header().Get("Content-Encoding"); coding != "" {
			require.True(t, slices.Contains(codings([]string{encoding}), coding), "%q was not asked for", coding)
		}
		require.NotContains(t, w.Body.String(), "not built")
	})
}
