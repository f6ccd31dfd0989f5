package workflows

import (
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// changeJobRests is since when a paused case does no job: what a run did before stays
// what it did.
const changeJobRests = "job-rests-while-paused"

// jobRests reports whether the case is paused and so does no job.
func (m *mailbox) jobRests(ctx workflow.Context) bool {
	return m.state.Paused != nil && m.state.Job != "" && workflow.GetVersion(ctx, changeJobRests, workflow.DefaultVersion, 1) > workflow.DefaultVersion
}

// startJob keeps the job that the state asks for running, across runs and restarts. While
// the case is paused it waits, and it starts at once when the case goes on.
func (m *mailbox) startJob(ctx workflow.Context) {
	if m.jobRests(ctx) {
		m.rest = nil
		return
	}
	if m.state.Job != domain.JobCredit || m.job != nil || m.rest != nil {
		return
	}
	m.job = workflow.ExecuteActivity(workSteadily(ctx), act.Credit, activities.CreditParams{CaseID: m.state.CaseID})
}

// jobDone reports the finished job to the case as a message. When the case refuses it,
// the ledger not being what it should, the job rests before it is done again.
func (m *mailbox) jobDone(ctx workflow.Context, f workflow.Future) {
	m.job = nil
	if err := f.Get(ctx, nil); err != nil {
		m.logger.Error("crediting failed", "error", err)
		m.rest = workflow.NewTimer(ctx, retryLater)
		return
	}
	if m.jobRests(ctx) {
		return // paused meanwhile: done again, which changes nothing, and reported when the case goes on
	}
	out := m.handle(ctx, Envelope{
		ID:   domain.SystemActionID(m.state.CaseID, domain.SystemCredited, m.state.Entered, ""),
		Kind: domain.SystemCredited, Actor: domain.System(), At: workflow.Now(ctx),
	})
	if out.Accepted() || m.state.Closed() {
		return
	}
	m.rest = workflow.NewTimer(ctx, retryLater)
	m.alarm(ctx, out, m.state.Entered)
}
