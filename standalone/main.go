// Zhengxiao-standalone runs the whole product in one process on one data folder, for
// trial, demonstration and end-to-end tests.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	sdkworker "go.temporal.io/sdk/worker"

	"zhengxiao/activities"
	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, time.Now, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program with its surroundings injected.
func run(ctx context.Context, clock func() time.Time, args []string, out, errs io.Writer) int {
	p := &program{
		clock: clock, started: clock(), out: out,
		syslog: config.Defaults().Syslog,
		log:    slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	root := &cobra.Command{
		Use: "zhengxiao-standalone", Short: "整校推进项目审批与验收系统（单机试用版）", Args: cli.NoArgs, RunE: p.serve,
	}
	serve := &cobra.Command{Use: "serve", Short: "启动系统（不写命令时即为此项）", Args: cli.NoArgs, RunE: p.serve}
	root.PersistentFlags().StringVar(&p.data, "data", "./data", "数据文件夹")
	for _, c := range []*cobra.Command{root, serve} {
		c.Flags().StringVar(&p.addr, "addr", "127.0.0.1:8080", "监听地址；默认只接受本机访问")
		c.Flags().StringVar(&p.sso, "sso", "", "统一身份认证平台的设置文件（JSON）；留空则只用账号和密码登录")
		c.Flags().StringVar(&p.syslog.Address, "syslog", "", "接收审计日志的 syslog 服务器，如 tls://主机:6514；留空则不外送")
		c.Flags().StringVar(&p.syslog.CAFile, "syslog-ca", "", "校验 syslog 服务器证书的 CA 证书文件；留空用系统 CA")
		c.Flags().StringVar(&p.admin, "admin", "", "指标与性能剖析的监听地址，如 127.0.0.1:9090；没有身份验证，留空则不提供")
	}
	root.AddCommand(serve, p.demoCommand(), cli.Version())                                                  //nolint:contextcheck // by cobra
	root.AddCommand(cli.Stuck(p.store), cli.Import(p.store), cli.Reconcile(p.reconcile), cli.Keys(p.store)) //nolint:contextcheck // by cobra
	root.AddCommand(cli.Users(p.store))                                                                     //nolint:contextcheck // by cobra
	root.AddCommand(cli.Verify(p.proofs))                                                                   //nolint:contextcheck // by cobra
	return cli.Main(ctx, root, args, out, errs)
}

// program is what every command starts from.
type program struct {
	clock   func() time.Time
	started time.Time
	out     io.Writer
	log     *slog.Logger
	data    string
	addr    string
	admin   string
	sso     string
	syslog  config.Syslog
}

// serve starts the system and keeps it running until the context ends.
func (p *program) serve(c *cobra.Command, _ []string) error {
	providers, err := sso.Load(p.sso)
	if err != nil {
		return err
	}
	to, err := p.syslog.Target()
	if err != nil {
		return apperr.Wrap(err, apperr.Invalid, "--syslog："+err.Error())
	}
	o := Options{Data: p.data, Addr: p.addr, Admin: p.admin, SSO: providers, Clock: p.clock, Logger: p.log}
	if to != nil {
		o.Shipping = &worker.Shipping{To: to, Longest: p.syslog.MaxMessage}
	}
	a, err := Open(c.Context(), o)
	if err != nil {
		return err
	}
	defer a.Close()
	p.announce(a)
	if err := a.Run(c.Context()); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "已停止。")
	return nil
}

// announce tells the person at the terminal where to go.
func (p *program) announce(a *App) {
	fmt.Fprintf(p.out, "整校推进系统（单机试用版）\n  地址：%s\n  数据：%s\n", a.URL(), a.folder.dir)
	fmt.Fprint(p.out, app.Announce(a.Accounts, "  "))
	if a.Admin != "" {
		fmt.Fprintf(p.out, "  指标：http://%s/metrics\n", a.Admin)
	}
	if a.Admin != "" && !loopback(a.Admin) {
		fmt.Fprintln(p.out, "警告：指标与性能剖析没有身份验证，其他机器也能读取。请用 --admin 127.0.0.1:端口，或以防火墙限制。")
	}
	if !a.Local() {
		fmt.Fprintln(p.out, "警告：正在接受其他机器的访问，且传输没有加密。试用版不适合放在不可信的网络中；正式使用请部署生产版。")
	}
	fmt.Fprintf(p.out, "已就绪，用时 %.1f 秒。按 Ctrl+C 停止。\n", p.clock().Sub(p.started).Seconds())
}

// store opens the data of an edition that is not running.
func (p *program) store(ctx context.Context) (*models.Store, func(), error) {
	f, err := openExisting(p.data)
	if err != nil {
		return nil, nil, err
	}
	s, done, err := f.openStore(ctx, p.clock)
	if err != nil {
		f.close()
		return nil, nil, err
	}
	return s, func() { done(); f.close() }, nil
}

// proofs opens data and object store of an edition that is not running.
func (p *program) proofs(ctx context.Context) (cli.Proofs, func(), error) {
	f, err := openExisting(p.data)
	if err != nil {
		return cli.Proofs{}, nil, err
	}
	a := &App{opts: Options{Addr: "127.0.0.1:0", Clock: p.clock, Logger: slog.New(slog.DiscardHandler)}.withDefaults(), folder: f}
	a.onClose(f.close)
	by, err := notary.ParseSigner(f.keys.Audit)
	if err != nil {
		a.Close()
		return cli.Proofs{}, nil, err
	}
	for _, step := range []func(context.Context) error{a.openStore, a.listen, a.openEvidence} {
		if err := step(ctx); err != nil {
			a.Close()
			return cli.Proofs{}, nil, err
		}
	}
	keys, err := notary.ParseKeys([]string{by.Public()})
	list := func(ctx context.Context) ([]models.KeptHead, error) { return heads.List(ctx, a.Evidence) }
	return cli.Proofs{Store: a.Store, Keys: keys, Heads: list}, a.Close, err
}

// reconcile opens data and engine of an edition that is not running, and lets the cases
// themselves answer. Nothing else works meanwhile: the outbox stays as it is.
func (p *program) reconcile(ctx context.Context) (reconcile.Deps, func(), error) {
	f, err := openExisting(p.data)
	if err != nil {
		return reconcile.Deps{}, nil, err
	}
	// The report says everything; the engine's own words on coming and going do not matter.
	quiet := slog.New(slog.DiscardHandler)
	a := &App{opts: Options{Clock: p.clock, Logger: quiet}.withDefaults(), folder: f}
	a.onClose(f.close)
	for _, step := range []func(context.Context) error{a.openStore, a.openEngine} {
		if err := step(ctx); err != nil {
			a.Close()
			return reconcile.Deps{}, nil, err
		}
	}
	w := sdkworker.New(a.Client, workflows.TaskQueue, sdkworker.Options{})
	worker.Register(w, &activities.Activities{Store: a.Store, Client: a.Client, Logger: quiet})
	if err := w.Start(); err != nil {
		a.Close()
		return reconcile.Deps{}, nil, fmt.Errorf("start worker: %w", err)
	}
	a.onClose(w.Stop)
	return reconcile.Deps{Store: a.Store, Client: a.Client, Logger: quiet}, a.Close, nil
}
