package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhengxiao/internal/secret"
	"zhengxiao/models"
)

// Keys shows under which keys personal data are sealed, and moves them to the active one.
// It ends with Findings when values are left under other keys, or do not open.
func Keys(open func(context.Context) (*models.Store, func(), error)) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "keys", Short: "查看与更换个人信息的加密密钥", Args: NoArgs, RunE: NeedCommand}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "以 JSON 输出")
	walk := func(use, short string, run func(*models.Store, context.Context, func(models.KeyUse)) ([]models.KeyUse, error)) {
		c.AddCommand(&cobra.Command{Use: use, Short: short, Args: NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			store, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			uses, err := run(store, c.Context(), func(u models.KeyUse) {
				fmt.Fprintf(c.ErrOrStderr(), "%s：已看 %d 个，改写 %d 个\n", u.Column, u.Rows, u.Rewritten)
			})
			if err != nil {
				return err
			}
			return printKeys(c.OutOrStdout(), uses, store.ActiveKey(), asJSON)
		}})
	}
	walk("status", "逐个读出加密的值，按密钥统计", (*models.Store).KeyUses)
	walk("rotate", "把其他密钥加密的值改用最前的密钥加密；不用停机，可以中断后再执行", (*models.Store).RotateKeys)
	c.AddCommand(&cobra.Command{
		Use: "drop 编号", Short: "检查一个旧密钥是否可以从 ZX_DATA_KEYS 中移除", Args: oneKey, RunE: func(c *cobra.Command, args []string) error {
			store, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			if err := store.CheckDroppable(c.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "没有任何值由密钥 %s 加密，可以从 ZX_DATA_KEYS 中移除并重启。备份中的旧数据仍须用它读取：请在最后一份旧备份过期前离线保存。\n", args[0])
			return err
		},
	})
	c.AddCommand(&cobra.Command{
		Use: "new 编号", Short: "生成一个新密钥，并说明更换的步骤", Args: oneKey, RunE: func(c *cobra.Command, args []string) error {
			entry, err := secret.Generate(args[0])
			if err != nil {
				return &UsageError{err}
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n%s", entry, keySteps)
			return err
		},
	})
	return c
}

const keySteps = `
更换步骤（都不用停机）：
  1. 把上面一项加在 ZX_DATA_KEYS 的 index 之前，逐个重启 api 与 worker：都能解密。
  2. 把它移到最前，逐个重启：从此用它加密。
  3. 执行 keys rotate，直到没有遗留。
  4. 执行 keys drop 旧编号，确认后移除旧密钥，逐个重启。
`

func oneKey(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &UsageError{errors.New("请给出一个密钥编号")}
	}
	return nil
}

func printKeys(w io.Writer, uses []models.KeyUse, active string, asJSON bool) error {
	left := false
	for _, u := range uses {
		left = left || u.Left(active) > 0 || len(u.Faults) > 0
	}
	var err error
	if asJSON {
		err = printJSON(w, map[string]any{"active": active, "columns": uses})
	} else {
		_, err = io.WriteString(w, keyText(uses, active))
	}
	if err == nil && left {
		return ErrFindings
	}
	return err
}

func keyText(uses []models.KeyUse, active string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "加密用的密钥：%s\n", active)
	for _, u := range uses {
		fmt.Fprintf(&b, "%s：%d 个值", u.Column, u.Rows)
		for _, id := range slices.Sorted(maps.Keys(u.Keys)) {
			fmt.Fprintf(&b, "，密钥 %s %d 个", id, u.Keys[id])
		}
		if u.Unbound > 0 {
			fmt.Fprintf(&b, "，未绑定所在行 %d 个", u.Unbound)
		}
		if u.Indexes > 0 {
			fmt.Fprintf(&b, "，索引待重算 %d 个", u.Indexes)
		}
		if u.Rewritten > 0 {
			fmt.Fprintf(&b, "；本次改写 %d 个", u.Rewritten)
		}
		b.WriteString("\n")
		for _, f := range u.Faults {
			fmt.Fprintf(&b, "  %s：%s\n", f.Row, f.Problem)
		}
	}
	return b.String()
}
