package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notary"
	"zhengxiao/models"
)

// Proofs is what a verification needs: the database, the keys that may have signed, and
// the daily heads from the object store.
type Proofs struct {
	Store *models.Store
	Keys  notary.Keys
	Heads func(context.Context) ([]models.DailyHead, error)
}

// Verify recomputes whatever proves the audit log, the events and the rows of cases. It ends
// with Findings when anything was changed behind the application's back.
func Verify(open func(context.Context) (Proofs, func(), error)) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "verify", Short: "校验审计日志、项目事件及其数据是否被改动过；发现改动时退出码为 1", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return &UsageError{apperr.New(apperr.Invalid, "--format 只能是 text 或 json。")}
			}
			p, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			heads, err := p.Heads(c.Context())
			if err != nil {
				return err
			}
			report, err := p.Store.Verify(c.Context(), p.Keys, heads)
			if err != nil {
				return err
			}
			if err := writeVerified(c.OutOrStdout(), report, format == "json"); err != nil {
				return err
			}
			if len(report.Findings) > 0 {
				return ErrTampered
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", "输出格式：text、json")
	return c
}

func writeVerified(w io.Writer, r models.VerifyReport, asJSON bool) error {
	if asJSON {
		return printJSON(w, r)
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "%s %s %s：%s\n  处理：%s\n", f.Table, f.Row, f.Kind, f.Detail, f.Advice); err != nil {
			return err
		}
	}
	for _, n := range r.Notes {
		if _, err := fmt.Fprintf(w, "说明：%s\n", n); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "校验审计日志 %d 条（未封存 %d 条）、签名 %d 个，项目 %d 个、事件 %d 个（启用签名前 %d 个），数据 %d 行，每日摘要 %d 份：发现 %d 处改动。\n",
		r.Entries, r.Unsealed, r.Seals, r.Cases, r.Events, r.Unsigned, r.Rows, r.Heads, len(r.Findings))
	return err
}
