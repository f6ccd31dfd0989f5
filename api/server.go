// Package api serves the contract of openapi.yaml over HTTP: who may do what (access.go),
// how a decision travels to its case and back (actions.go), and one handler file a
// resource.
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/intake"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config gen/config.yaml openapi.yaml

// Engine is what the API asks of the workflow engine. Errors carry apperr codes:
// not_found when there is no such running workflow, unavailable when the engine cannot
// be reached.
type Engine interface {
	// SignalCase puts a message into the mailbox of a case; once it returns nil the
	// message cannot be lost.
	SignalCase(ctx context.Context, workflowID string, e workflows.Envelope) error
	// StartCohort starts opening a cohort, or leaves a running opening alone.
	StartCohort(ctx context.Context, cohortID string) error
	// SendDigests starts this week's digest, or leaves a running one alone.
	SendDigests(ctx context.Context) error
	// Check reports whether the engine answers.
	Check(ctx context.Context) error
}

// Files is what the API asks of the object store; *evidence.Store is one.
type Files interface {
	intake.Files

	Grant(ctx context.Context, r evidence.GrantRequest) (evidence.Upload, error)
	StartParts(ctx context.Context, key, contentType string) (uploadID string, err error)
	GrantPart(ctx context.Context, g evidence.PartGrant) (evidence.PartUpload, error)
	Parts(ctx context.Context, key, uploadID string) ([]evidence.Part, error)
	DownloadURL(ctx context.Context, d evidence.Download) (string, error)
	Ping(ctx context.Context) error
	PingScanner(ctx context.Context) error
}

// Deps is what the API works with.
type Deps struct {
	Store  *models.Store
	Engine Engine
	Files  Files
	App    http.Handler // the browser app, for every address that is not the API's; may be nil
	Logger *slog.Logger
	Config Config

	Reconciler Reconciler
	Importer   Importer
	Telemetry  *telemetry.Telemetry // may be nil
	SSO        *sso.Providers       // may be nil
	// LastHead reads the newest daily head for audit packages; nil leaves it out of them.
	LastHead func(context.Context) (*models.DailyHead, error)
}

// Config holds the API's settings. The zero value of a field means its default.
type Config struct {
	SessionIdle     time.Duration // a session ends after this long without use: 2 h
	SessionAbsolute time.Duration // and after this long anyway: 12 h
	SessionMost     int           // how many sessions an account has at a time; 0: any number
	SecureCookie    bool          // the browser reaches us over https
	PublicURL       string        // where browsers reach us, for links in what leaves the system
	ProofFor        time.Duration // how long a proof of who somebody is does for sensitive acts: 10 min
	DecisionWait    time.Duration // how long a request waits for its decision: 10 s
	RequestTimeout  time.Duration // 30 s, more than DecisionWait
	TrustedProxies  []string      // addresses whose X-Forwarded-For counts
	Hosts           []string      // names by which clients reach us, each with its port where it is not the scheme's; empty is any
	Limits          float64       // factor of every budget of requests; below zero for none
	Lockout         models.Lockout
	Passwords       auth.Params
	SecondFactor    string              // who must have one: FactorOff, FactorPrivileged, FactorAll
	PasswordPolicy  auth.PasswordPolicy // auth.MLPS

	PrivacyText    string // what the 隐私政策 begins with; "" for the usual text
	PrivacyContact string // who answers for the protection of personal data
	PrivacyAsk     bool   // people must have read it, each version, before anything else

	ticker     ticker // of the live updates; defaults to real time
	exportRows int    // a list that is exported may have; longer ones nobody reads, and they take minutes
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.SessionIdle, 2*time.Hour)
	set(&c.SessionAbsolute, 12*time.Hour)
	set(&c.ProofFor, 10*time.Minute)
	set(&c.DecisionWait, 10*time.Second)
	set(&c.RequestTimeout, 30*time.Second)
	set(&c.Lockout.For, 15*time.Minute)
	if c.Lockout.After == 0 {
		c.Lockout.After = 5
	}
	if c.Limits == 0 {
		c.Limits = 1
	}
	if c.Passwords == (auth.Params{}) {
		c.Passwords = auth.DefaultParams()
	}
	if c.PasswordPolicy.Min == 0 {
		c.PasswordPolicy = auth.MLPS()
	}
	if c.exportRows == 0 {
		c.exportRows = 50_000
	}
	if c.ticker == nil {
		c.ticker = realTicker
	}
	return c
}

// server implements gen.StrictServerInterface; its methods are spread over the files of
// this package by resource.
type server struct {
	store  *models.Store
	engine Engine
	files  Files
	app    http.Handler
	log    *slog.Logger
	config Config
	access *enforcer
	logins *gatekeeper
	sso    *sso.Providers
	live   *hub
	meters *meters

	refusals refusals
	lastHead func(context.Context) (*models.DailyHead, error)

	seen *telemetry.Telemetry

	reconciler  Reconciler
	importer    Importer
	readers     *readerCounts
	dashboards  *cache[gen.Dashboard]
	summaries   *cache[gen.Summary]
	turnarounds *cache[gen.Turnaround]
}

