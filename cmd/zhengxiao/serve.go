package main

import (
	"github.com/spf13/cobra"

	"zhengxiao/api"
	"zhengxiao/internal/app"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/reconcile"
	"zhengxiao/models"
	"zhengxiao/web"
)

func (p *program) api() *cobra.Command {
	return &cobra.Command{
		Use: "api", Short: "运行接口与网页服务", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			a, err := p.openService(ctx, "api", config.NeedMySQL, config.NeedTemporal, config.NeedS3, config.NeedDataKeys)
			if err != nil {
				return err
			}
			defer a.Close()
			if err := a.Telemetry.Watch(a.Store.Vitals, a.Logger); err != nil {
				return err
			}
			page, err := web.Handler(web.Options{StoreOrigin: a.Evidence.Origin()})
			if err != nil {
				return err
			}
			jobs := reconcile.NewJobs(a.Store, a.Logger, reconcile.Comparing(reconcile.Deps{Store: a.Store, Client: a.Client, Logger: a.Logger}))
			defer jobs.Close()
			imports := importer.NewJobs(a.Store, a.Logger)
			defer imports.Close()
			h, err := api.New(api.Deps{
				Store: a.Store, Engine: api.NewEngine(a.Client), Files: a.Evidence, App: page, Logger: a.Logger, Config: settings(a.Config),
				Reconciler: jobs, Importer: imports, Telemetry: a.Telemetry,
			})
			if err != nil {
				return err
			}
			l, err := app.Listen(ctx, a.Config.HTTP.Addr)
			if err != nil {
				return err
			}
			a.Logger.InfoContext(ctx, "listening", "address", l.Addr().String(), "config", a.Config)
			return app.Serve(ctx, api.HTTPServer(h), l, a.Logger, a.Config.HTTP.ShutdownTimeout)
		},
	}
}

func settings(c config.Config) api.Config {
	return api.Config{
		SessionIdle: c.Session.Idle, SessionAbsolute: c.Session.Absolute, SecureCookie: c.HTTP.SecureCookies(),
		TrustedProxies: c.HTTP.TrustedProxies, Hosts: c.HTTP.Names(), Limits: limits(c.HTTP.Limits),
		Lockout: models.Lockout{After: c.Login.MaxFailures, For: c.Login.LockFor},
	}
}

// limits is the factor as the API takes it, for which 0 is its default.
func limits(factor float64) float64 {
	if factor == 0 {
		return -1
	}
	return factor
}
