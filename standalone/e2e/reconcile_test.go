package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/reconcile"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// Each way in which SQL and the engine can part is named, repaired, and gone afterwards.
func TestReconcile(t *testing.T) {
	t.Parallel()
	onEach(t, mendEach)
}

func mendEach(t *testing.T, world opener) {
	t.Helper()
	for _, part := range []struct {
		kind  reconcile.Kind
		cause func(b *bench)
	}{
		{reconcile.SQLAhead, decideBesideTheWorkflow},
		{reconcile.SQLBehind, forgetLastEvents},
		{reconcile.MissingRow, loseRow},
		{reconcile.OrphanRun, startStray},
		{reconcile.MissingRun, loseRun},
	} {
		t.Run(string(part.kind), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, world(t))
			script := b.script()
			script.ToFiling()
			script.ReturnOnce()
			b.clean()
			part.cause(b)

			named := b.report(false)
			require.Equal(t, part.kind, named.Kind)
			require.False(t, named.Repaired)
			mended := b.report(true)
			require.Equal(t, part.kind, mended.Kind)
			require.True(t, mended.Repaired, mended.Detail)
			b.eventually(func() bool { return len(b.reconcile(false).Findings) == 0 })
			require.NoError(t, b.w.Store.VerifyChain(t.Context(), b.c.ID))

			b.script().Terminate()
			b.clean()
		})
	}
}

// report runs reconcile until it sees the difference: listing workflows lags a little.
func (b *bench) report(repair bool) reconcile.Finding {
	b.t.Helper()
	var r reconcile.Report
	b.eventually(func() bool {
		r = b.reconcile(repair)
		return len(r.Findings) > 0
	})
	require.Len(b.t, r.Findings, 1)
	return r.Findings[0]
}

// decideBesideTheWorkflow writes an event the workflow never heard of.
func decideBesideTheWorkflow(b *bench) {
	e := b.w.Envelope(b.t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
	d, err := b.w.Store.Decide(b.t.Context(), b.c.ID, 0, e.Received())
	require.NoError(b.t, err)
	require.NoError(b.t, d.Outcome.Err())
}

// forgetLastEvents takes SQL back to where it was before the plan came in again, as a
// restored backup would.
func forgetLastEvents(b *bench) {
	tx, id := b.w.DB, b.c.ID
	last := b.w.State(b.t, id).Seq
	var event models.Event
	require.NoError(b.t, tx.First(&event, "case_id = ? AND seq = ?", id, last).Error)
	require.NoError(b.t, tx.Delete(&models.Event{}, "case_id = ? AND seq = ?", id, last).Error)
	require.NoError(b.t, tx.Delete(&models.ActionRow{}, "id = ?", event.ActionID).Error)
	require.NoError(b.t, tx.Delete(&models.PlanRevision{}, "case_id = ? AND version = 2", id).Error)
	require.NoError(b.t, tx.Delete(&models.OutboxRow{}, "case_id = ? AND seq = ?", id, last).Error)
	after := b.w.State(b.t, id)
	require.NoError(b.t, tx.Delete(&models.TaskRow{}, "case_id = ? AND visit = ?", id, after.Entered).Error)
	before := b.fold(last - 1)
	c, err := b.w.Store.CaseByID(b.t.Context(), id)
	require.NoError(b.t, err)
	require.NoError(b.t, c.Project(before, b.w.Now()))
	c.HeadHash = event.PrevHash
	require.NoError(b.t, tx.Save(&c).Error)
	require.NoError(b.t, tx.Model(&models.TaskRow{}).Where("case_id = ? AND visit = ?", id, before.Entered).
		Updates(map[string]any{"status": models.TaskOpen, "done_by": "", "done_at": nil, "done_kind": ""}).Error)
}

// fold is the case's state after event seq.
func (b *bench) fold(seq int) domain.State {
	var events []models.Event
	require.NoError(b.t, b.w.DB.Where("case_id = ? AND seq <= ?", b.c.ID, seq).Order("seq").Find(&events).Error)
	var s domain.State
	for _, e := range events {
		next, err := domain.Apply(s, domain.Outcome{ActionID: e.ActionID, Kind: e.Kind, Seq: e.Seq, Patch: []byte(e.Patch)})
		require.NoError(b.t, err)
		s = next
	}
	return s
}

func loseRow(b *bench) {
	require.NoError(b.t, b.w.DB.Delete(&models.Case{}, "id = ?", b.c.ID).Error)
}

// startStray runs a case for a school that is in no cohort.
func startStray(b *bench) {
	const nowhere = "00000000-0000-7000-8000-000000000000"
	state := b.w.State(b.t, b.c.ID)
	_, err := b.client.ExecuteWorkflow(b.t.Context(), client.StartWorkflowOptions{
		ID: activities.CaseWorkflowID(b.w.Cohort.ID, nowhere), TaskQueue: workflows.TaskQueue,
	}, workflows.CaseName, workflows.CaseInput{State: state})
	require.NoError(b.t, err)
}

func loseRun(b *bench) {
	require.NoError(b.t, b.client.TerminateWorkflow(b.t.Context(), b.c.WorkflowID, "", "lost"))
}
