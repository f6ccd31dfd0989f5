package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// operator is who imports from the command line, in the records.
const operator = "operator"

type importFlags struct {
	kind, cohort string
	dryRun, good bool
}

// Import imports a sheet: a dry run, then everything or the good rows. Progress goes to
// the error stream; bad rows are written beside the sheet, as are one-time passwords,
// readable by the owner only. In the lists of imports it stands with those of the
// organisation above all, or of the cohort. It ends with Findings while there are bad rows.
func Import(open func(context.Context) (*models.Store, func(), error)) *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use: "import 文件", Short: "用 xlsx 或 CSV 导入机构、学校、账号、教师或教研组", Args: oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			if !roster.Kind(f.kind).Valid() {
				return &UsageError{fmt.Errorf("请用 --kind 给出种类：%s", kinds())}
			}
			s, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			return importFile(c, s, f, args[0])
		},
	}
	c.Flags().StringVar(&f.kind, "kind", "", "种类："+kinds())
	c.Flags().StringVar(&f.cohort, "cohort", "", "批次代码：教师进入该批次的名册；教研组必填")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "只检查，不写入")
	c.Flags().BoolVar(&f.good, "good-rows", false, "有错误的行时，仍写入正确的行")
	return c
}

func oneFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &UsageError{errors.New("请给出一个要导入的文件")}
	}
	return nil
}

func kinds() string {
	names := make([]string, 0, len(roster.Kinds()))
	for _, k := range roster.Kinds() {
		names = append(names, fmt.Sprintf("%s（%s）", k, k.Name()))
	}
	return strings.Join(names, "、")
}

func importFile(c *cobra.Command, s *models.Store, f importFlags, path string) error {
	ctx, out := c.Context(), c.OutOrStdout()
	body, err := os.ReadFile(path)
	if err != nil {
		return &UsageError{fmt.Errorf("文件读不出来：%w", err)}
	}
	r := importer.Request{Kind: roster.Kind(f.kind), FileName: filepath.Base(path), By: operator}
	if r.Path, err = s.TopPath(ctx); err != nil {
		return err
	}
	if f.cohort != "" {
		cohort, err := s.CohortByCode(ctx, f.cohort)
		if err != nil {
			return err
		}
		r.CohortID, r.Path = cohort.ID, cohort.Path
	}
	job, err := importer.Begin(ctx, s, r, body)
	if err != nil {
		return err
	}
	v, err := runImport(c, s, job, "试运行")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "试运行：共%d行，将新建%d、更新%d、不变%d，错误%d行。\n", v.Total, v.Created, v.Changed, v.Same, v.Bad)
	if !f.dryRun && (v.Bad == 0 || f.good) && v.Bad < v.Total {
		mode := models.ImportAll
		if f.good {
			mode = models.ImportGood
		}
		if job, err = s.ApplyImport(ctx, job.ID, mode, operator); err != nil {
			return err
		}
		if v, err = runImport(c, s, job, "导入"); err != nil {
			return err
		}
		fmt.Fprintf(out, "已导入：新建%d、更新%d、不变%d，未导入%d行。\n", v.Created, v.Changed, v.Same, v.Bad)
	}
	return beside(ctx, s, v, path, out)
}

// runImport runs a job and tells its progress.
func runImport(c *cobra.Command, s *models.Store, job *models.ImportJob, doing string) (*models.ImportView, error) {
	ctx := c.Context()
	err := importer.Run(ctx, s, job, models.ImportRights{Reach: models.Scope{All: true}, May: models.CheckSeat}, func(done int) {
		fmt.Fprintf(c.ErrOrStderr(), "\r%s %d / %d 行", doing, done, job.Total)
	})
	fmt.Fprintln(c.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	v, err := s.Import(ctx, models.Scope{All: true}, job.ID)
	if err == nil && v.Status == models.ImportFailed {
		err = errors.New(v.Message)
	}
	return v, err
}

// beside writes what is wrong and the one-time passwords next to the sheet.
func beside(ctx context.Context, s *models.Store, v *models.ImportView, path string, out io.Writer) error {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	if v.Passwords {
		list, err := s.TakePasswords(ctx, &v.ImportJob, models.ClearFile{})
		if err != nil {
			return err
		}
		name := stem + "-初始密码.xlsx"
		if err := write(name, func(w io.Writer) error { return importer.WritePasswords(list, w) }); err != nil {
			return err
		}
		fmt.Fprintf(out, "%d个新账号的一次性密码：%s（只此一份，分发后请删除）\n", len(list), name)
	}
	if v.Bad == 0 {
		return nil
	}
	name := stem + "-错误.xlsx"
	if err := write(name, func(w io.Writer) error { return importer.WriteErrors(ctx, s, &v.ImportJob, w) }); err != nil {
		return err
	}
	fmt.Fprintf(out, "错误的行与原因：%s（更正后可直接再次导入）\n", name)
	return ErrFindings
}

// write makes a file that only its owner may read.
func write(name string, body func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if err := errors.Join(body(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
