package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testPolicies(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	_, err := w.Store.Policy(ctx, "no such digest")
	refused(t, err, apperr.NotFound)
	body := `{"title": "x"}`
	first, err := w.Store.AddOverlay(ctx, models.Overlay{Programme: "2.0", Level: "city", ScopeID: w.City.ID, Body: "{}", EffectiveFrom: w.Clock.Now()})
	require.NoError(t, err)
	second, err := w.Store.AddOverlay(ctx, models.Overlay{Programme: "2.0", Level: "city", ScopeID: w.City.ID, Body: body, EffectiveFrom: w.Clock.Now()})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{first.Version, second.Version})
	rows, err := w.Store.Overlays(ctx, w.City.ID, "2.0")
	require.NoError(t, err)
	require.Equal(t, body, rows[0].Body, "bytes as they were, newest first")

	_, err = w.Store.NewestCalendar(ctx)
	refused(t, err, apperr.NotFound)
	require.NoError(t, w.Store.PutCalendar(ctx, "v1", []byte("{}"), "tester"))
	require.NoError(t, w.Store.PutCalendar(ctx, "v1", []byte("other"), "tester"))
	row, err := w.Store.NewestCalendar(ctx)
	require.NoError(t, err)
	require.Equal(t, "{}", row.Body, "a version never changes")
}

func testCohorts(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	n := models.NewCohort{
		Code: "2602", Name: "2602期", Programme: "2.0", OrgID: w.District.ID, PolicyDigest: w.Cohort.PolicyDigest,
		WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd,
	}
	c, err := w.Store.CreateCohort(ctx, n, "tester")
	require.NoError(t, err)
	_, err = w.Store.CreateCohort(ctx, n, "tester")
	refused(t, err, apperr.Conflict)
	n.Name = "改名"
	c, err = w.Store.EditCohort(ctx, c.ID, n, "editor")
	require.NoError(t, err)
	require.Equal(t, []string{"改名", "tester", "editor"}, []string{c.Name, c.CreatedBy, c.UpdatedBy})

	refused(t, w.Store.AddSchools(ctx, c.ID, []string{w.Foreign.ID}), apperr.Invalid)
	require.NoError(t, w.Store.AddSchools(ctx, c.ID, []string{w.School.ID}))
	require.NoError(t, w.Store.AddSchools(ctx, c.ID, []string{w.School.ID}), "twice changes nothing")
	require.NoError(t, w.Store.RemoveSchool(ctx, c.ID, w.School.ID))
	require.NoError(t, w.Store.AddSchools(ctx, c.ID, []string{w.School.ID}))
	require.NoError(t, w.Store.MarkOpened(ctx, c.ID, w.School.ID, "case"))
	refused(t, w.Store.RemoveSchool(ctx, c.ID, w.School.ID), apperr.Conflict)

	moved, err := w.Store.SetCohortStatus(ctx, c.ID, models.CohortDraft, models.CohortOpening)
	require.NoError(t, err)
	require.True(t, moved)
	moved, err = w.Store.SetCohortStatus(ctx, c.ID, models.CohortDraft, models.CohortOpening)
	require.NoError(t, err)
	require.False(t, moved, "only one wins")
	_, err = w.Store.EditCohort(ctx, c.ID, n, "editor")
	refused(t, err, apperr.Conflict)

	for name, test := range map[string]struct {
		path string
		want int
	}{"the district sees its own and the city's": {w.District.Path, 2}, "its sibling only the city's": {w.Sibling.Path, 1}} {
		rows, _, err := w.Store.Cohorts(ctx, models.Scope{Paths: []string{test.path}}, models.CohortFilter{}, models.Page{})
		require.NoError(t, err, name)
		require.Len(t, rows, test.want, name)
	}
}

// The study window of a cohort that runs can only be made longer.
func testExtendCohort(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	end := w.Cohort.WindowEnd
	status := func(status models.CohortStatus) {
		require.NoError(t, w.Store.DB(ctx).Model(&models.Cohort{}).Where("id = ?", w.Cohort.ID).Update("status", status).Error)
	}
	for _, running := range []models.CohortStatus{models.CohortDraft, models.CohortOpening, models.CohortOpen} {
		status(running)
		end = end.Add(time.Hour)
		w.Clock.Advance(time.Minute)
		c, err := w.Store.ExtendCohort(ctx, w.Cohort.ID, end, "editor")
		require.NoError(t, err)
		stored, err := w.Store.Cohort(ctx, w.Cohort.ID)
		require.NoError(t, err)
		for _, got := range []*models.Cohort{c, stored} {
			require.True(t, got.WindowEnd.Equal(end))
			require.Equal(t, "editor", got.UpdatedBy)
			require.True(t, got.UpdatedAt.Equal(w.Clock.Now()))
		}
	}
	extend := func(until time.Time) error {
		_, err := w.Store.ExtendCohort(ctx, w.Cohort.ID, until, "editor")
		return err
	}
	refused(t, extend(end), apperr.Invalid)
	refused(t, extend(end.Add(-time.Second)), apperr.Invalid)
	w.Clock.Set(end.Add(48 * time.Hour))
	refused(t, extend(end.Add(time.Hour)), apperr.Invalid) // later, and over all the same
	require.NoError(t, extend(end.Add(72*time.Hour)))
	status(models.CohortClosed)
	refused(t, extend(end.Add(96*time.Hour)), apperr.Conflict)
	_, err := w.Store.ExtendCohort(ctx, "none", end.Add(96*time.Hour), "editor")
	refused(t, err, apperr.NotFound)
}
