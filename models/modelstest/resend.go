package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A person's action that waits for its decision has its turn after a minute, then later and
// later, each turn for one worker only; one of the system, and one that is decided, never.
func testResend(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	message, received := `{"id":"mine"}`, w.Clock.Now()
	mine := models.ActionRow{ID: "mine", CaseID: c.ID, ActorID: "u", Kind: domain.SubmitTeam, ReceivedAt: received, Envelope: &message}
	paced := models.ActionRow{ID: "paced", CaseID: c.ID, ActorID: domain.System().UserID, Kind: domain.SystemMigrate, ReceivedAt: received}
	for _, row := range []models.ActionRow{mine, paced} {
		_, _, err := w.Store.Intake(ctx, row)
		require.NoError(t, err)
	}
	turn := func() string {
		row, err := w.Store.ClaimPending(ctx)
		require.NoError(t, err)
		if row == nil {
			return ""
		}
		require.Equal(t, message, *row.Envelope)
		return row.ID
	}
	var turns []time.Duration
	for range 4 * 60 {
		w.Clock.Advance(30 * time.Second)
		if turn() != "" {
			turns = append(turns, w.Clock.Now().Sub(received))
			require.Empty(t, turn(), "somebody else has it")
		}
	}
	var want []time.Duration
	for _, half := range []int{2, 4, 6, 9, 14, 21, 32, 48, 72, 108, 162} {
		want = append(want, time.Duration(half)*30*time.Second)
	}
	require.Equal(t, want, turns)

	d, err := w.Store.Decide(ctx, c.ID, 0, models.Received{Action: domain.Action{ID: "mine", Kind: domain.SubmitTeam, At: w.Clock.Now()}})
	require.NoError(t, err)
	require.False(t, d.Outcome.Accepted())
	row, err := w.Store.ActionByID(ctx, "mine")
	require.NoError(t, err)
	require.Equal(t, []any{(*string)(nil), (*time.Time)(nil)}, []any{row.Envelope, row.ResendAt})
	w.Clock.Advance(100 * time.Hour)
	require.Empty(t, turn())

	// A worker of the release before leaves them.
	require.NoError(t, w.Store.DB(ctx).Model(&row).Updates(map[string]any{"envelope": message, "resend_at": received}).Error)
	require.Empty(t, turn())
	row, err = w.Store.ActionByID(ctx, "mine")
	require.NoError(t, err)
	require.Nil(t, row.ResendAt)
}

// The operator hears once of an action that has waited for ten minutes.
func testPendingTooLong(w *testkit.World) {
	t := w.T
	row := models.ActionRow{ID: "mine", CaseID: "c", Kind: domain.SubmitTeam, ReceivedAt: w.Clock.Now()}
	for _, alarms := range []int{0, 1, 1} {
		require.NoError(t, w.Store.NotePending(t.Context(), row))
		list, _, err := w.Store.Alarms(t.Context(), models.AlarmFilter{}, models.Page{})
		require.NoError(t, err)
		require.Len(t, list, alarms)
		w.Clock.Advance(10 * time.Minute)
	}
}
