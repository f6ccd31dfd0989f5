package importer

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// atOnce is how many imports a process works on: each takes some tens of megabytes.
const atOnce = 3

// Jobs runs imports in the background. How far they are is in SQL, where every process
// can read it.
type Jobs struct {
	store   *models.Store
	log     *slog.Logger
	ctx     context.Context //nolint:containedctx // the life of the process, ended by Close
	stop    context.CancelFunc
	mu      sync.Mutex // between a start and the end: what has begun is waited for
	running sync.WaitGroup
	slots   chan struct{}
}

// NewJobs returns jobs that go on until Close.
func NewJobs(store *models.Store, log *slog.Logger) *Jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &Jobs{store: store, log: log, ctx: ctx, stop: stop, slots: make(chan struct{}, atOnce)}
}

// Close ends the jobs that run, which are noted as failed, and waits for them.
func (j *Jobs) Close() {
	j.mu.Lock()
	j.stop()
	j.mu.Unlock()
	j.running.Wait()
}

// Check keeps a sheet and begins its dry run.
func (j *Jobs) Check(ctx context.Context, r Request, body []byte, rights models.ImportRights) (*models.ImportJob, error) {
	return j.start(rights, func() (*models.ImportJob, error) { return Begin(ctx, j.store, r, body) }) //nolint:contextcheck // goes on after the request
}

// Apply begins to write a checked sheet.
func (j *Jobs) Apply(ctx context.Context, id string, mode models.ImportMode, by string, rights models.ImportRights) (*models.ImportJob, error) {
	begin := func() (*models.ImportJob, error) { return j.store.ApplyImport(ctx, id, mode, by) }
	return j.start(rights, begin) //nolint:contextcheck // goes on after the request
}

func (j *Jobs) start(rights models.ImportRights, begin func() (*models.ImportJob, error)) (*models.ImportJob, error) {
	select {
	case j.slots <- struct{}{}:
	default:
		return nil, apperr.New(apperr.Unavailable, "正在进行的导入太多，请几分钟后再试。")
	}
	job, err := begin()
	if err != nil {
		<-j.slots
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ctx.Err() != nil {
		<-j.slots
		return nil, apperr.New(apperr.Unavailable, "系统正在停止，请稍后再导入。")
	}
	view := *job // the job is not to be looked at while it runs
	j.running.Go(func() {
		defer func() { <-j.slots }()
		j.run(job, rights)
	})
	return &view, nil
}

func (j *Jobs) run(job *models.ImportJob, rights models.ImportRights) {
	defer func() {
		if v := recover(); v != nil {
			j.log.Error("import panicked", "import", job.ID, "error", fmt.Sprintf("%v\n%s", v, debug.Stack()))
			why := reason(j.ctx, fmt.Errorf("panic: %v", v))
			if err := j.store.EndImport(context.WithoutCancel(j.ctx), job.ID, job.Run, models.ImportFailed, why); err != nil {
				j.log.Error("note that an import failed", "import", job.ID, "error", err)
			}
		}
	}()
	ctx := models.WithOrigin(j.ctx, &models.Origin{ActorID: job.Actor(), Action: "import.rows", SubjectKind: "import", SubjectID: job.ID})
	if err := Run(ctx, j.store, job, rights, func(int) {}); err != nil {
		j.log.Error("import failed", "import", job.ID, "error", err)
	}
}
