package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/reconcile"
)

// Reconcile compares database and engine. It ends with Findings while a difference is
// left, so that a scheduled run can raise an alarm.
func Reconcile(open func(context.Context) (reconcile.Deps, func(), error)) *cobra.Command {
	var opts reconcile.Options
	var asJSON bool
	c := &cobra.Command{
		Use: "reconcile", Short: "核对数据库与流程引擎，列出不一致；加 --repair 修复", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			deps, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			report, err := reconcile.Recorded(c.Context(), deps, opts)
			if err != nil {
				return engineAway(err)
			}
			if err := printReport(c.OutOrStdout(), report, asJSON); err != nil {
				return err
			}
			if left(report) > 0 {
				return ErrFindings
			}
			return nil
		},
	}
	c.Flags().BoolVar(&opts.Repair, "repair", false, "修复能够自动修复的不一致")
	c.Flags().BoolVar(&asJSON, "json", false, "以 JSON 输出")
	return c
}

// engineAway gives an error that no part of the system has explained a message; most
// often the engine could not be reached.
func engineAway(err error) error {
	if apperr.CodeOf(err) != apperr.Internal {
		return err
	}
	return apperr.Wrap(err, apperr.Unavailable, "核对没有完成：流程引擎或数据库没有应答。请确认引擎和 worker 正在运行后重试。")
}

func left(r reconcile.Report) int {
	n := 0
	for _, f := range r.Findings {
		if !f.Repaired {
			n++
		}
	}
	return n
}

func printReport(w io.Writer, r reconcile.Report, asJSON bool) error {
	if asJSON {
		return printJSON(w, r)
	}
	for _, f := range r.Findings {
		state := "未修复"
		if f.Repaired {
			state = "已修复"
		}
		if _, err := fmt.Fprintf(w, "%s（%s） %s %s：%s\n", f.Kind.Name(), f.Kind, f.WorkflowID, state, f.Detail); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "核对项目 %d 个、流程 %d 个：不一致 %d 处，未修复 %d 处。\n", r.Cases, r.Runs, len(r.Findings), left(r))
	return err
}
