package cli_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
)

func TestMain_turns_errors_into_exit_codes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		code int
		errs string
	}{
		"success":       {nil, cli.OK, ""},
		"findings":      {cli.ErrFindings, cli.Findings, ""},
		"wrong usage":   {&cli.UsageError{Err: errors.New("用法不对")}, cli.Usage, "用法不对\n用 tool --help 查看用法。\n"},
		"a known error": {apperr.New(apperr.DiskFull, "磁盘已满。"), cli.Failure, "错误（disk_full）：磁盘已满。\n"},
		"with a cause": {
			apperr.Wrap(errors.New("write app.db"), apperr.DiskFull, "磁盘已满。"), cli.Failure,
			"错误（disk_full）：磁盘已满。\n  原因：write app.db\n",
		},
		"an unknown error": {
			errors.New("boom"), cli.Failure,
			"错误（internal）：系统内部错误，请稍后重试；如仍失败，请联系系统管理员。\n  原因：boom\n",
		},
		"interrupted": {context.Canceled, cli.Failure, "已中断，没有完成。\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			if stop(); !errors.Is(tc.err, context.Canceled) {
				ctx = t.Context()
			}
			var out, errs bytes.Buffer
			root := &cobra.Command{Use: "tool", RunE: func(*cobra.Command, []string) error { return tc.err }}
			require.Equal(t, tc.code, cli.Main(ctx, root, nil, &out, &errs))
			require.Empty(t, out.String())
			require.Equal(t, tc.errs, errs.String())
		})
	}
}
