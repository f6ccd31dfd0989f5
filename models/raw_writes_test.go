package models_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/models"
)

// rawWrites are the tables that are written with SQL of our own, past the plugin that states
// writes, and why that leaves nothing unsaid.
var rawWrites = map[string]string{
	"audit_log": "places in the chain, which the seal covers",
	"feed":      "not stated",
}

// rawElsewhere are the functions whose SQL is not to be read in them.
var rawElsewhere = map[string]string{
	"models/pool.go ExecContext":             "passes on what gorm says",
	"models/rights.go GrantRights":           "gives rights and writes no rows",
	"standalone/engine/file.go createSchema": "the engine's database",
}

var (
	writingSQL = regexp.MustCompile(`(?i)\b(?:UPDATE|INSERT\s+(?:IGNORE\s+)?INTO|REPLACE\s+INTO|DELETE\s+FROM)\s+[\x60"]?([a-z_]+)`)
	writers    = []string{"Create", "CreateInBatches", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete"}
)

// Writes that gorm does not know the table of are stated by nobody: SQL of our own, and a
// table given by its name alone.
func TestNoWriteGoesPastTheStatements(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, dir := range []string{"models", "api", "activities", "workflows", "worker", "evidence", "internal", "cmd", "standalone"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || forTests(name) {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			require.NoError(t, err)
			for _, decl := range file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
					rawIn(t, name, f, seen)
				}
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.True(t, seen["audit_log"] && seen["feed"], "the test sees what there is: %v", seen)
}

func forTests(name string) bool {
	for _, dir := range []string{"internal/testkit/", "internal/heads/headstest/", "models/modelstest/", "standalone/attack/", "standalone/cluster/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return false
}

func rawIn(t *testing.T, file string, f *ast.FuncDecl, seen map[string]bool) {
	t.Helper()
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch method := selected(call); {
		case method == "Exec", method == "ExecContext", method == "Raw":
			if rawElsewhere[file+" "+f.Name.Name] != "" {
				return true
			}
			tables := writingSQL.FindAllStringSubmatch(texts(f.Body), -1)
			require.True(t, method == "Raw" || len(tables) > 0 || strings.Contains(texts(f.Body), "SELECT"), "%s %s: what does it execute?", file, f.Name.Name)
			for _, m := range tables {
				require.NotEmpty(t, rawWrites[m[1]], "%s %s writes to %s past the statements", file, f.Name.Name, m[1])
				seen[m[1]] = true
			}
		case slices.Contains(writers, method):
			table, model := chain(call)
			_, audited := models.AuditedTables()[table]
			require.False(t, audited && !model, "%s %s writes to %s, of which gorm knows the name alone", file, f.Name.Name, table)
		}
		return true
	})
}

// selected is the name of the method that is called.
func selected(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

// chain is the table that the calls before a call name, and whether they name a model.
func chain(call *ast.CallExpr) (table string, model bool) {
	for {
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return table, model
		}
		switch s.Sel.Name {
		case "Table":
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				table, _ = strconv.Unquote(lit.Value)
			}
		case "Model", "Create", "CreateInBatches", "Save", "Delete":
			model = model || len(call.Args) > 0
		}
		if call, ok = s.X.(*ast.CallExpr); !ok {
			return table, model
		}
	}
}

// texts are the literals in a function, in their order.
func texts(n ast.Node) string {
	var b strings.Builder
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			b.WriteString(text + ";")
		}
		return true
	})
	return b.String()
}
