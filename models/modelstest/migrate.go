package modelstest

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A migrated case goes on by the new policy, once; a refusal is kept for whoever noted the
// action as received, and forgotten otherwise.
func testMigrate(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	base, err := policy.Base("2.0")
	require.NoError(t, err)
	merged, err := policy.Merge(base, []byte(`{"deadlines": {"team": {"days": 30}}}`))
	require.NoError(t, err)
	digest := policy.Digest(merged)
	require.NoError(t, w.Store.PutPolicy(ctx, digest, "2.0", merged))
	received := func(id string) models.Received {
		return models.Received{Action: domain.Action{
			ID: id, Kind: domain.SystemMigrate, Actor: domain.System(), At: w.Clock.Now(), Body: domain.Body{Policy: digest, Comment: "省标准调整"},
		}}
	}
	was, err := c.Decode()
	require.NoError(t, err)

	d, err := w.Store.Decide(ctx, c.ID, 1, received("first"))
	require.NoError(t, err)
	require.True(t, d.Outcome.Accepted(), d.Outcome.Message)
	again, err := w.Store.Decide(ctx, c.ID, 2, received("first"))
	require.NoError(t, err)
	wire := func(o domain.Outcome) string {
		raw, err := json.Marshal(o)
		require.NoError(t, err)
		return string(raw)
	}
	require.JSONEq(t, wire(d.Outcome), wire(again.Outcome))
	now, err := w.Store.CaseByID(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, digest, now.PolicyDigest)
	require.Equal(t, 2, now.Seq)
	due, err := w.Store.CalendarOf(ctx, "")
	require.NoError(t, err)
	want, err := due.Due(was.OpenWaits()[0].Since, 30)
	require.NoError(t, err)
	require.True(t, now.DueAt.Equal(want))
	planned, err := due.Due(now.OpenedAt, 30)
	require.NoError(t, err)
	require.WithinDuration(t, planned, *now.PlanEnd, 0, "the plan is the new policy's")
	require.NoError(t, w.Store.VerifyChain(ctx, c.ID))

	d, err = w.Store.Decide(ctx, c.ID, 2, received("unnoted"))
	require.NoError(t, err)
	require.Equal(t, domain.CodeUnchanged, d.Outcome.Code)
	_, err = w.Store.ActionByID(ctx, "unnoted")
	require.Error(t, err)
	_, _, err = w.Store.Intake(ctx, models.ActionRow{ID: "noted", CaseID: c.ID, ActorID: "system", Kind: domain.SystemMigrate, ReceivedAt: w.Clock.Now()})
	require.NoError(t, err)
	_, err = w.Store.Decide(ctx, c.ID, 2, received("noted"))
	require.NoError(t, err)
	row, err := w.Store.ActionByID(ctx, "noted")
	require.NoError(t, err)
	require.Equal(t, []string{models.ActionRefused, string(domain.CodeUnchanged)}, []string{row.Status, row.Code})
}
