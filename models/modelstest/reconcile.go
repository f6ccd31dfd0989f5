package modelstest

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Of several that want to start a run at once, one does; one that died makes room.
func testReconcileRuns(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	w.Case(w.School, 0)
	var started atomic.Int32
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			_, err := w.Store.BeginReconcile(ctx, "me", false)
			if err == nil {
				started.Add(1)
			} else if !apperr.Is(err, apperr.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, started.Load())
	runs, _, err := w.Store.ReconcileRuns(ctx, models.Page{})
	require.NoError(t, err)
	require.Len(t, runs, 1)
	require.Equal(t, 1, runs[0].Total)

	for range 2 {
		w.Clock.Advance(20 * time.Second)
		for range 2 { // the second changes nothing
			alive, err := w.Store.BeatReconcile(ctx, runs[0].ID, 7)
			require.NoError(t, err)
			require.True(t, alive)
		}
	}
	_, err = w.Store.BeginReconcile(ctx, "other", false)
	refused(t, err, apperr.Conflict)
	w.Clock.Advance(31 * time.Second)
	next, err := w.Store.BeginReconcile(ctx, "other", true)
	require.NoError(t, err)
	dead, err := w.Store.ReconcileRun(ctx, runs[0].ID)
	require.NoError(t, err)
	require.Equal(t, []any{models.ReconcileLost, 7, dead.BeatAt.UTC()}, []any{dead.Status, dead.Checked, dead.FinishedAt.UTC()})

	findings := make([]models.ReconcileFinding, 2100)
	for i := range findings {
		findings[i] = models.ReconcileFinding{Kind: "k" + strconv.Itoa(i%2), WorkflowID: "w", Detail: strings.Repeat("核", 1000), Repaired: i < 3}
	}
	next.Status, next.Checked, next.Message = models.ReconcileDone, 9, strings.Repeat("核", 1000)
	require.NoError(t, w.Store.EndReconcile(ctx, *next, findings))
	refused(t, w.Store.EndReconcile(ctx, *next, nil), apperr.NotFound)
	view, err := w.Store.ReconcileRun(ctx, next.ID)
	require.NoError(t, err)
	require.Equal(t, []any{models.ReconcileDone, 9, 2100, 3}, []any{view.Status, view.Checked, view.Found, view.Repaired})
	yes := true
	for name, c := range map[string]struct {
		f    models.FindingFilter
		want int
	}{"all that are kept": {models.FindingFilter{}, 500}, "repaired": {models.FindingFilter{Repaired: &yes}, 3}, "none": {models.FindingFilter{Kind: "x"}, 0}} {
		rows, _, err := w.Store.ReconcileFindings(ctx, next.ID, c.f, models.Page{Limit: 500})
		require.NoError(t, err)
		require.Len(t, rows, c.want, name)
	}
	_, err = w.Store.BeginReconcile(ctx, "me", false)
	require.NoError(t, err, "there is room again")
}
