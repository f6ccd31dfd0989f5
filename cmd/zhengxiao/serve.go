package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"zhengxiao/api"
	"zhengxiao/internal/app"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
	"zhengxiao/web"
)

func (p *program) api() *cobra.Command {
	return &cobra.Command{
		Use: "api", Short: "运行接口与网页服务", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
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
			c, err := settings(a.Config)
			if err != nil {
				return err
			}
			providers, err := sso.Load(a.Config.SSOFile)
			if err != nil {
				return err
			}
			h, err := api.New(api.Deps{
				Store: a.Store, Engine: api.NewEngine(a.Client), Files: a.Evidence, App: page, Logger: a.Logger, Config: c,
				Reconciler: jobs, Importer: imports, Telemetry: a.Telemetry,
				SSO:      sso.New(providers, strings.TrimSuffix(a.Config.HTTP.PublicURL, "/"), a.Clock),
				LastHead: heads.Heads{Store: a.Store, Files: a.Evidence}.Last,
			})
			if err != nil {
				return err
			}
			secure, err := a.Config.HTTP.Server()
			if err != nil {
				return err
			}
			l, err := app.Listen(ctx, a.Config.HTTP.Addr)
			if err != nil {
				return err
			}
			a.Logger.InfoContext(ctx, "listening", "address", l.Addr().String(), "config", a.Config)
			err = app.Serve(ctx, api.HTTPServer(h), app.Secure(l, secure), a.Logger, a.Config.HTTP.ShutdownTimeout)
			return errors.Join(err, api.Settle(ctx, h))
		},
	}
}

func settings(c config.Config) (api.Config, error) {
	leaked, err := blocklist(c.Password.Blocklist)
	text, unread := noticeText(c.Privacy.Notice)
	return api.Config{
		PrivacyText: text, PrivacyContact: c.Privacy.Contact, PrivacyAsk: c.Privacy.Ask,
		SessionIdle: c.Session.Idle, SessionAbsolute: c.Session.Absolute, SessionMost: c.Session.Most,
		SecureCookie: c.HTTP.SecureCookies(), PublicURL: c.HTTP.PublicURL,
		TrustedProxies: c.HTTP.TrustedProxies, Hosts: c.HTTP.Names(), Limits: limits(c.HTTP.Limits),
		Lockout:        models.Lockout{After: c.Login.MaxFailures, For: c.Login.LockFor},
		SecondFactor:   c.SecondFactor,
		PasswordPolicy: auth.Profile(c.Password.Profile, leaked),
	}, errors.Join(err, unread)
}

// noticeText reads what the 隐私政策 begins with; "" without a file.
func noticeText(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("ZX_PRIVACY_NOTICE: %w", err)
	}
	return string(text), nil
}

// blocklist reads passwords that became known; none without a file.
func blocklist(path string) (*auth.Leaked, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nothing is blocked
	}
	leaked, err := auth.OpenLeaked(path)
	if err != nil {
		return nil, fmt.Errorf("ZX_PASSWORD_BLOCKLIST: %w", err)
	}
	return leaked, nil
}

// limits is the factor as the API takes it, for which 0 is its default.
func limits(factor float64) float64 {
	if factor == 0 {
		return -1
	}
	return factor
}
