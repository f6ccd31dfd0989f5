package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Of everything that waits only what is late counts: not what people have not to wait for,
// what is not due yet, and what is done.
func testVitals(w *testkit.World) {
	t := w.T
	ctx, db := t.Context(), w.Store.DB(t.Context())
	empty, err := w.Store.Vitals(ctx)
	require.NoError(t, err)
	require.Equal(t, models.Vitals{At: w.Store.Now(), Cases: map[domain.Stage]int{}, Alarms: map[string]int{}}, empty)

	c, _ := w.Case(w.School, 0)
	now := w.Store.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	require.NoError(t, db.Where("1 = 1").Delete(&models.OutboxRow{}).Error)
	done := now
	for _, row := range []any{
		[]models.ActionRow{
			{ID: "late", ActorID: "me", Status: models.ActionPending, ReceivedAt: ago(time.Minute)},
			{ID: "later", ActorID: "me", Status: models.ActionPending, ReceivedAt: ago(time.Second)},
			{ID: "paced", ActorID: domain.System().UserID, Status: models.ActionPending, ReceivedAt: ago(time.Hour)},
			{ID: "done", ActorID: "me", Status: models.ActionAccepted, ReceivedAt: ago(time.Hour), DecidedAt: &done},
		},
		[]models.OutboxRow{
			{ID: "due", CaseID: "a", NotBefore: ago(2 * time.Minute)},
			{ID: "planned", CaseID: "b", NotBefore: now.Add(time.Hour)},
			{ID: "failed", CaseID: "c", NotBefore: now.Add(time.Hour), Attempts: 3},
			{ID: "done", CaseID: "d", NotBefore: ago(time.Hour), Attempts: 1, DoneAt: &done},
		},
		[]models.FileUpload{
			{FileID: "whole", N: 1, DueAt: ago(3 * time.Minute), ExpiresAt: now}, {FileID: "coming", N: 1, DueAt: models.FarEnd, ExpiresAt: now},
		},
		[]models.RegistryBatch{
			{ID: "going", Mode: models.RegistryPush, State: models.BatchSending, CreatedAt: ago(time.Hour), DueAt: now},
			{ID: "stopped", Mode: models.RegistryPush, State: models.BatchStopped, CreatedAt: ago(2 * time.Hour), DueAt: now},
			{ID: "by hand", Mode: models.RegistryFile, State: models.BatchReady, CreatedAt: ago(5 * time.Hour), DueAt: now},
			{ID: "sent", Mode: models.RegistryFile, State: models.BatchSent, CreatedAt: ago(5 * time.Hour), DueAt: now, SentAt: new(ago(4 * time.Hour))},
			{
				ID: "answered", Mode: models.RegistryPush, State: models.BatchConcluded,
				CreatedAt: ago(9 * time.Hour), DueAt: now, SentAt: new(ago(9 * time.Hour)),
			},
		},
		[]models.RegistryRecord{
			{No: "1", Rev: 1, State: registry.Refused, ConcludedAt: new(ago(time.Hour))},
			{No: "2", Rev: 2, State: registry.Refused, ConcludedAt: new(ago(25 * time.Hour))},
			{No: "3", Rev: 3, State: registry.Disputed}, {No: "4", Rev: 4, State: registry.Acknowledged, ConcludedAt: new(ago(time.Hour))},
		},
		[]models.Alarm{
			{ID: "1", Kind: models.AlarmStuck, CreatedAt: now}, {ID: "2", Kind: models.AlarmStuck, CreatedAt: now},
			{ID: "3", Kind: models.AlarmOrphan, CreatedAt: now, ClearedAt: &done},
		},
	} {
		require.NoError(t, db.Create(row).Error)
	}
	require.NoError(t, db.Model(&models.Case{}).Where("id = ?", c.ID).Update("overdue", true).Error)
	for i, status := range []string{models.ReconcileDone, models.ReconcileFailed} {
		at := ago(time.Duration(2-i) * time.Hour)
		require.NoError(t, db.Create(&models.ReconcileRun{ID: status, Slot: status, Status: status, StartedAt: at, BeatAt: at, FinishedAt: &at, Found: 5, Repaired: 3}).Error)
	}
	sealed := proving(w)
	got, err := w.Store.Vitals(ctx)
	require.NoError(t, err)
	require.Equal(t, models.Vitals{
		At: now, Mailbox: models.Backlog{Count: 2, Oldest: ago(time.Minute)}, Outbox: models.Backlog{Count: 1, Oldest: ago(2 * time.Minute)},
		Registry: models.Exchange{
			Unsent: models.Backlog{Count: 2, Oldest: ago(2 * time.Hour)}, Unanswered: models.Backlog{Count: 1, Oldest: ago(4 * time.Hour)},
			Refused: 1, Mismatch: 1,
		},
		Retrying: 1, Uploads: models.Backlog{Count: 1, Oldest: ago(3 * time.Minute)}, Overdue: 1,
		Cases: map[domain.Stage]int{c.Stage: 1}, Alarms: map[string]int{models.AlarmStuck: 2},
		Reconcile: models.Drift{Ended: ago(2 * time.Hour), Left: 2},
		Audit: models.Proving{
			Sealing: true, Unsealed: models.Backlog{Count: 1, Oldest: ago(2 * time.Minute)}, Head: ago(3 * time.Hour),
			Shipping: true, Unsent: models.Backlog{Count: sealed - 1, Oldest: ago(time.Minute)},
		},
	}, got)
	unproved(w)
}

// unproved is a log that nobody sends any more, and that has no head yet.
func unproved(w *testkit.World) {
	t, ctx, db := w.T, w.T.Context(), w.Store.DB(w.T.Context())
	w.Clock.Advance(time.Minute)
	require.NoError(t, w.Store.StopShipping(ctx))
	got, err := w.Store.Vitals(ctx)
	require.NoError(t, err)
	require.False(t, got.Audit.Shipping)
	require.Zero(t, got.Audit.Unsent)

	began := w.Store.Now().Add(-5 * time.Hour)
	heads := db.Model(&models.AuditEntry{}).Where("action = ?", models.ActionHead)
	require.NoError(t, heads.Updates(map[string]any{"action": models.ActionKey, "at": began}).Error)
	got, err = w.Store.Vitals(ctx)
	require.NoError(t, err)
	require.Equal(t, began, got.Audit.Head, "one is due since signing began")
}

// proving seals two entries and one not, of which one has been sent.
func proving(w *testkit.World) (sealed int) {
	t, ctx, db := w.T, w.T.Context(), w.Store.DB(w.T.Context())
	ago := func(d time.Duration) time.Time { return w.Store.Now().Add(-d) }
	seed, err := notary.Generate()
	require.NoError(t, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(t, err)
	require.NoError(t, w.Store.AuditAlone(ctx, models.AuditEntry{Action: models.ActionHead}))
	sealed, err = w.Store.SealAudit(ctx, by, 0)
	require.NoError(t, err)
	sh, err := w.Store.ClaimShipment(ctx, "worker", 1, time.Minute)
	require.NoError(t, err)
	require.NoError(t, w.Store.Shipped(ctx, "worker", sh.Entries[0].AuditEntry))
	require.NoError(t, db.Model(&models.AuditEntry{}).Where("action = ?", models.ActionHead).Update("at", ago(3*time.Hour)).Error)
	require.NoError(t, db.Model(&models.AuditEntry{}).Where("seq = 2").Update("sealed_at", ago(time.Minute)).Error)
	require.NoError(t, db.Create(&models.AuditEntry{ID: "new", At: ago(2 * time.Minute)}).Error)
	return sealed
}
