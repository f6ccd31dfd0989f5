package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Each version counts from when it takes effect until the next does, also when that was
// published before; of two at one moment the later published replaces the other.
func testInForce(w *testkit.World) {
	t := w.T
	ctx, start := t.Context(), w.Clock.Now()
	publish := func(body string, on int, from time.Time) {
		_, err := w.Store.PublishOverlay(ctx, models.Overlay{
			Programme: "2.0", Level: "city", ScopeID: w.City.ID, Body: body, Reason: "调整", EffectiveFrom: from, CreatedBy: "tester",
		}, on)
		require.NoError(t, err)
	}
	publish(`{"team":{"max":6}}`, 0, time.Time{})
	publish(`{"team":{"max":7}}`, 1, start.Add(48*time.Hour))
	w.Clock.Advance(24 * time.Hour)
	publish(`{"team":{"max":8}}`, 2, start.Add(24*time.Hour))
	_, err := w.Store.PublishOverlay(ctx, models.Overlay{Programme: "2.0", Level: "city", ScopeID: w.City.ID, Body: "{}"}, 2)
	refused(t, err, apperr.Stale)
	most := func(at time.Time) int {
		layers, err := w.Store.Layers(ctx, "2.0", w.School.Path, at)
		require.NoError(t, err)
		merged, err := models.Merged("2.0", layers)
		require.NoError(t, err)
		p, err := policy.Parse(merged)
		require.NoError(t, err)
		return p.Team.Max
	}
	for hours, want := range map[int]int{-1: 5, 0: 6, 23: 6, 24: 8, 47: 8, 48: 7, 72: 7} {
		require.Equal(t, want, most(start.Add(time.Duration(hours)*time.Hour)), "after %d hours", hours)
	}
	publish(`{"team":{"max":9}}`, 3, start.Add(48*time.Hour))
	for hours, want := range map[int]int{47: 8, 48: 9, 72: 9} {
		require.Equal(t, want, most(start.Add(time.Duration(hours)*time.Hour)), "after %d hours", hours)
	}
	layers, err := w.Store.Layers(ctx, "1.0", w.School.Path, start.Add(72*time.Hour))
	require.NoError(t, err)
	require.Empty(t, layers)
}

// A scheme is versioned, moves the cohort to the policy it makes, and is remembered for
// cases that were opened before.
func testSchemes(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	first := w.Cohort.PolicyDigest
	before, _ := w.Case(w.School, 0)
	opened, err := before.Decode()
	require.NoError(t, err)
	base, err := policy.Base("2.0")
	require.NoError(t, err)
	scheme := func(body string, on int) (*models.Overlay, error) {
		merged, err := policy.Merge(base, []byte(body))
		require.NoError(t, err)
		return w.Store.PublishScheme(ctx, models.Scheme{
			Overlay: models.Overlay{Programme: "2.0", Level: "cohort", ScopeID: w.Cohort.ID, Body: body, Reason: "调整", CreatedBy: "tester"},
			On:      on, Merged: merged,
		})
	}
	w.Clock.Advance(time.Hour)
	one, err := scheme(`{"rubric":{"pass":700}}`, 0)
	require.NoError(t, err)
	require.Equal(t, []any{1, first}, []any{one.Version, one.Replaced})
	_, err = scheme(`{"rubric":{"pass":800}}`, 0)
	refused(t, err, apperr.Stale)
	w.Clock.Advance(time.Hour)
	two, err := scheme(`{"rubric":{"pass":800}}`, 1)
	require.NoError(t, err)
	require.Equal(t, one.Digest, two.Replaced)
	c, err := w.Store.Cohort(ctx, w.Cohort.ID)
	require.NoError(t, err)
	require.Equal(t, two.Digest, c.PolicyDigest)
	after, _ := w.Case(w.Foreign, 0)
	require.Equal(t, []string{first, two.Digest}, []string{before.PolicyDigest, after.PolicyDigest})
	_, err = w.Store.SetCohortStatus(ctx, c.ID, c.Status, models.CohortClosed)
	require.NoError(t, err)
	_, err = scheme(`{}`, 2)
	refused(t, err, apperr.Conflict)

	// A case whose row was lost comes back on the policy that it was opened on.
	w.Clock.Advance(time.Hour)
	history := []models.Remembered{{Received: models.Received{Action: domain.Action{ID: "open"}}, Outcome: domain.Snapshot("open", opened)}}
	rebuilt := func() string {
		require.NoError(t, w.Store.DB(ctx).Delete(&models.Case{ID: before.ID}).Error)
		require.NoError(t, w.Store.Rebuild(ctx, models.NewCase{CohortID: c.ID, SchoolID: w.School.ID, WorkflowID: before.WorkflowID}, history))
		again, err := w.Store.CaseByID(ctx, before.ID)
		require.NoError(t, err)
		return again.PolicyDigest
	}
	require.Equal(t, first, rebuilt())
	d, err := w.Store.Decide(ctx, before.ID, 1, models.Received{Action: domain.Action{
		ID: "migrate", Kind: domain.SystemMigrate, Actor: domain.System(), Body: domain.Body{Policy: one.Digest}, At: w.Clock.Now(),
	}})
	require.NoError(t, err)
	require.True(t, d.Outcome.Accepted(), d.Outcome.Message)
	require.Equal(t, one.Digest, rebuilt(), "the one it was migrated to")
}
