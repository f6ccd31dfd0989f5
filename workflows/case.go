package workflows

import (
	"errors"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// Case runs one 整校推进项目 from its first wait to its end, over as many runs as it takes.
func Case(ctx workflow.Context, in CaseInput) error {
	m, err := newMailbox(ctx, in)
	if err != nil {
		return err
	}
	return m.run(ctx)
}

// mailbox is a case in one run: its state, the messages waiting for it, its timer and
// its job.
type mailbox struct {
	state    domain.State
	round    int           // rectification rounds when this run began
	skew     time.Duration // decision clock minus engine clock
	inbox    workflow.ReceiveChannel
	timer    alarm
	patience time.Duration // how long the timer waits at least, after a rung that failed
	job      workflow.Future
	rest     workflow.Future // set while the job rests after a failure
	logger   log.Logger
}

func newMailbox(ctx workflow.Context, in CaseInput) (*mailbox, error) {
	m := &mailbox{
		state: in.State, round: in.State.Round, skew: in.Skew,
		inbox:  workflow.GetSignalChannel(ctx, SignalAction),
		logger: log.With(workflow.GetLogger(ctx), "case", in.State.CaseID),
	}
	err := workflow.SetQueryHandler(ctx, QueryState, func() (domain.State, error) { return m.state, nil })
	return m, err
}

// run takes one message at a time until the case is closed, or until it is time to carry
// on in a fresh run. Both ends first empty the mailbox: a message that was accepted
// durably is never left behind.
func (m *mailbox) run(ctx workflow.Context) error {
	for {
		for m.handleWaiting(ctx) {
		}
		if m.state.Closed() {
			return nil
		}
		if m.tired(ctx) {
			return workflow.NewContinueAsNewError(ctx, CaseName, CaseInput{State: m.state, Skew: m.skew})
		}
		m.setTimer(ctx)
		m.startJob(ctx)
		m.wait(ctx)
	}
}

// handleWaiting handles one message if one is there. It must not yield between finding
// the mailbox empty and the end of the run.
func (m *mailbox) handleWaiting(ctx workflow.Context) bool {
	var raw converter.RawValue
	if !m.inbox.ReceiveAsync(&raw) {
		return false
	}
	m.open(ctx, raw)
	return true
}

// wait blocks until a message arrives, the timer fires or the job is done.
func (m *mailbox) wait(ctx workflow.Context) {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(m.inbox, func(c workflow.ReceiveChannel, _ bool) {
		var raw converter.RawValue
		c.Receive(ctx, &raw)
		m.open(ctx, raw)
	})
	if m.timer.future != nil {
		selector.AddFuture(m.timer.future, func(f workflow.Future) { m.ring(ctx, f) })
	}
	if m.job != nil {
		selector.AddFuture(m.job, func(f workflow.Future) { m.jobDone(ctx, f) })
	}
	if m.rest != nil {
		selector.AddFuture(m.rest, func(workflow.Future) { m.rest = nil })
	}
	selector.Select(ctx)
}

// tired says when to carry on in a fresh run: at each rectification round, and when the
// engine says the history has grown long. A running job is waited for first.
func (m *mailbox) tired(ctx workflow.Context) bool {
	if m.job != nil {
		return false
	}
	return m.state.Round > m.round || workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

// open decodes a message. One that can not be read is recorded and raises an alarm: it
// is never skipped silently.
func (m *mailbox) open(ctx workflow.Context, raw converter.RawValue) {
	env, err := readEnvelope(raw.Payload())
	if err != nil {
		m.record(ctx, activities.Unreadable{
			CaseID: m.state.CaseID, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID,
			Raw: raw.Payload().GetData(), Problem: err.Error(),
		})
		return
	}
	m.handle(ctx, env)
}

var errEnvelope = errors.New("envelope without id")

func readEnvelope(p *commonpb.Payload) (Envelope, error) {
	var env Envelope
	if err := converter.GetDefaultDataConverter().FromPayload(p, &env); err != nil {
		return env, err
	}
	if env.ID == "" {
		return env, errEnvelope
	}
	return env, nil
}

// handle has one message decided and applies everything that came of it.
func (m *mailbox) handle(ctx workflow.Context, env Envelope) domain.Outcome {
	decided := m.decide(ctx, activities.DecideParams{CaseID: m.state.CaseID, Seq: m.state.Seq, Envelope: env})
	for _, o := range append(decided.Missed, decided.Outcome) {
		if o.Accepted() && o.Seq <= m.state.Seq {
			continue // this very action was applied before
		}
		next, err := domain.Apply(m.state, o)
		if err != nil {
			// Failing the task keeps the case where it is until an operator has looked.
			panic(err)
		}
		moved := next.Stage != m.state.Stage
		m.state = next
		if moved {
			m.showStage(ctx)
		}
	}
	m.setSkew(ctx, decided.Outcome.At)
	if o := decided.Outcome; !o.Accepted() {
		m.logger.Info("refused", "kind", o.Kind, "code", o.Code)
	}
	return decided.Outcome
}
