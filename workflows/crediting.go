package workflows

import (
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// startJob keeps the job that the state asks for running, across runs and restarts.
func (m *mailbox) startJob(ctx workflow.Context) {
	if m.state.Job != domain.JobCredit || m.job != nil {
		return
	}
	m.job = workflow.ExecuteActivity(workSteadily(ctx), act.Credit, activities.CreditParams{CaseID: m.state.CaseID})
}

// jobDone reports the finished job to the case as a message. The activity retries until
// the ledger holds what it should, so a failure here means the case ended meanwhile.
func (m *mailbox) jobDone(ctx workflow.Context, f workflow.Future) {
	m.job = nil
	if err := f.Get(ctx, nil); err != nil {
		m.logger.Error("crediting failed", "error", err)
		return
	}
	m.handle(ctx, Envelope{
		ID:   domain.SystemActionID(m.state.CaseID, domain.SystemCredited, m.state.Entered, ""),
		Kind: domain.SystemCredited, Actor: domain.System(), At: workflow.Now(ctx),
	})
}
