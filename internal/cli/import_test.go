package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/roster"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// console runs a command over a store and returns exit code, results and everything else.
type console struct {
	t     *testing.T
	store *models.Store
}

func (c console) run(args ...string) (code int, out, errs string) {
	c.t.Helper()
	var o, e bytes.Buffer
	root := &cobra.Command{Use: "tool", Args: cli.NoArgs, RunE: cli.NeedCommand}
	root.AddCommand(cli.Import(func(context.Context) (*models.Store, func(), error) { return c.store, func() {}, nil }))
	code = cli.Main(c.t.Context(), root, args, io.Writer(&o), &e)
	return code, o.String(), e.String()
}

func TestImportWritesItsErrorsBesideTheSheet(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	s := testkit.Store(t, clock)
	w := testkit.NewWorld(t, s, clock)
	w.Case(w.School, 0)
	c := console{t, s}
	sheet := filepath.Join(t.TempDir(), "教师.csv")
	require.NoError(t, os.WriteFile(sheet, []byte("学校代码,账号,姓名\n440106001,t1,张三\n440106001,t2,\n"), 0o600))
	args := []string{"import", sheet, "--kind", "teachers", "--cohort", "2601"}

	code, out, errs := c.run(append(args, "--dry-run")...)
	require.Equal(t, cli.Findings, code, errs)
	require.Contains(t, out, "试运行：共2行，将新建1、更新0、不变0，错误1行。")
	require.Contains(t, errs, "试运行 2 / 2 行")
	require.FileExists(t, filepath.Join(filepath.Dir(sheet), "教师-错误.xlsx"))

	code, out, _ = c.run(args...)
	require.Equal(t, cli.Findings, code)
	require.NotContains(t, out, "已导入")
	_, err := s.UserByLogin(t.Context(), "t1")
	require.True(t, apperr.Is(err, apperr.NotFound), "nothing is written while a row is bad")

	code, out, errs = c.run(append(args, "--good-rows")...)
	require.Equal(t, cli.Findings, code, errs)
	require.Contains(t, out, "已导入：新建1、更新0、不变0，未导入1行。")
	passwords := filepath.Join(filepath.Dir(sheet), "教师-初始密码.xlsx")
	info, err := os.Stat(passwords)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.WriteFile(sheet, []byte("学校代码,账号,姓名\n440106001,t1,张三\n"), 0o600))
	code, out, errs = c.run(args...)
	require.Equal(t, cli.OK, code, errs)
	require.Contains(t, out, "已导入：新建0、更新0、不变1，未导入0行。")
	list, _, err := s.Imports(t.Context(), models.Scope{Paths: []string{w.Cohort.Path}}, models.ImportFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, list, 4, "those of its cohort show them")

	require.NoError(t, os.WriteFile(sheet, []byte("上级代码,学校代码,学校名称\n440106,440106999,新校\n"), 0o600))
	code, _, errs = c.run("import", sheet, "--kind", "schools", "--dry-run")
	require.Equal(t, cli.OK, code, errs)
	list, _, err = s.Imports(t.Context(), models.Scope{Paths: []string{w.City.Path}}, models.ImportFilter{Kind: roster.Schools}, models.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1, "the highest office sees it")
	require.Empty(t, list[0].Starter)
}

func TestImportRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	c := console{t, testkit.Store(t, testkit.NewClock())}
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"no file":      {[]string{"import", "--kind", "teachers"}, cli.Usage},
		"no kind":      {[]string{"import", "x.xlsx"}, cli.Usage},
		"another kind": {[]string{"import", "x.xlsx", "--kind", "dogs"}, cli.Usage},
		"file missing": {[]string{"import", "missing.xlsx", "--kind", "teachers"}, cli.Usage},
	} {
		code, _, errs := c.run(tc.args...)
		require.Equal(t, tc.code, code, name)
		require.NotEmpty(t, errs, name)
	}
}
