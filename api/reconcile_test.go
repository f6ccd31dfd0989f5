package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const reconcilePath = "/api/v1/reconcile"

// ended asks for a run until it does not go on any more.
func ended(p person, id string) (run gen.ReconcileRun) {
	p.r.t.Helper()
	require.Eventually(p.r.t, func() bool {
		run = ok[gen.ReconcileRun](p.get(reconcilePath+"/"+id), http.StatusOK)
		return run.Status != gen.ReconcileRunStatusRunning
	}, 10*time.Second, 5*time.Millisecond)
	return run
}

func TestAReconcileRunGoesOnInTheBackgroundAndIsKept(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 0)
	admin := w.User(w.City, domain.RoleSysadmin)
	operator := r.as(admin.ID)
	release := make(chan struct{})
	repairs := make(chan bool, 1)
	r.comparing = func(_ context.Context, o reconcile.Options) (reconcile.Report, error) {
		repairs <- o.Repair
		<-release
		return reconcile.Report{Cases: 1, Runs: 2, Findings: []reconcile.Finding{
			{Kind: reconcile.SQLAhead, CaseID: c.ID, WorkflowID: c.WorkflowID, Detail: "d", Repaired: true},
			{Kind: reconcile.OrphanRun, WorkflowID: "case-x"},
		}}, nil
	}
	empty := ok[gen.ReconcilePage](operator.get(reconcilePath), http.StatusOK)
	require.Equal(t, gen.ReconcilePage{Items: []gen.ReconcileRun{}}, empty)
	run := ok[gen.ReconcileRun](operator.post(reconcilePath, gen.ReconcileRequest{Repair: true}), http.StatusAccepted)
	require.True(t, <-repairs)
	require.Equal(t, []any{gen.ReconcileRunStatusRunning, "进行中", admin.Name, 1}, []any{run.Status, run.StatusName, run.StartedBy, run.Total})
	require.True(t, ok[gen.ReconcilePage](operator.get(reconcilePath), http.StatusOK).Running)
	operator.post(reconcilePath, gen.ReconcileRequest{}).refused(http.StatusConflict, apperr.Conflict)
	close(release)

	run = ended(operator, run.Id)
	require.Equal(t, []any{gen.ReconcileRunStatusDone, 1, 2, 2, 1, 1}, []any{run.Status, run.Checked, run.Workflows, run.Found, run.Repaired, run.Left})
	findings := func(query string) []gen.Finding {
		return ok[gen.FindingPage](operator.get(reconcilePath+"/"+run.Id+"/findings"+query), http.StatusOK).Items
	}
	all := findings("")
	require.Len(t, all, 2)
	require.Equal(t, []any{1, "数据库超前", w.School.Name, true}, []any{all[0].N, all[0].KindName, all[0].School, all[0].Repaired})
	require.Equal(t, all[1:], findings("?repaired=false"))
	require.Equal(t, all[1:], findings("?kind=orphan_run"))
	require.Equal(t, all[:1], findings("?limit=1"))
	operator.get(reconcilePath+"/none/findings").refused(http.StatusNotFound, apperr.NotFound)
	operator.get(reconcilePath+"/none").refused(http.StatusNotFound, apperr.NotFound)

	second := ok[gen.ReconcileRun](operator.post(reconcilePath, gen.ReconcileRequest{}), http.StatusAccepted)
	require.False(t, <-repairs)
	ended(operator, second.Id)
	require.Len(t, ok[gen.ReconcilePage](operator.get(reconcilePath), http.StatusOK).Items, 2)
	for _, role := range []domain.Role{domain.RoleCityOffice, domain.RoleAuditor, domain.RoleBureau} {
		other := r.as(w.User(w.City, role).ID)
		other.get(reconcilePath).refused(http.StatusForbidden, apperr.Forbidden)
		other.post(reconcilePath, gen.ReconcileRequest{}).refused(http.StatusForbidden, apperr.Forbidden)
	}
}

