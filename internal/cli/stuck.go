package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/stuck"
	"zhengxiao/models"
)

// Stuck prints the 督办台账 of the store that open gives.
func Stuck(open func(context.Context) (*models.Store, func(), error)) *cobra.Command {
	var q stuck.Query
	var format string
	c := &cobra.Command{
		Use: "stuck", Short: "打印督办台账：每所学校卡在哪一环节、等谁、多久、缺什么", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(stuck.Formats(), format) {
				return &UsageError{new(stuck.Ledger).Write(nil, format)}
			}
			store, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			ledger, err := stuck.Collect(c.Context(), store, q)
			if apperr.Is(err, apperr.Invalid) {
				return &UsageError{err}
			}
			if err != nil {
				return err
			}
			return ledger.Write(c.OutOrStdout(), format)
		},
	}
	f := c.Flags()
	f.StringVar(&q.Cohort, "cohort", "", "只看一个批次（代码或名称）")
	f.StringVar(&q.District, "district", "", "只看一个区（代码或名称；市名为局属学校）")
	f.StringVar(&q.Stage, "stage", "", "只看一个环节（代码或名称）")
	f.BoolVar(&q.Overdue, "overdue", false, "只看已逾期的")
	f.StringVar(&format, "format", "text", "输出格式："+strings.Join(stuck.Formats(), "、"))
	return c
}
