package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/notify"
	"zhengxiao/worker"
)

func (p *program) worker() *cobra.Command {
	var verify bool
	var limit int
	c := &cobra.Command{
		Use: "worker", Short: "运行流程工作者：办理决定、期限、学时认定与通知", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if verify {
				return p.withEngine(c, func(a *app.App) error { return verifyRunning(c, a, limit) })
			}
			return p.work(c.Context())
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "不工作，只用本程序重放全部进行中流程的历史；有不能接续的，退出码为 3")
	c.Flags().IntVar(&limit, "limit", 0, "与 --verify 同用：只重放最近开始的若干个；0 为全部")
	return c
}

func (p *program) work(ctx context.Context) error {
	a, err := p.openService(ctx, "worker", config.NeedMySQL, config.NeedTemporal, config.NeedS3, config.NeedDataKeys)
	if err != nil {
		return err
	}
	defer a.Close()
	version, err := deployment(a.Config.Temporal)
	if err != nil {
		return err
	}
	by, err := a.Signer()
	if err != nil {
		return err
	}
	keys, err := a.AuditKeys()
	if err != nil {
		return err
	}
	shipping, err := shipping(a.Config.Syslog)
	if err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, "working", "version", version.BuildID, "config", a.Config)
	deps := worker.Deps{
		Client: a.Client, Store: a.Store, Evidence: a.Evidence, Logger: a.Logger, Telemetry: a.Telemetry,
		LimitAttempts: a.Config.ClamAV.LimitAttempts, Signer: by, AuditKeys: keys, Retention: a.Config.Audit.Keeps(),
		Sender: notify.New(a.Outbound, a.Clock, notify.Within), PublicURL: a.Config.HTTP.PublicURL,
		Outbound: a.Outbound, Shipping: shipping,
	}
	tuned := a.Config.Worker
	err = worker.Run(ctx, deps, worker.Options{
		Namespace: a.Config.Temporal.Namespace, Deployment: version, Digest: a.Config.Digest,
		WorkflowTasks: tuned.WorkflowTasks, Activities: tuned.Activities, LocalActivities: tuned.LocalActivities,
		CacheSize: tuned.Cache, Pollers: tuned.Pollers, DrainTimeout: tuned.Drain,
	})
	if apperr.Is(err, apperr.Internal) {
		return apperr.Wrap(err, apperr.Unavailable,
			"流程引擎无法访问，或不再接受本工作者。请检查 ZX_TEMPORAL_ADDRESS，运行 zhengxiao engine check 查看命名空间，待引擎恢复后重新启动。")
	}
	return err
}

// shipping is where the audit log is sent, nil for nowhere.
func shipping(c config.Syslog) (*worker.Shipping, error) {
	to, err := c.Target()
	if err != nil || to == nil {
		return nil, err
	}
	return &worker.Shipping{To: to, Longest: c.MaxMessage}, nil
}

// deployment is this program's version, if versions are told apart.
func deployment(c config.Temporal) (worker.Deployment, error) {
	if c.Deployment == "" {
		return worker.Deployment{}, nil
	}
	d := worker.Deployment{Name: c.Deployment, BuildID: c.BuildID}
	if d.BuildID == "" {
		d.BuildID = cli.BuildID()
	}
	if d.BuildID == "" {
		return d, apperr.New(CodeConfig, "设置了 ZX_TEMPORAL_DEPLOYMENT，但本程序构建时没有记下版本。请设置 ZX_TEMPORAL_BUILD_ID，每个版本用不同的值。")
	}
	return d, nil
}

// verifyRunning is the gate before a deployment.
func verifyRunning(c *cobra.Command, a *app.App, limit int) error {
	const every = 100
	out, errs := c.OutOrStdout(), c.ErrOrStderr()
	v := worker.Verification{Client: a.Client, Limit: limit, Progress: func(done int, run workflow.Execution, problem error) {
		if problem != nil {
			fmt.Fprintf(out, "不能接续：%s（%s）：%v\n", run.ID, run.RunID, problem)
		}
		if done%every == 0 {
			fmt.Fprintf(errs, "已重放 %d 个流程\n", done)
		}
	}}
	done, failed, err := v.Run(c.Context())
	if err != nil {
		return apperr.Wrap(err, apperr.Unavailable, engineAway)
	}
	fmt.Fprintf(out, "共重放 %d 个进行中的流程，不能接续的 %d 个。\n", done, failed)
	if failed > 0 {
		return cli.ErrFindings
	}
	return nil
}
