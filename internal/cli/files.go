package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhengxiao/internal/backup"
)

// Files copies the files of the object store out and back, and reads them all. It ends with
// Findings when one is not as the database says, or could not be looked at; with Failure
// when the others could not be, either.
func Files(open func(context.Context) (backup.Files, func(), error)) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "files", Short: "备份、恢复与核对上传的文件", Args: NoArgs, RunE: NeedCommand}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "以 JSON 输出")
	add := func(use, short string, args cobra.PositionalArgs, run func(context.Context, backup.Files, []string) (backup.Report, error)) {
		c.AddCommand(&cobra.Command{
			Use: use, Short: short, Args: args,
			RunE: func(c *cobra.Command, args []string) error {
				files, done, err := open(c.Context())
				if err != nil {
					return err
				}
				defer done()
				report, failed := run(c.Context(), files, args)
				if failed == nil || report.Files > 0 { // what was found before it ended, too
					if err := printFiles(c.OutOrStdout(), report, asJSON); err != nil {
						return errors.Join(failed, fmt.Errorf("print report: %w", err)) // the first is what is told
					}
				}
				if failed == nil && len(report.Faults) > 0 {
					return ErrFindings
				}
				return failed
			},
		})
	}
	add("verify", "读出数据库登记的每个文件，核对校验值", NoArgs, func(ctx context.Context, f backup.Files, _ []string) (backup.Report, error) {
		return f.Verify(ctx)
	})
	add("export 文件夹", "把登记的文件复制到文件夹；已有且内容无误的跳过", oneFolder, func(ctx context.Context, f backup.Files, args []string) (backup.Report, error) {
		return f.Export(ctx, args[0])
	})
	add("import 文件夹", "把存储中缺少或内容有误的文件从文件夹放回", oneFolder, func(ctx context.Context, f backup.Files, args []string) (backup.Report, error) {
		return f.Import(ctx, args[0])
	})
	return c
}

func oneFolder(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &UsageError{errors.New("请给出一个文件夹")}
	}
	return nil
}

func printFiles(w io.Writer, r backup.Report, asJSON bool) error {
	if asJSON {
		return printJSON(w, r)
	}
	for _, f := range r.Faults {
		if _, err := fmt.Fprintf(w, "文件 %s 第 %d 版（%s）：%s\n", f.FileID, f.N, f.Key, f.Problem); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "登记的文件 %d 个：复制 %d 个，读取 %d 字节，问题 %d 处。\n", r.Files, r.Copied, r.Bytes, len(r.Faults))
	return err
}
