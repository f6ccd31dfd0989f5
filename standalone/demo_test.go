package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/cli"
	"zhengxiao/internal/domain"
)

// The smallest city that shows everything, its people brought in by sheets.
func TestRun_demo_leaves_every_stage_populated(t *testing.T) { //nolint:paralleltest // one object store in a process
	dir := filepath.Join(t.TempDir(), "demo-data")
	code, out, errs := call(t, "demo", "--schools", "14", "--teachers", "8", "--exit", "--data", dir, "--addr", "127.0.0.1:0")
	require.Equal(t, cli.OK, code, "%s\n%s", errs, out)
	for _, s := range domain.Stages() {
		require.Regexp(t, s.Name()+` [1-9]\d* 所`, out)
	}
	for _, state := range []string{`未启动 [1-9]\d* 所`, `其中逾期 [1-9]\d* 所`, `两案编制\(退回\)`, `整改第1轮`, `学时不足的教师\d`} {
		require.Regexp(t, state, out)
	}
	for _, sheet := range []string{
		`各区机构\.xlsx：新建 11、`, `各区经办人账号\.xlsx：新建 22、`, `全市学校\.xlsx：新建 14、`, `学校负责人账号\.xlsx：新建 28、`,
		`第一批次教师名册\.xlsx：新建 [1-9]\d*、更新 0、不变 0，未导入 0`, `第一批次教研组\.xlsx：新建 [1-9]`, `教师账号\.xlsx：新建 [1-9]\d*、更新 0、不变 0，未导入 2`,
	} {
		require.Regexp(t, `已导入 \S*`+sheet, out)
	}
	require.Regexp(t, `下发通知 \S+：28 人，已读 7 人，已回执 4 人`, out)
	for _, r := range domain.Roles() {
		require.Regexp(t, `(?m)^  \S+ +\S+ +`+r.Name(), out)
	}
}

func TestRun_demo_refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "thesis.docx"), "mine")
	for name, tc := range map[string]struct {
		args []string
		errs string
	}{
		"too few schools":    {[]string{"--schools", "13", "--data", filepath.Join(t.TempDir(), "x")}, "至少需要 14 所学校"},
		"too few teachers":   {[]string{"--teachers", "7", "--data", filepath.Join(t.TempDir(), "x")}, "不能小于 8"},
		"a folder of others": {[]string{"--data", dir}, "不是以前的演示数据"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, append([]string{"demo"}, tc.args...)...)
			require.Equal(t, cli.Failure, code, errs)
			require.Empty(t, out)
			require.Contains(t, errs, tc.errs)
		})
	}
	t.Cleanup(func() {
		body, err := os.ReadFile(filepath.Join(dir, "thesis.docx"))
		require.NoError(t, err)
		require.Equal(t, "mine", string(body))
	})
}
