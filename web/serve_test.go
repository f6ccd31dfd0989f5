package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func built() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range map[string]string{
		"placeholder.html":          "not built",
		"app/index.html":            "<!doctype html>index",
		"app/favicon.svg":           "<svg/>",
		"app/.vite/manifest.json":   "{}",
		"app/assets/main-1a.js":     "plain script",
		"app/assets/main-1a.js.br":  "br script",
		"app/assets/main-1a.js.gz":  "gzip script",
		"app/assets/style-2b.css":   "body{}",
		"app/assets/font-3c.woff2":  "font",
		"app/assets/hash-4d.wasm":   "wasm",
		"app/assets/worker-5e.mjs":  "module",
		"app/assets/data-6f.json":   "{}",
		"app/assets/logo-7a.svg":    "<svg/>",
		"app/assets/archive-8b.gz":  "an archive of its own",
		"app/assets/unknown-9c.xyz": "bytes",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

// answer is what the app says to one request.
type answer struct {
	*httptest.ResponseRecorder

	header http.Header
}

func ask(t *testing.T, fsys fstest.MapFS, method, path string, headers ...string) answer {
	t.Helper()
	h, err := newHandler(fsys, Options{StoreOrigin: "http://store.example:9000"})
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w, w.Header()}
}

func TestHashedFilesAreKeptForEver(t *testing.T) {
	t.Parallel()
	for name, mediaType := range map[string]string{
		"main-1a.js": "text/javascript; charset=utf-8", "worker-5e.mjs": "text/javascript; charset=utf-8",
		"style-2b.css": "text/css; charset=utf-8", "font-3c.woff2": "font/woff2", "hash-4d.wasm": "application/wasm",
		"data-6f.json": "application/json", "logo-7a.svg": "image/svg+xml", "unknown-9c.xyz": "application/octet-stream",
		"archive-8b.gz": "application/octet-stream",
	} {
		a := ask(t, built(), http.MethodGet, "/assets/"+name)
		require.Equal(t, http.StatusOK, a.Code, name)
		require.Equal(t, mediaType, a.header.Get("Content-Type"))
		require.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"))
		require.NotEmpty(t, a.header.Get("ETag"))
	}
}

func TestAFileIsServedInTheBestCodingTheClientTakes(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string][2]string{
		"":                      {"", "plain script"},
		"identity":              {"", "plain script"},
		"gzip":                  {"gzip", "gzip script"},
		"gzip, deflate, br":     {"br", "br script"},
		"GZIP;q=1.0, br;q=0":    {"gzip", "gzip script"},
		"br;q=0.0, gzip; q=0.0": {"", "plain script"},
	} {
		a := ask(t, built(), http.MethodGet, "/assets/main-1a.js", "Accept-Encoding", accept)
		require.Equal(t, want, [2]string{a.header.Get("Content-Encoding"), a.Body.String()}, accept)
		require.Equal(t, "Accept-Encoding", a.header.Get("Vary"))
		require.Equal(t, "text/javascript; charset=utf-8", a.header.Get("Content-Type"))
		require.Equal(t, len(want[1]), int(a.Result().ContentLength))
	}
	other := ask(t, built(), http.MethodGet, "/assets/style-2b.css", "Accept-Encoding", "br")
	require.Empty(t, other.header.Get("Vary")+other.header.Get("Content-Encoding"), "there is one form of it")
}

func TestAMissingFileIsNeverThePage(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/assets/gone-0.js", "/assets/page", "/robots.txt", "/assets/../placeholder.html", "/.vite/manifest.json", "/../serve.go",
		"/assets/main-1a.js.br",
	} {
		a := ask(t, built(), http.MethodGet, path, "Accept", "text/html")
		require.Equal(t, http.StatusNotFound, a.Code, path)
		require.Equal(t, "text/plain; charset=utf-8", a.header.Get("Content-Type"))
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.NotContains(t, a.Body.String(), "index")
	}
}

