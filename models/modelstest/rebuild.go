package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A lost row comes back from the case's events as it was, whenever that is; so does a
// row that was tampered with.
func testRebuild(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	opened, _ := w.Case(w.School, 0)
	first, err := opened.Decode()
	require.NoError(t, err)
	w.Clock.Advance(time.Hour)
	bureau := domain.Actor{UserID: "b", Role: domain.RoleBureau, OrgID: w.District.ID}
	ended := models.Received{Action: domain.Action{
		ID: "end", Kind: domain.Terminate, Actor: bureau, Visit: first.Entered, Body: domain.Body{Comment: "学校撤并"}, At: w.Clock.Now(),
	}}
	d, err := w.Store.Decide(ctx, opened.ID, 1, ended)
	require.NoError(t, err)
	require.True(t, d.Outcome.Accepted(), d.Outcome.Message)
	was, err := w.Store.CaseByID(ctx, opened.ID)
	require.NoError(t, err)
	require.NotNil(t, was.ClosedAt)

	history := []models.Remembered{
		{Received: models.Received{Action: domain.Action{ID: "open"}}, Outcome: domain.Snapshot("open", first)},
		{Received: ended, Outcome: d.Outcome},
	}
	for name, lose := range map[string]func() error{
		"row": func() error { return w.Store.DB(ctx).Delete(&models.Case{ID: was.ID}).Error },
		"time": func() error {
			return w.Store.DB(ctx).Model(&models.Case{ID: was.ID}).Update("closed_at", w.Clock.Now()).Error
		},
	} {
		w.Clock.Advance(24 * time.Hour)
		require.NoError(t, lose())
		n := models.NewCase{CohortID: was.CohortID, SchoolID: was.SchoolID, WorkflowID: was.WorkflowID}
		require.NoError(t, w.Store.Rebuild(ctx, n, history), name)
		now, err := w.Store.CaseByID(ctx, was.ID)
		require.NoError(t, err)
		require.Equal(t, was, now, name)
		require.NoError(t, w.Store.VerifyChain(ctx, was.ID))
	}
}
