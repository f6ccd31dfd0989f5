package privacy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
)

// A person's copy holds each column of the inventory, or says why it is left out: a new
// table fails here until it is stated whose its rows are.
func TestACopyForgetsNothing(t *testing.T) {
	t.Parallel()
	type key struct{ table, column string }
	seen := map[key]bool{}
	for _, o := range privacy.OwnData() {
		named := map[string]bool{}
		for _, c := range o.Columns {
			seen[key{o.Table, c.Name}], named[c.Name] = true, true
			require.NotEmpty(t, privacy.ColumnTitle(c.Name), "%s.%s: name the column in internal/privacy/names.go", o.Table, c.Name)
			require.NotEqual(t, privacy.Credential, c.Class.Category, "%s.%s", o.Table, c.Name)
		}
		for _, name := range o.Context {
			require.NotEmpty(t, privacy.ColumnTitle(name), "%s.%s: name the column in internal/privacy/names.go", o.Table, name)
		}
		for _, w := range o.Withheld {
			require.NotEmpty(t, w.Why, "%s.%s: say in internal/privacy/own.go whose the rows are, or why none are", o.Table, w.Column.Name)
			seen[key{o.Table, w.Column.Name}] = true
		}
		for _, w := range o.Ways {
			require.True(t, named[w.Column] || w.Via == privacy.OfFiles || w.Via == privacy.OfRecords, "%s.%s names nobody", o.Table, w.Column)
		}
	}
	for _, c := range privacy.Columns() {
		require.True(t, seen[key{c.Table, c.Name}], "%s.%s is in no copy", c.Table, c.Name)
	}
}

// A person's rows are found by an index; small tables are read whole.
func TestACopyIsFoundByIndexes(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	small := []string{"imports", "admin_changes"}
	for _, o := range privacy.OwnData() {
		for _, w := range o.Ways {
			if w.Via != privacy.Direct || slices.Contains(small, o.Table) {
				continue
			}
			var n int
			require.NoError(t, db.Raw(`SELECT COUNT(*) FROM pragma_index_list(?) il JOIN pragma_index_info(il.name) ii ON ii.seqno = 0 AND ii.name = ?`,
				o.Table, w.Column).Scan(&n).Error)
			require.Positive(t, n, "%s: no index begins with %s", o.Table, w.Column)
		}
	}
}