func TestEveryPageAddressIsTheIndex(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/rules/0195/2.0", "/", "/index.html", "/cases/018f", "/board/", "/apiary"} {
		for _, accept := range []string{"text/html,application/xhtml+xml", "*/*", "text/*;q=0.5"} {
			a := ask(t, built(), http.MethodGet, path, "Accept", accept)
			require.Equal(t, http.StatusOK, a.Code, path)
			require.Contains(t, a.Body.String(), "index")
			require.Equal(t, "no-cache", a.header.Get("Cache-Control"))
			again := ask(t, built(), http.MethodGet, path, "Accept", accept, "If-None-Match", a.header.Get("ETag"))
			require.Equal(t, http.StatusNotModified, again.Code)
		}
	}
	require.Equal(t, http.StatusOK, ask(t, built(), http.MethodGet, "/cases").Code, "without Accept")
	for _, accept := range []string{"application/json", "image/png", "text/html;q=0"} {
		require.Equal(t, http.StatusNotFound, ask(t, built(), http.MethodGet, "/cases", "Accept", accept).Code, accept)
	}
}

func TestAFileWithoutHashIsAskedForAgain(t *testing.T) {
	t.Parallel()
	a := ask(t, built(), http.MethodGet, "/favicon.svg")
	require.Equal(t, []any{http.StatusOK, "no-cache", "image/svg+xml"},
		[]any{a.Code, a.header.Get("Cache-Control"), a.header.Get("Content-Type")})
}

func TestTheAppIsOnlyRead(t *testing.T) {
	t.Parallel()
	head := ask(t, built(), http.MethodHead, "/cases")
	require.Equal(t, []any{http.StatusOK, 0}, []any{head.Code, head.Body.Len()})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		a := ask(t, built(), method, "/cases")
		require.Equal(t, []any{http.StatusMethodNotAllowed, "GET, HEAD"}, []any{a.Code, a.header.Get("Allow")}, method)
	}
}

func TestEveryAnswerIsSecured(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/assets/main-1a.js", "/assets/gone.js"} {
		a := ask(t, built(), http.MethodGet, path)
		policy := a.header.Get("Content-Security-Policy")
		for _, part := range []string{
			"default-src 'self'", "script-src 'self' 'wasm-unsafe-eval';", "img-src 'self' data: blob: http://store.example:9000",
			"media-src 'self' blob: http://store.example:9000", "connect-src 'self' http://store.example:9000", "object-src 'none'",
			"base-uri 'none'", "frame-ancestors 'none'",
		} {
			require.Contains(t, policy, part, path)
		}
		require.Equal(t, []string{"nosniff", "same-origin", "same-origin"}, []string{
			a.header.Get("X-Content-Type-Options"), a.header.Get("Referrer-Policy"), a.header.Get("Cross-Origin-Opener-Policy"),
		})
		require.NotEmpty(t, a.header.Get("Permissions-Policy"))
	}
	require.Contains(t, contentPolicy(""), "connect-src 'self';")
}

func TestWithoutABuildAPageSaysSo(t *testing.T) {
	t.Parallel()
	bare := fstest.MapFS{"placeholder.html": {Data: []byte("页面尚未构建")}}
	half := fstest.MapFS{"placeholder.html": {Data: []byte("页面尚未构建")}, "app/assets/x.js": {Data: []byte("x")}}
	for name, fsys := range map[string]fstest.MapFS{"no build": bare, "half a build": half} {
		a := ask(t, fsys, http.MethodGet, "/cases")
		require.Equal(t, []any{http.StatusOK, "no-cache", "页面尚未构建"}, []any{a.Code, a.header.Get("Cache-Control"), a.Body.String()}, name)
		require.Equal(t, http.StatusNotFound, ask(t, fsys, http.MethodGet, "/assets/x.js").Code, name)
	}
	_, err := newHandler(fstest.MapFS{}, Options{})
	require.ErrorContains(t, err, "placeholder")
}

// Whatever is built into the program, opening it shows a page.
func TestTheEmbeddedAppOpens(t *testing.T) {
	t.Parallel()
	h, err := Handler(Options{})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, strings.ToLower(w.Body.String()), "<!doctype html>")
}
