// Package web serves the browser app. Its build writes to dist/app, which is embedded;
// without a build a page that says so is served instead, so that the programs build and
// test with Go alone.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var embedded embed.FS

// dist is the built app under app/, and the page that stands in for it.
func dist() fs.FS {
	sub, err := fs.Sub(embedded, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}
