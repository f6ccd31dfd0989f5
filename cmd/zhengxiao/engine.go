package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/temporalx"
	"zhengxiao/workflows"
)

// engineAway is what an operator reads when the engine does not answer.
const engineAway = "流程引擎无法访问。请检查 ZX_TEMPORAL_ADDRESS、证书与网络，待引擎恢复后重试。"

// engine prepares the workflow engine for the product, and looks whether it is.
func (p *program) engine() *cobra.Command {
	c := &cobra.Command{Use: "engine", Short: "准备或检查流程引擎：命名空间、保留期、搜索属性", Args: cli.NoArgs, RunE: cli.NeedCommand}
	var days int
	c.PersistentFlags().IntVar(&days, "retention", int(temporalx.Retention/(24*time.Hour)), "已结束流程至少保留的天数")
	c.AddCommand(&cobra.Command{
		Use: "setup", Short: "建立缺少的部分；可重复执行，已有的不会缩短或删除", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.onEngine(c, days, func(n temporalx.Namespace, e client.Client) error {
				made, err := n.Setup(c.Context(), e)
				if err != nil {
					return apperr.Wrap(err, apperr.Unavailable, "流程引擎没有准备好。请按下面的原因处理后重新执行，已完成的部分不会重复。")
				}
				for _, part := range made {
					fmt.Fprintf(c.OutOrStdout(), "已建立：%s\n", part)
				}
				fmt.Fprintln(c.OutOrStdout(), "流程引擎已就绪。")
				return nil
			})
		},
	}, &cobra.Command{
		Use: "check", Short: "列出缺少的部分；有缺少时退出码为 3", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.onEngine(c, days, func(n temporalx.Namespace, e client.Client) error {
				missing, err := n.Missing(c.Context(), e)
				if err != nil {
					return apperr.Wrap(err, apperr.Unavailable, engineAway)
				}
				for _, part := range missing {
					fmt.Fprintf(c.OutOrStdout(), "缺少：%s\n", part)
				}
				if len(missing) > 0 {
					return cli.ErrFindings
				}
				fmt.Fprintln(c.OutOrStdout(), "流程引擎已就绪。")
				return nil
			})
		},
	})
	return c
}

func (p *program) onEngine(c *cobra.Command, days int, do func(temporalx.Namespace, client.Client) error) error {
	if days < 1 {
		return &cli.UsageError{Err: fmt.Errorf("--retention 应至少为 1 天")}
	}
	return p.withEngine(c, func(a *app.App) error {
		return do(temporalx.Namespace{
			Name: a.Config.Temporal.Namespace, Retention: time.Duration(days) * 24 * time.Hour, Attributes: workflows.SearchAttributes(),
		}, a.Client)
	})
}

// withEngine opens what needs the engine only.
func (p *program) withEngine(c *cobra.Command, do func(*app.App) error) error {
	a, err := p.open(c.Context(), config.NeedTemporal)
	if err != nil {
		return err
	}
	defer a.Close()
	return do(a)
}
