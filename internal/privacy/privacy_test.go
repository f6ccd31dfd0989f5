package privacy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite docs/personal-data.md")

// engine are the tables of the database and of the migrations themselves.
var engine = []string{"goose_db_version", "sqlite_sequence"}

// Each column of the live schema is in the inventory or declared impersonal, once; and
// nothing is stated of what does not exist.
func TestEveryColumnIsStated(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	var names []string
	require.NoError(t, db.Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ?", engine).Scan(&names).Error)
	stated := privacy.Stated()
	for _, name := range names {
		columns, ok := stated[name]
		require.True(t, ok, "table %s: state each of its columns in internal/privacy/tables.go", name)
		var live []string
		require.NoError(t, db.Raw("SELECT name FROM pragma_table_info(?)", name).Scan(&live).Error)
		for _, column := range live {
			class, ok := columns[column]
			require.True(t, ok, "column %s.%s: give it a class of personal data or list it as impersonal in internal/privacy/tables.go", name, column)
			require.NotContains(t, class, ",", "column %s.%s is stated more than once", name, column)
		}
		require.Len(t, columns, len(live), "table %s: the inventory states columns that do not exist", name)
	}
	require.Len(t, stated, len(names), "the inventory states tables that do not exist")
}

func TestClassesAreWhole(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, c := range privacy.Classes() {
		require.False(t, known[c.Code], c.Code)
		known[c.Code] = true
		for what, text := range map[string]string{
			"title": c.Title, "category": c.Category.Title(), "purpose": c.Purpose, "basis": c.Basis, "seen by": c.SeenBy, "mask": c.Mask,
			"retention": c.Retention.Title(), "fate": c.Fate.Title(),
		} {
			require.NotEmpty(t, text, "%s of %s", what, c.Code)
		}
		require.Equal(t, c.Fate == privacy.Keep, c.Why != "", "%s: what is kept has a reason, and only that", c.Code)
	}
	for table, columns := range privacy.Stated() {
		for column, class := range columns {
			require.True(t, class == "" || known[class], "%s.%s: no class %q", table, column, class)
		}
	}
}

// The document is written from the inventory: go test ./internal/privacy -run Document -update.
func TestDocument(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "personal-data.md")
	want := document()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run go test ./internal/privacy -run Document -update")
}

func document() string {
	var b strings.Builder
	b.WriteString("# 个人信息清单\n\nWritten by `go test ./internal/privacy -run Document -update` from `internal/privacy`; every column of the schema is stated there.\n\n## 类别\n\n")
	b.WriteString("| 类别 | 性质 | 目的 | 依据 | 可见范围 | 掩码 | 保存期限 | 清理时 | 保留理由 |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range privacy.Classes() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", c.Title, c.Category.Title(), c.Purpose, c.Basis, c.SeenBy, c.Mask,
			c.Retention.Title(), c.Fate.Title(), c.Why)
	}
	b.WriteString("\n## 数据项\n\n| 表 | 列 | 类别 | 性质 | 清理时 |\n|---|---|---|---|---|\n")
	for _, c := range privacy.Columns() {
		fmt.Fprintf(&b, "| %s `%s` | `%s` | %s | %s | %s |\n", c.TableTitle, c.Table, c.Name, c.Class.Title, c.Class.Category.Title(), c.Class.Fate.Title())
	}
	return b.String()
}
