package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dotted is how entries are called, but for those of one word.
var dotted = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)?$`)

// Whoever reads the audit log reads words, not codes: every entry that the store or an
// operation makes has a name of its own, which the page offers to choose from.
func TestEveryEntryOfTheAuditLogHasAName(t *testing.T) {
	t.Parallel()
	written := slices.Concat(slices.Collect(maps.Values(audited)), slices.Collect(maps.Values(taken)), entriesIn(t, "../models/*.go"))
	require.Contains(t, written, "second_factor.recover", "the store's own entries are found")
	require.Contains(t, written, "audit.purge", "and those with a name of their own")
	for _, action := range written {
		require.NotEmpty(t, auditNames[action], action)
	}
	by := map[string]string{}
	for action, name := range auditNames {
		require.Empty(t, by[name], "%s and %s are both called %s", action, by[name], name)
		by[name] = action
	}
	require.Len(t, auditActions(), len(auditNames))
}

// entriesIn are the actions that sources write out: of entries, and of constants.
func entriesIn(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	var found []string
	add := func(name, value ast.Expr) {
		id, named := name.(*ast.Ident)
		lit, text := value.(*ast.BasicLit)
		if !named || !text || lit.Kind != token.STRING || !strings.HasPrefix(id.Name, "Action") {
			return
		}
		s, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		if dotted.MatchString(s) && (id.Name == "Action" || strings.Contains(s, ".")) {
			found = append(found, s)
		}
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				add(n.Key, n.Value)
			case *ast.ValueSpec:
				for i, v := range n.Values {
					add(n.Names[i], v)
				}
			}
			return true
		})
	}
	return found
}