// However a run ends, it says so in words, and the next one can start.
func TestAReconcileRunThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		compare reconcile.Compare
		says    string
	}{
		"engine away": {func(context.Context, reconcile.Options) (reconcile.Report, error) {
			return reconcile.Report{Cases: 1}, errors.New("connection refused")
		}, "没有应答"},
		"explained": {func(context.Context, reconcile.Options) (reconcile.Report, error) {
			return reconcile.Report{}, apperr.New(apperr.Unavailable, "数据库正在升级。")
		}, "数据库正在升级"},
		"panic": {func(context.Context, reconcile.Options) (reconcile.Report, error) { panic("broken") }, "没有应答"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := newWorld(t)
			operator := r.as(w.User(w.City, domain.RoleSysadmin).ID)
			r.comparing = c.compare
			for range 2 {
				run := ok[gen.ReconcileRun](operator.post(reconcilePath, gen.ReconcileRequest{}), http.StatusAccepted)
				run = ended(operator, run.Id)
				require.Equal(t, gen.ReconcileRunStatusFailed, run.Status)
				require.Contains(t, run.Message, c.says)
			}
		})
	}
}

// A run of a process that died is seen for what it is, and given up by the next.
func TestAReconcileRunThatDiedIsLost(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin := w.User(w.City, domain.RoleSysadmin)
	operator := r.as(admin.ID)
	dead, err := w.Store.BeginReconcile(t.Context(), admin.ID, false)
	require.NoError(t, err)
	w.Clock.Advance(29 * time.Second)
	operator.post(reconcilePath, gen.ReconcileRequest{}).refused(http.StatusConflict, apperr.Conflict)
	w.Clock.Advance(2 * time.Second)
	list := ok[gen.ReconcilePage](operator.get(reconcilePath), http.StatusOK)
	require.Equal(t, []any{false, gen.ReconcileRunStatusLost, "中断"}, []any{list.Running, list.Items[0].Status, list.Items[0].StatusName})
	require.True(t, dead.BeatAt.Equal(list.Items[0].FinishedAt))

	next := ok[gen.ReconcileRun](operator.post(reconcilePath, gen.ReconcileRequest{}), http.StatusAccepted)
	require.Equal(t, gen.ReconcileRunStatusDone, ended(operator, next.Id).Status)
	alive, err := w.Store.BeatReconcile(t.Context(), dead.ID, 5)
	require.NoError(t, err)
	require.False(t, alive, "should it come back, it stops")
	err = w.Store.EndReconcile(t.Context(), *dead, nil)
	require.True(t, apperr.Is(err, apperr.NotFound), "%v", err)
	require.Equal(t, gen.ReconcileRunStatusLost, ended(operator, dead.ID).Status)
}

func TestStoppingTheProcessEndsItsReconcileRun(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	entered := make(chan struct{})
	jobs := reconcile.NewJobs(store, newRig(t, store).deps.Logger, func(ctx context.Context, _ reconcile.Options) (reconcile.Report, error) {
		close(entered)
		<-ctx.Done()
		return reconcile.Report{}, ctx.Err()
	})
	run, err := jobs.Start(t.Context(), false, "me")
	require.NoError(t, err)
	<-entered
	jobs.Close()
	view, err := store.ReconcileRun(t.Context(), run.ID)
	require.NoError(t, err)
	require.Equal(t, models.ReconcileFailed, view.Status)
	require.Contains(t, view.Message, "系统停止运行")
	_, err = jobs.Start(t.Context(), false, "me")
	require.True(t, apperr.Is(err, apperr.Unavailable))
}

// A run that begins just as the process stops is waited for, too.
func TestNoReconcileRunOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	store := testkit.Store(t, testkit.NewClock())
	log := newRig(t, store).deps.Logger
	for range 20 {
		jobs := reconcile.NewJobs(store, log, func(ctx context.Context, _ reconcile.Options) (reconcile.Report, error) {
			<-ctx.Done()
			return reconcile.Report{}, ctx.Err()
		})
		var starting sync.WaitGroup
		begun := make(chan struct{})
		starting.Go(func() {
			close(begun)
			if _, err := jobs.Start(context.Background(), false, "me"); err != nil && !apperr.Is(err, apperr.Unavailable) {
				t.Error(err)
			}
		})
		<-begun
		jobs.Close()
		starting.Wait()
		runs, _, err := store.ReconcileRuns(t.Context(), models.Page{})
		require.NoError(t, err)
		for _, run := range runs {
			require.NotEqual(t, models.ReconcileRunning, run.Status)
		}
	}
}

func TestComparisonsOfTheCommandLineAreListed(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	_, err := w.Store.BeginReconcile(t.Context(), "", false)
	require.NoError(t, err)
	list := ok[gen.ReconcilePage](r.as(w.User(w.City, domain.RoleSysadmin).ID).get(reconcilePath), http.StatusOK).Items
	require.Equal(t, "命令行", list[0].StartedBy)
}
