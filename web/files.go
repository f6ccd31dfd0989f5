package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// The names within the embedded folder.
const (
	appDir      = "app"
	indexFile   = "index.html"
	placeholder = "placeholder.html"
)

// file is one file of the app in the encodings the build made of it.
type file struct {
	mediaType string
	plain     body
	encoded   map[string]body // by content coding
}

// body is a file's bytes in one coding, with the ETag of exactly these bytes.
type body struct {
	bytes []byte
	etag  string
}

// encodings are the content codings the build writes beside a file, the preferred first.
var encodings = []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// mediaTypes of what a build contains, by extension: the operating system's own table
// differs from machine to machine, and browsers refuse scripts of another type.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif", ".ico": "image/x-icon",
	".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
}

// readApp reads the built app, or the placeholder as its index. Hidden files are not part
// of it.
func readApp(dist fs.FS) (map[string]file, error) {
	files := map[string]file{}
	app, err := fs.Sub(dist, appDir)
	if err == nil {
		err = readFiles(app, files)
	}
	if err != nil {
		return nil, fmt.Errorf("read web app: %w", err)
	}
	if _, built := files[indexFile]; built {
		return files, nil
	}
	page, err := fs.ReadFile(dist, placeholder)
	if err != nil {
		return nil, fmt.Errorf("read placeholder page: %w", err)
	}
	return map[string]file{indexFile: {mediaType: mediaTypes[".html"], plain: newBody(page)}}, nil
}

func readFiles(app fs.FS, files map[string]file) error {
	raw := map[string][]byte{}
	err := fs.WalkDir(app, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == ".":
			return fs.SkipAll // not built
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		raw[name], err = fs.ReadFile(app, name)
		return err
	})
	if err != nil {
		return err
	}
	for name, content := range raw {
		if isEncoded(name, raw) {
			continue
		}
		f := file{mediaType: mediaTypes[path.Ext(name)], plain: newBody(content), encoded: map[string]body{}}
		if f.mediaType == "" {
			f.mediaType = "application/octet-stream"
		}
		for _, e := range encodings {
			if content, ok := raw[name+e.suffix]; ok {
				f.encoded[e.coding] = newBody(content)
			}
		}
		files[name] = f
	}
	return nil
}

// isEncoded reports whether a file is another one in a content coding.
func isEncoded(name string, raw map[string][]byte) bool {
	for _, e := range encodings {
		plain, ok := strings.CutSuffix(name, e.suffix)
		if _, there := raw[plain]; ok && there {
			return true
		}
	}
	return false
}

func newBody(content []byte) body {
	sum := sha256.Sum256(content)
	return body{content, `"` + hex.EncodeToString(sum[:12]) + `"`}
}
