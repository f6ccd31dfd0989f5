package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

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
	Heads func(context.Context) ([]models.KeptHead, error)
}

// Verify recomputes whatever proves the audit log, the events and the rows of cases. It ends
// with Findings when anything was changed behind the application's back.
func Verify(open func(context.Context) (Proofs, func(), error)) *cobra.Command {
	var format, file string
	var public []string
	c := &cobra.Command{
		Use: "verify", Short: "校验审计日志、项目事件及其数据是否被改动过；发现改动时退出码为 1", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return &UsageError{apperr.New(apperr.Invalid, "--format 只能是 text 或 json。")}
			}
			report, err := verified(c.Context(), open, file, public)
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
	c.Flags().StringVar(&file, "package", "", "离线校验一个项目的审计包（zip），不连接数据库")
	c.Flags().StringArrayVar(&public, "keys", nil, "与 --package 同用：审计签名公钥（base64），或每行一个公钥的文件；可写多次")
	return c
}

func verified(ctx context.Context, open func(context.Context) (Proofs, func(), error), file string, public []string) (models.VerifyReport, error) {
	if file != "" {
		return verifiedPackage(file, public)
	}
	p, done, err := open(ctx)
	if err != nil {
		return models.VerifyReport{}, err
	}
	defer done()
	heads, err := p.Heads(ctx)
	if err != nil {
		return models.VerifyReport{}, err
	}
	return p.Store.Verify(ctx, p.Keys, heads)
}

func verifiedPackage(file string, public []string) (models.VerifyReport, error) {
	var none models.VerifyReport
	keys, err := publicKeys(public)
	if err != nil {
		return none, err
	}
	f, err := os.Open(file)
	if err != nil {
		return none, apperr.Wrap(err, apperr.Invalid, "打不开审计包 "+file+"。")
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return none, apperr.Wrap(err, apperr.Invalid, "打不开审计包 "+file+"。")
	}
	r, err := models.VerifyPackage(f, info.Size(), keys)
	if err != nil {
		return r, apperr.Wrap(err, apperr.Corrupt, "这不是一个完整的审计包，无法校验。请重新导出。")
	}
	return r, nil
}

// publicKeys are keys as such, or files of one a line.
func publicKeys(list []string) (notary.Keys, error) {
	var texts []string
	for _, k := range list {
		raw, err := os.ReadFile(k)
		if err != nil {
			texts = append(texts, k)
			continue
		}
		texts = append(texts, strings.Fields(string(raw))...)
	}
	keys, err := notary.ParseKeys(texts)
	if err != nil || len(keys) == 0 {
		return nil, &UsageError{apperr.New(apperr.Invalid, "请用 --keys 给出审计签名公钥（32 字节的 base64），或每行一个公钥的文件。")}
	}
	return keys, nil
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
	_, err := fmt.Fprintf(w, "校验审计日志 %d 条（未封存 %d 条，另已清除 %d 条）、签名 %d 个，项目 %d 个、事件 %d 个（启用签名前 %d 个），数据 %d 行，每日摘要 %d 份：发现 %d 处改动。\n",
		r.Entries, r.Unsealed, r.Purged, r.Seals, r.Cases, r.Events, r.Unsigned, r.Rows, r.Heads, len(r.Findings))
	return err
}
