// Zhengxiao is the production program: the API server, the worker and the operator's
// commands over MySQL, an external Temporal and an S3 store.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/backup"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
)

// CodeConfig is a configuration that cannot be used.
const CodeConfig apperr.Code = "config_invalid"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program with its surroundings injected. Results go to out, logs and
// errors to errs.
func run(ctx context.Context, args, environ []string, out, errs io.Writer) int {
	p := &program{environ: environ, errs: errs}
	root := &cobra.Command{
		Use: "zhengxiao", Short: "整校推进项目审批与验收系统", Args: cli.NoArgs, RunE: cli.NeedCommand,
	}
	root.PersistentFlags().StringVar(&p.file, "config", "", "配置文件（YAML）；环境变量优先于它，默认取 ZX_CONFIG")
	root.AddCommand(p.api(), p.worker(), p.migrate(), p.engine(), p.codec(), p.promote(), cli.Version()) //nolint:contextcheck // by cobra
	root.AddCommand(p.objects())                                                                         //nolint:contextcheck // by cobra
	root.AddCommand(cli.Stuck(p.store), cli.Import(p.people), cli.Reconcile(p.reconcile))                //nolint:contextcheck // by cobra
	root.AddCommand(cli.Files(p.files), cli.Keys(p.people), cli.Users(p.people))                         //nolint:contextcheck // by cobra
	root.AddCommand(cli.Verify(p.proofs))                                                                //nolint:contextcheck // by cobra
	return cli.Main(ctx, root, args, out, errs)
}

// program is what every command starts from.
type program struct {
	environ []string
	errs    io.Writer
	file    string
}

// open reads the configuration, reporting every mistake in it at once, and opens what
// the command needs.
func (p *program) open(ctx context.Context, needs ...config.Need) (*app.App, error) {
	cfg, err := p.load(needs)
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, cfg, p.logger(cfg), needs...)
}

// openService is open for a process that goes on.
func (p *program) openService(ctx context.Context, process string, needs ...config.Need) (*app.App, error) {
	cfg, err := p.load(needs)
	if err != nil {
		return nil, err
	}
	return app.OpenService(ctx, cfg, p.logger(cfg), process, cli.Release(), needs...)
}

func (p *program) load(needs []config.Need) (config.Config, error) {
	cfg, unread := config.Load(p.configFile(), p.environ)
	unusable := cfg.Validate(needs...)
	switch {
	case unread == nil && unusable == nil:
		return cfg, nil
	case unread == nil:
		return cfg, apperr.New(CodeConfig, unusable.Error())
	case unusable == nil:
		return cfg, apperr.New(CodeConfig, unread.Error())
	}
	_, more, _ := strings.Cut(unusable.Error(), "\n") // without the second heading
	return cfg, apperr.New(CodeConfig, unread.Error()+"\n"+more)
}

func (p *program) configFile() string {
	if p.file != "" {
		return p.file
	}
	for _, pair := range p.environ {
		if value, ok := strings.CutPrefix(pair, "ZX_CONFIG="); ok {
			return value
		}
	}
	return ""
}

func (p *program) logger(cfg config.Config) *slog.Logger {
	log := slog.New(telemetry.Logs(slog.NewJSONHandler(p.errs, &slog.HandlerOptions{Level: cfg.LogLevel})))
	for _, name := range cfg.Unknown {
		log.Warn("no setting answers to this variable; misspelt?", "variable", name)
	}
	return log
}

func (p *program) store(ctx context.Context) (*models.Store, func(), error) {
	a, err := p.open(ctx, config.NeedMySQL)
	if err != nil {
		return nil, nil, err
	}
	return a.Store, a.Close, nil
}

// people is a store that can seal and open personal data.
func (p *program) people(ctx context.Context) (*models.Store, func(), error) {
	a, err := p.open(ctx, config.NeedMySQL, config.NeedDataKeys)
	if err != nil {
		return nil, nil, err
	}
	return a.Store, a.Close, nil
}

// proofs is what a verification needs.
func (p *program) proofs(ctx context.Context) (cli.Proofs, func(), error) {
	a, err := p.open(ctx, config.NeedMySQL, config.NeedS3, config.NeedDataKeys)
	if err != nil {
		return cli.Proofs{}, nil, err
	}
	keys, err := a.AuditKeys()
	if err != nil {
		a.Close()
		return cli.Proofs{}, nil, err
	}
	list := func(ctx context.Context) ([]models.KeptHead, error) { return heads.List(ctx, a.Evidence) }
	return cli.Proofs{Store: a.Store, Keys: keys, Heads: list}, a.Close, nil
}

func (p *program) files(ctx context.Context) (backup.Files, func(), error) {
	a, err := p.open(ctx, config.NeedMySQL, config.NeedS3)
	if err != nil {
		return backup.Files{}, nil, err
	}
	return backup.Files{Store: a.Store, Evidence: a.Evidence, Log: a.Logger}, a.Close, nil
}

func (p *program) reconcile(ctx context.Context) (reconcile.Deps, func(), error) {
	a, err := p.open(ctx, config.NeedMySQL, config.NeedTemporal, config.NeedDataKeys)
	if err != nil {
		return reconcile.Deps{}, nil, err
	}
	by, err := a.Signer()
	if err != nil {
		a.Close()
		return reconcile.Deps{}, nil, err
	}
	if by != nil {
		a.Store.SignWith(by) // events that it writes again
	}
	return reconcile.Deps{Store: a.Store, Client: a.Client, Logger: a.Logger}, a.Close, nil
}

func (p *program) migrate() *cobra.Command {
	root := app.DefaultRoot()
	c := &cobra.Command{
		Use: "migrate", Short: "升级数据库结构；空库还会建立省、市与首批管理员", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := p.open(c.Context(), config.NeedMySQL, config.NeedDataKeys)
			if err != nil {
				return err
			}
			defer a.Close()
			if err := models.Migrate(c.Context(), a.DB); err != nil {
				return err
			}
			accounts := map[models.Process]string{
				models.ProcessAPI: a.Config.MySQL.APIAccount, models.ProcessWorker: a.Config.MySQL.WorkerAccount,
			}
			if err := models.GrantRights(c.Context(), a.DB, accounts); err != nil {
				return err
			}
			founders, err := app.Bootstrap(c.Context(), a.Store, root)
			if err != nil {
				return err
			}
			return announce(c.OutOrStdout(), founders)
		},
	}
	f := c.Flags()
	f.StringVar(&root.ProvinceCode, "province-code", root.ProvinceCode, "空库：省的代码")
	f.StringVar(&root.Province, "province", root.Province, "空库：省的名称")
	f.StringVar(&root.CityCode, "city-code", root.CityCode, "空库：市的代码")
	f.StringVar(&root.City, "city", root.City, "空库：市的名称")
	return c
}

func announce(w io.Writer, accounts []app.FirstAccount) error {
	_, err := fmt.Fprint(w, "数据库结构已是最新。\n", app.Announce(accounts, ""))
	return err
}
