package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what the app works with beyond its own server.
type Options struct {
	// StoreOrigin is the scheme://host[:port] of the object store as browsers reach it; ""
	// is the server itself.
	StoreOrigin string
}

// Handler serves the app: files with hashed names for ever, everything else anew when it
// changed, and the index for every address of a page (the app routes by itself). It is
// for all addresses that no other handler of the server takes.
func Handler(o Options) (http.Handler, error) { return newHandler(dist(), o) }

func newHandler(dist fs.FS, o Options) (http.Handler, error) {
	files, err := readApp(dist)
	if err != nil {
		return nil, err
	}
	return &handler{files: files, policy: contentPolicy(o.StoreOrigin)}, nil
}

type handler struct {
	files  map[string]file
	policy string
}

// contentPolicy allows scripts of our own only, and files of the object store as data,
// pictures, sound and video. Element Plus and ECharts set style attributes.
func contentPolicy(store string) string {
	sources := func(s string) string { return strings.TrimSpace(s + " " + store) }
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self' 'unsafe-inline'",
		"img-src " + sources("'self' data: blob:"),
		"media-src " + sources("'self' blob:"),
		"connect-src " + sources("'self'"),
		"frame-src 'self' blob:",
		"worker-src 'self' blob:",
		"font-src 'self' data:",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
}

// assetPrefix is where the build puts files whose name changes with their content.
const assetPrefix = "assets/"

// How long browsers keep a file without asking again.
const (
	forever    = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
)

// ServeHTTP answers GET and HEAD.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "这个地址只能查看。")
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if f, ok := h.files[name]; ok {
		cache := revalidate
		if strings.HasPrefix(name, assetPrefix) {
			cache = forever
		}
		f.serve(w, r, cache)
		return
	}
	if strings.HasPrefix(name, assetPrefix) || namesFile(name) || !acceptsHTML(r.Header.Values("Accept")) {
		refuse(w, http.StatusNotFound, "没有这个文件。系统可能已经更新，请刷新页面。")
		return
	}
	h.files[indexFile].serve(w, r, revalidate)
}

// namesFile reports whether an address looks like a file's. A page's may end in a version
// number, as /rules/…/2.0 does.
func namesFile(name string) bool {
	ext := path.Ext(name)
	return len(ext) > 1 && (ext[1] < '0' || ext[1] > '9')
}

func (h *handler) secure(header http.Header) {
	for name, value := range map[string]string{
		"Content-Security-Policy":    h.policy,
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            "DENY",
		"Referrer-Policy":            "same-origin",
		"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		header.Set(name, value)
	}
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// serve answers with the file in the best coding the client takes.
func (f file) serve(w http.ResponseWriter, r *http.Request, cache string) {
	header := w.Header()
	header.Set("Content-Type", f.mediaType)
	header.Set("Cache-Control", cache)
	b := f.plain
	if len(f.encoded) > 0 {
		header.Set("Vary", "Accept-Encoding")
		accepted := codings(r.Header.Values("Accept-Encoding"))
		for _, e := range encodings {
			encoded, ok := f.encoded[e.coding]
			if ok && slices.Contains(accepted, e.coding) {
				b = encoded
				header.Set("Content-Encoding", e.coding)
				header.Set("Content-Length", strconv.Itoa(len(b.bytes)))
				break
			}
		}
	}
	header.Set("ETag", b.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.bytes))
}

// codings lists what an Accept-Encoding header takes, without what it weighs zero.
func codings(values []string) []string {
	var list []string
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		if !refused(params) {
			list = append(list, strings.ToLower(strings.TrimSpace(coding)))
		}
	}
	return list
}

// acceptsHTML reports whether an Accept header takes a page; none takes everything.
func acceptsHTML(values []string) bool {
	if len(values) == 0 {
		return true
	}
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		media, params, _ := strings.Cut(part, ";")
		media = strings.ToLower(strings.TrimSpace(media))
		if slices.Contains([]string{"text/html", "text/*", "*/*"}, media) && !refused(params) {
			return true
		}
	}
	return false
}

// refused reports whether parameters give a weight of zero.
func refused(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		weight, err := strconv.ParseFloat(value, 64)
		if strings.EqualFold(name, "q") && err == nil && weight == 0 {
			return true
		}
	}
	return false
}
