package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"zhengxiao/api"
	"zhengxiao/evidence"
	"zhengxiao/internal/app"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/config"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/notify"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/telemetry"
	"zhengxiao/internal/temporalx"
	"zhengxiao/models"
	"zhengxiao/standalone/engine"
	"zhengxiao/standalone/objects"
	"zhengxiao/web"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

const (
	namespace = "zhengxiao"
	bucket    = "zhengxiao-evidence"
	// grace is how long running requests may take at the end.
	grace = 15 * time.Second
)

// Options say where the edition keeps its data and how it runs. Only Data is required.
type Options struct {
	Data     string           // folder, made if absent
	Addr     string           // host:port to listen on; defaults to a free port of 127.0.0.1
	Admin    string           // host:port of metrics and profiles, for nobody else to reach; "" for none
	Clock    func() time.Time // of decisions and deadlines; defaults to time.Now
	Logger   *slog.Logger     // defaults to slog.Default
	API      api.Config       // zero fields mean the API's defaults
	SSO      []sso.Settings   // providers that people may sign in through
	Outbound outbound.Policy  // where notices may go; by default to public addresses over TLS
	Shipping *worker.Shipping // where the audit log is sent; nil for nowhere
	NoWorker bool             // accept actions without deciding them
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// App is the whole product in one process: engine, object store, database, worker and
// API. The object store allows one App per process at a time, and changes the working
// directory while it runs.
type App struct {
	Store    *models.Store
	Client   client.Client
	Evidence *evidence.Store
	Engine   *engine.Engine
	Accounts []app.FirstAccount // those that this start made, or gave a new password
	Admin    string             // address of metrics and profiles, if there is one

	opts     Options
	told     *telemetry.Telemetry // nil unless somebody watches
	folder   *folder
	listener net.Listener
	handler  http.Handler
	closers  []func()
}

// Open takes the data folder and the port and starts everything that Run needs. Whatever
// is wrong with either is an *apperr.Error, and nothing half-written is left behind.
func Open(ctx context.Context, o Options) (*App, error) {
	a := &App{opts: o.withDefaults()}
	for _, step := range []func(context.Context) error{
		a.openFolder, a.listen, a.openTelemetry, a.openStore, a.openEngine, a.openEvidence, a.bootstrap, a.route, a.observe,
	} {
		if err := step(ctx); err != nil {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

func (a *App) openFolder(context.Context) (err error) {
	if a.folder, err = openFolder(a.opts.Data); err == nil {
		a.onClose(a.folder.close)
	}
	return err
}

func (a *App) listen(ctx context.Context) (err error) {
	if a.listener, err = app.Listen(ctx, a.opts.Addr); err == nil {
		a.onClose(func() { _ = a.listener.Close() })
	}
	return err
}

func (a *App) openStore(ctx context.Context) error {
	store, done, err := a.folder.openStore(ctx, a.opts.Clock)
	if err != nil {
		return err
	}
	a.Store = store
	store.Outbound(a.opts.Outbound)
	a.onClose(done)
	return nil
}

func (a *App) openEngine(ctx context.Context) error {
	e, c, err := a.folder.openEngine(ctx, a.opts.Logger, a.told.Engine())
	if err != nil {
		return err
	}
	a.Engine, a.Client = e, c
	a.onClose(e.Stop)
	a.onClose(c.Close)
	return nil
}

// openEngine starts the engine on the folder's data and connects to it. metrics may be nil.
func (f *folder) openEngine(ctx context.Context, log *slog.Logger, metrics client.MetricsHandler) (*engine.Engine, client.Client, error) {
	ring, err := secret.ParseKeyring(f.keys.Codec)
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Start(ctx, engine.Config{
		Dir: f.path(engineDir), Namespace: namespace, Attributes: workflows.SearchAttributes(), Logger: log,
	})
	if err != nil {
		return nil, nil, explain(err, f.dir)
	}
	c, err := temporalx.Lazy(config.Temporal{Address: e.HostPort(), Namespace: namespace}, ring, log, metrics)
	if err != nil {
		e.Stop()
		return nil, nil, fmt.Errorf("connect to engine: %w", err)
	}
	return e, c, nil
}

// openEvidence starts the object store beside the API, on the same interface: browsers
// upload to it directly. Every request to it is signed, so any origin may ask.
func (a *App) openEvidence(ctx context.Context) error {
	o, err := objects.Start(ctx, objects.Config{
		Dir: a.folder.path(objectsDir), Addr: net.JoinHostPort(a.host(), "0"),
		AccessKey: a.folder.keys.S3Access, SecretKey: a.folder.keys.S3Secret, AllowOrigin: "*",
	})
	if err != nil {
		return explain(err, a.folder.dir)
	}
	a.onClose(o.Stop)
	_, port, err := net.SplitHostPort(o.Endpoint())
	if err != nil {
		return fmt.Errorf("read address of object store: %w", err)
	}
	a.Evidence, err = evidence.Open(ctx, evidence.Config{
		Endpoint: reachable(o.Endpoint()), PublicURL: "http://" + net.JoinHostPort(a.publicHost(), port),
		AccessKey: a.folder.keys.S3Access, SecretKey: a.folder.keys.S3Secret, Bucket: bucket, Region: objects.Region,
	})
	if err == nil {
		a.onClose(a.Evidence.Close) // the object store waits for kept connections
	}
	return err
}

func (a *App) bootstrap(ctx context.Context) (err error) {
	a.Accounts, err = app.Bootstrap(ctx, a.Store, app.DefaultRoot())
	return explain(err, a.folder.dir)
}

func (a *App) route(context.Context) error {
	page, err := web.Handler(web.Options{StoreOrigin: a.Evidence.Origin()})
	if err != nil {
		return err
	}
	jobs := reconcile.NewJobs(a.Store, a.opts.Logger, reconcile.Comparing(reconcile.Deps{Store: a.Store, Client: a.Client, Logger: a.opts.Logger}))
	a.onClose(jobs.Close)
	imports := importer.NewJobs(a.Store, a.opts.Logger)
	a.onClose(imports.Close)
	if a.opts.API.PasswordPolicy.Min == 0 {
		a.opts.API.PasswordPolicy = auth.MLPS()
		a.opts.API.PasswordPolicy.MaxAge = 0 // a trial, whose story may be older than any password lasts
	}
	a.opts.API.PrivacyAsk = true
	a.handler, err = api.New(api.Deps{ //nolint:contextcheck // requests bring their own
		Store: a.Store, Engine: api.NewEngine(a.Client), Files: a.Evidence, App: page, Logger: a.opts.Logger, Config: a.opts.API,
		Reconciler: jobs, Importer: imports, Telemetry: a.told,
		SSO:      sso.New(a.opts.SSO, a.URL(), a.opts.Clock),
		LastHead: heads.Heads{Store: a.Store, Files: a.Evidence}.Last,
	})
	return err
}

// Run serves requests and works until ctx is done, or until a part fails. Requests are
// finished before the worker stops: they may wait for its decisions.
func (a *App) Run(ctx context.Context) error {
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	worked := make(chan error, 1)
	go func() {
		defer stopServing()
		worked <- a.work(working)
	}()
	server := api.HTTPServer(a.handler) //nolint:contextcheck // its streams end when it is shut down
	err := app.Serve(serving, server, a.listener, a.opts.Logger, grace)
	err = errors.Join(err, api.Settle(ctx, a.handler))
	stopWorking()
	if workErr := <-worked; workErr != nil {
		return fmt.Errorf("run worker: %w", workErr)
	}
	return err
}

func (a *App) work(ctx context.Context) error {
	if a.opts.NoWorker {
		<-ctx.Done()
		return nil
	}
	by, err := notary.ParseSigner(a.folder.keys.Audit)
	if err != nil {
		return err
	}
	deps := worker.Deps{
		Client: a.Client, Store: a.Store, Evidence: a.Evidence, Logger: a.opts.Logger, Telemetry: a.told, Signer: by, AuditKeys: by.Keys(),
		Retention: config.Defaults().Audit.Keeps(),
		Sender:    notify.New(a.opts.Outbound, a.opts.Clock, notify.Within), PublicURL: "http://" + a.listener.Addr().String(),
		Outbound: a.opts.Outbound, Shipping: a.opts.Shipping,
	}
	return worker.Run(ctx, deps, worker.Options{})
}

// Close stops everything, the last started first. It may be called again.
func (a *App) Close() {
	for _, closer := range slices.Backward(a.closers) {
		closer()
	}
	a.closers = nil
}
