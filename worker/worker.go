// Package worker runs the workflows and activities of the product, and delivers what
// decisions leave in the outbox.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/telemetry"
	"zhengxiao/internal/temporalx"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// Deps is what a worker works with.
type Deps struct {
	Client    client.Client
	Store     *models.Store
	Evidence  *evidence.Store
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry // may be nil
	// LimitAttempts is that of an intake.Checker.
	LimitAttempts int
	// Outbound is where the registries of hours may be.
	Outbound outbound.Policy
	// Sender sends notices to channels, nil for none; PublicURL is where they lead to.
	Sender    Sender
	PublicURL string
	// Signer signs events, the audit log and its daily heads; nil does none of it.
	Signer *notary.Signer
	// AuditKeys have signed daily heads.
	AuditKeys notary.Keys
	// Retention is for how long the audit log is kept; 0 is for ever.
	Retention time.Duration
	// Shipping is where the audit log is sent; nil sends it nowhere.
	Shipping *Shipping
}

// Options tune a worker; zero values mean the defaults below.
type Options struct {
	// Namespace is looked at before the worker starts: in one without the search attributes
	// every case would stand still. Empty is the caller's word that all is there.
	Namespace string
	// Deployment is the version of the program; the zero value takes tasks of any.
	Deployment Deployment
	// WorkflowTasks, Activities and LocalActivities are how many run at a time. Every
	// decision is a local activity and holds a database connection. Default to the SDK's.
	WorkflowTasks, Activities, LocalActivities int
	// CacheSize is how many running workflows stay in memory, in all workers of the process.
	// Defaults to the SDK's.
	CacheSize int
	// Pollers is how many requests for tasks may wait at the engine, of each of two kinds.
	// They follow the load. Defaults to 32.
	Pollers int
	// DrainTimeout is how long Run waits for running activities when it ends.
	// Defaults to 20 s.
	DrainTimeout time.Duration
	// Digest is when the weekly digest goes out, as a cron expression in China's time, or
	// NoDigest. Defaults to DigestAt.
	Digest string

	refused func(error) // told when the engine will give this worker nothing any more
}

// pollers starts with a few, to avoid a slow first minute.
func (o Options) pollers() sdkworker.PollerBehavior {
	most := o.Pollers
	if most == 0 {
		most = 32
	}
	return sdkworker.NewPollerBehaviorAutoscaling(sdkworker.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: min(4, most), MinimumNumberOfPollers: min(2, most), MaximumNumberOfPollers: most,
	})
}

// New returns a worker that knows every workflow and activity and has yet to start.
func New(d Deps, o Options) sdkworker.Worker {
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 20 * time.Second
	}
	if o.CacheSize > 0 {
		sdkworker.SetStickyWorkflowCacheSize(o.CacheSize)
	}
	w := sdkworker.New(d.Client, workflows.TaskQueue, sdkworker.Options{
		WorkerStopTimeout:                       o.DrainTimeout,
		WorkflowTaskPollerBehavior:              o.pollers(),
		ActivityTaskPollerBehavior:              o.pollers(),
		MaxConcurrentWorkflowTaskExecutionSize:  o.WorkflowTasks,
		MaxConcurrentActivityExecutionSize:      o.Activities,
		MaxConcurrentLocalActivityExecutionSize: o.LocalActivities,
		DeploymentOptions:                       o.Deployment.options(),
		OnFatalError:                            o.refused,
	})
	if d.Signer != nil {
		d.Store.SignWith(d.Signer) // before the first decision
	}
	Register(w, &activities.Activities{
		Store: d.Store, Client: d.Client, Logger: d.Logger, Telemetry: d.Telemetry, Evidence: d.Evidence, Signer: d.Signer,
		AuditKeys: d.AuditKeys, Retention: d.Retention, Shipping: d.Shipping != nil,
	})
	return w
}

// Run works until ctx is done, then finishes what it has begun. It ends early if the
// engine refuses the worker for good, as it does when the namespace is gone.
func Run(ctx context.Context, d Deps, o Options) error {
	if o.Digest == "" {
		o.Digest = DigestAt
	}
	if err := ready(ctx, d.Client, o.Namespace); err != nil {
		return err
	}
	ctx, o.refused = refusable(ctx)
	w := New(d, o)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	defer w.Stop()
	var tidying sync.WaitGroup
	defer tidying.Wait()
	tidying.Go(func() { tidy(ctx, d) })
	tidying.Go(func() { resendPending(ctx, d) })
	tidying.Go(func() { keepSchedule(ctx, d, o.Digest) })
	tidying.Go(func() { planCases(ctx, d) })
	tidying.Go(func() { keepAudit(ctx, d) })
	tidying.Go(func() { shipAudit(ctx, d) })
	tidying.Go(func() { deliverBulletins(ctx, d) })
	tidying.Go(func() { registerHours(ctx, d) })
	tidying.Go(func() { DeliverNotices(ctx, d) })
	tidying.Go(func() { erase(ctx, d) })
	for range uploadReaders {
		tidying.Go(func() { CheckUploads(ctx, d) })
	}
	return errors.Join(Deliver(ctx, d), refusal(ctx))
}

// errRefused is why a context of refusable's ended before its time.
var errRefused = errors.New("the engine refuses this worker")

// refusable returns a context that also ends when the engine has told the worker for two
// minutes that it will never give it anything: the SDK's worker stops by itself then, and a
// process that went on without it would hide that every case stands still.
func refusable(ctx context.Context) (context.Context, func(error)) {
	ctx, end := context.WithCancelCause(ctx)
	return ctx, func(err error) { end(fmt.Errorf("%w: %w", errRefused, err)) }
}

func refusal(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errRefused) {
		return err
	}
	return nil
}

// CodeSetup is an engine that lacks what the product needs.
const CodeSetup apperr.Code = "engine_setup"

// ready refuses a namespace that lacks a search attribute.
func ready(ctx context.Context, c client.Client, namespace string) error {
	if namespace == "" {
		return nil
	}
	missing, err := temporalx.Namespace{Name: namespace, Attributes: workflows.SearchAttributes()}.Missing(ctx, c)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return apperr.Newf(CodeSetup, "流程引擎缺少%s，工作者没有启动。请先运行 zhengxiao engine setup。", strings.Join(missing, "、"))
	}
	return nil
}

// Register makes every workflow and activity known under the names of the contract.
func Register(w sdkworker.Registry, a *activities.Activities) {
	RegisterWorkflows(w)
	w.RegisterActivityWithOptions(a, activity.RegisterOptions{})
}

// RegisterWorkflows makes every workflow known, for replays.
func RegisterWorkflows(w sdkworker.WorkflowRegistry) {
	w.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseName})
	w.RegisterWorkflowWithOptions(workflows.Cohort, workflow.RegisterOptions{Name: workflows.CohortName})
	w.RegisterWorkflowWithOptions(workflows.Digest, workflow.RegisterOptions{Name: workflows.DigestName})
	w.RegisterWorkflowWithOptions(workflows.AuditHead, workflow.RegisterOptions{Name: workflows.AuditHeadName})
	w.RegisterWorkflowWithOptions(probe, workflow.RegisterOptions{Name: probeName})
}
