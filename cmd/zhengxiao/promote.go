package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/worker"
)

// promote gives running and new cases to this program's version.
func (p *program) promote() *cobra.Command {
	var ramp float32
	var wait time.Duration
	c := &cobra.Command{
		Use: "promote", Short: "启用本程序的版本：进行中和新的项目改由它办理", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if ramp < 0 || ramp > 100 {
				return &cli.UsageError{Err: fmt.Errorf("--ramp 应为 0 到 100 的百分数")}
			}
			return p.withEngine(c, func(a *app.App) error {
				d, err := deployment(a.Config.Temporal)
				if err != nil {
					return err
				}
				if d.Name == "" {
					return apperr.New(CodeConfig, "没有设置 ZX_TEMPORAL_DEPLOYMENT：工作者不区分版本，无须启用。")
				}
				return promote(c.Context(), worker.Promotion{Client: a.Client, Deployment: d, Ramp: ramp, Wait: wait}, c.OutOrStdout(), c.ErrOrStderr())
			})
		},
	}
	c.Flags().Float32Var(&ramp, "ramp", 100, "交给它百分之几的项目；小于 100 为试行，0 为收回试行的部分")
	c.Flags().DurationVar(&wait, "wait", time.Minute, "等待该版本工作者应答的最长时间")
	return c
}

// promote tells errs why it waits, and out what it did.
func promote(ctx context.Context, p worker.Promotion, out, errs io.Writer) error {
	version := p.Deployment.BuildID
	p.Waiting = func(waited time.Duration, seen []worker.Poller) {
		fmt.Fprintf(errs, "版本 %s 的工作者还没有应答，已等 %s。", version, waited)
		if len(seen) == 0 {
			fmt.Fprintln(errs, "近几分钟没有它的工作者等待过任务。")
			return
		}
		fmt.Fprintln(errs, "近几分钟等待过任务的（可能已经退出）：")
		list(errs, seen)
	}
	err := p.Run(ctx)
	switch {
	case errors.Is(err, worker.ErrUnclear):
		return apperr.Wrap(err, apperr.Unavailable, fmt.Sprintf(
			"流程引擎没有应答，不能确认版本 %s 是否已经启用。请在引擎恢复后重新执行：重复执行没有害处。", version))
	case err != nil:
		return apperr.Wrap(err, apperr.Conflict, fmt.Sprintf(
			"版本 %s 没有启用，原来的版本继续办理。请确认它的工作者正在运行、原版本的任务队列它都有，再重新执行。", version))
	}
	switch p.Ramp {
	case 0:
		fmt.Fprintf(out, "已收回：版本 %s 不再办理项目。\n", version)
		return nil
	case 100:
		fmt.Fprintf(out, "已启用：全部项目由版本 %s 办理。\n", version)
	default:
		fmt.Fprintf(out, "已启用：%g%% 的项目由版本 %s 办理。\n", p.Ramp, version)
	}
	// It is done; who does the work from now on is good to know and no more.
	if seen, err := p.Deployment.Pollers(ctx, p.Client); err == nil {
		fmt.Fprintln(out, "它的工作者已应答。近几分钟等待过任务的：")
		list(out, seen)
	}
	return nil
}

func list(w io.Writer, seen []worker.Poller) {
	for _, p := range seen {
		fmt.Fprintf(w, "  %s　最近一次自 %s 起\n", p.Identity, p.Since.Local().Format(time.DateTime))
	}
}
