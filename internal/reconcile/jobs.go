package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// Compare is one comparison; Run with its dependencies is one.
type Compare func(ctx context.Context, o Options) (Report, error)

// Comparing is Run with its dependencies given.
func Comparing(d Deps) Compare {
	return func(ctx context.Context, o Options) (Report, error) { return Run(ctx, d, o) }
}

// Jobs runs comparisons in the background, one at a time in the whole installation, and
// keeps what they saw in SQL, where every process can read it.
type Jobs struct {
	store   *models.Store
	log     *slog.Logger
	compare Compare
	ctx     context.Context //nolint:containedctx // the life of the process, ended by Close
	stop    context.CancelFunc
	mu      sync.Mutex // between a start and the end: what has begun is waited for
	running sync.WaitGroup
}

// NewJobs returns jobs that go on until Close.
func NewJobs(store *models.Store, log *slog.Logger, compare Compare) *Jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &Jobs{store: store, log: log, compare: compare, ctx: ctx, stop: stop}
}

// Close ends a job that runs, which is noted as failed, and waits for it.
func (j *Jobs) Close() {
	j.mu.Lock()
	j.stop()
	j.mu.Unlock()
	j.running.Wait()
}

// Start begins a comparison in the name of a user and returns at once. Another one that
// runs, in whatever process, is a conflict.
func (j *Jobs) Start(ctx context.Context, repair bool, by string) (*models.ReconcileRun, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ctx.Err() != nil {
		return nil, apperr.New(apperr.Unavailable, "系统正在停止，请稍后再开始核对。")
	}
	run, err := j.store.BeginReconcile(ctx, by, repair)
	if err != nil {
		return nil, err
	}
	j.running.Go(func() { _, _ = j.run(*run) }) //nolint:contextcheck // goes on after the request
	return run, nil
}

// beatEvery is how often a run shows that it lives, well within what the store allows.
const beatEvery = 3 * time.Second

// Recorded is Run, kept with the runs that administrators see and that the metrics tell of.
func Recorded(ctx context.Context, d Deps, o Options) (Report, error) {
	run, err := d.Store.BeginReconcile(ctx, "", o.Repair)
	if err != nil {
		return Report{}, err
	}
	j := NewJobs(d.Store, d.Logger, Comparing(d))
	defer j.Close()
	defer context.AfterFunc(ctx, j.stop)()
	return j.run(*run) //nolint:contextcheck // likewise
}

// run compares, keeps what was seen, and returns it.
func (j *Jobs) run(run models.ReconcileRun) (Report, error) {
	ctx, cancel := context.WithCancel(j.ctx)
	var checked atomic.Int64
	var beating sync.WaitGroup
	beating.Go(func() { j.beat(ctx, cancel, run.ID, &checked) })
	report, err := j.guarded(ctx, Options{Repair: run.Repair, Progress: func(done int) { checked.Store(int64(done)) }})
	cancel()
	beating.Wait()

	run.Status, run.Checked, run.Workflows = models.ReconcileDone, report.Cases, report.Runs
	if err != nil {
		run.Status, run.Message = models.ReconcileFailed, j.reason(err)
		j.log.Error("reconcile run failed", "run", run.ID, "error", err)
	}
	findings := make([]models.ReconcileFinding, len(report.Findings))
	for i, f := range report.Findings {
		findings[i] = models.ReconcileFinding{
			Kind: string(f.Kind), CaseID: f.CaseID, WorkflowID: f.WorkflowID, Detail: f.Detail, Repaired: f.Repaired,
		}
	}
	if err := j.store.EndReconcile(context.WithoutCancel(ctx), run, findings); err != nil {
		j.log.Error("keep what a reconcile run saw", "run", run.ID, "error", err)
	}
	return report, err
}

// beat shows that the run lives until it ends, and ends it when it was given up.
func (j *Jobs) beat(ctx context.Context, cancel context.CancelFunc, id string, checked *atomic.Int64) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		alive, err := j.store.BeatReconcile(ctx, id, int(checked.Load()))
		if err != nil {
			j.log.Warn("note progress of reconcile run", "run", id, "error", err)
		}
		if !alive {
			cancel()
			return
		}
	}
}

// guarded keeps a panic from ending the process.
func (j *Jobs) guarded(ctx context.Context, o Options) (report Report, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return j.compare(ctx, o)
}

// reason says to people why a run failed.
func (j *Jobs) reason(err error) string {
	switch {
	case j.ctx.Err() != nil:
		return "系统停止运行，核对没有做完，请重新核对。"
	case apperr.CodeOf(err) != apperr.Internal:
		return apperr.MessageOf(err)
	}
	return "核对没有完成：流程引擎或数据库没有应答。请确认引擎和 worker 正在运行后重试。"
}
