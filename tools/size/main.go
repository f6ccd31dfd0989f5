// Command size checks the size budget of the code: no file over 500 lines, no function
// over 80. Tests and generated files are exempt. It also prints how the code stands
// against the softer goals (median and 90th percentile).
//
//	size DIR...
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	fileCap = 500
	funcCap = 80
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(dirs []string, out, errOut io.Writer) int {
	var r report
	for _, dir := range dirs {
		if err := filepath.WalkDir(dir, r.visit); err != nil { //nolint:gosec // G703: the caller names the folders
			fmt.Fprintln(errOut, "size:", err)
			return 2
		}
	}
	if len(r.files) == 0 {
		fmt.Fprintln(errOut, "size: no Go files found")
		return 2
	}
	fmt.Fprintf(out, "files: %s   functions: %s\n", spread(r.files), spread(r.funcs))
	for _, line := range r.over {
		fmt.Fprintln(errOut, line)
	}
	return min(len(r.over), 1)
}

type report struct {
	files, funcs []int
	over         []string
}

func (r *report) visit(path string, d fs.DirEntry, err error) error {
	name := d.Name()
	switch {
	case err != nil:
		return err
	case d.IsDir() && (name == "node_modules" || name == "testdata" || len(name) > 2 && name[0] == '.'):
		return filepath.SkipDir
	case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
		return nil
	}
	return r.measure(path)
}

func (r *report) measure(path string) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if ast.IsGenerated(file) {
		return nil
	}
	lines := set.File(file.FileStart).LineCount() - 1 // formatted files end in a newline
	r.files = append(r.files, lines)
	if lines > fileCap {
		r.over = append(r.over, fmt.Sprintf("%s: %d lines, at most %d", path, lines, fileCap))
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		start := set.Position(f.Pos())
		n := set.Position(f.End()).Line - start.Line + 1
		r.funcs = append(r.funcs, n)
		if n > funcCap {
			r.over = append(r.over, fmt.Sprintf("%s:%d: function %s has %d lines, at most %d", path, start.Line, f.Name.Name, n, funcCap))
		}
	}
	return nil
}

// spread describes sizes as "count, median, 90th percentile, largest".
func spread(sizes []int) string {
	if len(sizes) == 0 {
		return "0"
	}
	slices.Sort(sizes)
	n := len(sizes)
	return fmt.Sprintf("%d, median %d, p90 %d, max %d", n, sizes[n/2], sizes[n*9/10], sizes[n-1])
}