var _ gen.StrictServerInterface = (*server)(nil)

// New returns the handler of everything under /api, /healthz and /readyz, and of the app
// everywhere else. It fails only when the embedded contract and the access table disagree.
func New(d Deps) (http.Handler, error) {
	spec, err := loadContract()
	if err != nil {
		return nil, err
	}
	c := d.Config.withDefaults()
	s := &server{
		store: d.Store, engine: d.Engine, files: d.Files, app: d.App, log: d.Logger, config: c,
		reconciler: d.Reconciler, importer: d.Importer, seen: d.Telemetry,
	}
	s.lastHead, s.sso = d.LastHead, d.SSO
	s.access = &enforcer{
		store: d.Store, idle: c.SessionIdle, proof: c.ProofFor, passwords: c.PasswordPolicy,
		factor: c.SecondFactor, cookie: c.cookieName(),
	}
	s.access.notice, s.readers = newNoticeInForce(d.Store, c), newReaderCounts(d.Store)
	s.logins = newGatekeeper(d.Store, c)
	s.meters = newMeters(d.Store.Now, c.Limits)
	s.live = newHub(d.Store, d.Logger, c)
	s.dashboards = newCache[gen.Dashboard](dashboardLife, dashboardsKept)
	s.summaries = newCache[gen.Summary](dashboardLife, dashboardsKept)
	s.turnarounds = newCache[gen.Turnaround](dashboardLife, dashboardsKept)
	s.refusals.lost = s.seen.AuditLost
	router, err := s.router(spec)
	if err != nil {
		return nil, err
	}
	return &handler{router, s}, nil
}

// handler is what New returns.
type handler struct {
	http.Handler

	s *server
}

// Settle enters in the audit log what a handler of New's has counted and not entered. It is
// for the end, when no more requests come.
func Settle(ctx context.Context, h http.Handler) error {
	own, ok := h.(*handler)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer cancel()
	return own.s.refusals.settle(ctx, own.s.store)
}

// quiet keeps gin from writing to standard output.
var quiet = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

func (s *server) router(spec *contract) (http.Handler, error) {
	quiet()
	r := gin.New()
	r.ContextWithFallback = true
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	r.RemoteIPHeaders = []string{"X-Forwarded-For"} // proxies write this one; what else comes in was the client's
	if err := r.SetTrustedProxies(s.config.TrustedProxies); err != nil {
		return nil, fmt.Errorf("set trusted proxies: %w", err)
	}
	r.Use(
		identify,
		s.observe(spec),
		s.logAccess,
		s.recoverPanics,
		s.secureHeaders,
		s.knownHost,
		plainMethod,
		s.byAddress,
		spec.resolve,
		s.audit,
		deadline(s.config.RequestTimeout),
		crossOrigin(http.NewCrossOriginProtection()),
		s.guessing,
		spec.readBody,
		s.access.enforce,
		s.byAccount,
		spec.validate,
	)
	r.NoRoute(s.serveApp)
	r.NoMethod(func(c *gin.Context) { writeProblem(c, errMethod) })
	strict := gen.NewStrictHandlerWithOptions(s, []gen.StrictMiddlewareFunc{ownContext, s.exports}, gen.StrictGinServerOptions{
		RequestErrorHandlerFunc:  refuseRequest,
		HandlerErrorFunc:         writeProblem,
		ResponseErrorHandlerFunc: refuseResponse,
	})
	gen.RegisterHandlersWithOptions(r, strict, gen.GinServerOptions{ErrorHandler: refuseParameter})
	return r, nil
}

// serveApp answers where the API has no address: with the app, but never under an address
// that is the API's own.
func (s *server) serveApp(c *gin.Context) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean("/"+c.Request.URL.Path), "/"), "/")
	if s.app == nil || slices.Contains([]string{"api", "healthz", "readyz"}, first) {
		writeProblem(c, errNoRoute)
		return
	}
	s.app.ServeHTTP(c.Writer, c.Request)
}

// ownContext gives each handler a context that lasts: gin's own serves the next request
// as soon as this one is answered, while a database driver may still be looking at it.
func ownContext(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) { return next(c.Copy(), request) }
}

// The limits of a connection. Bodies are small and answers come within RequestTimeout.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// HTTPServer returns a server with every timeout set, still to be told to listen. Its
// shutdown ends streams at once and lets other requests finish.
func HTTPServer(h http.Handler) *http.Server {
	streams, endStreams := context.WithCancel(context.Background())
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), streamsKey{}, streams.Done())
		},
	}
	s.RegisterOnShutdown(endStreams)
	return s
}

type streamsKey struct{}

// streamsEnd is closed when the server shuts down; nil, and so never, without HTTPServer.
func streamsEnd(ctx context.Context) <-chan struct{} {
	end, _ := ctx.Value(streamsKey{}).(<-chan struct{})
	return end
}
