package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// alarm is the one timer of a case: the next rung among all its waiting steps.
type alarm struct {
	visit  int
	rung   string
	at     time.Time
	future workflow.Future
	cancel workflow.CancelFunc
}

// jump is how far the decision clock may move against the engine's before timers are set
// again. Ordinary clocks drift by milliseconds; only a calendar or clock change moves it.
const jump = time.Minute

// setTimer follows the state: it starts, keeps or replaces the timer.
func (m *mailbox) setTimer(ctx workflow.Context) {
	w, waiting := m.state.NextRung()
	if !waiting {
		m.stopTimer()
		return
	}
	if m.timer.future != nil && m.timer.visit == w.Visit && m.timer.rung == w.Rung && m.timer.at.Equal(*w.RungAt) {
		return
	}
	m.stopTimer()
	delay := max(w.RungAt.Add(-m.skew).Sub(workflow.Now(ctx)), m.patience, time.Second)
	timed, cancel := workflow.WithCancel(ctx)
	m.timer = alarm{visit: w.Visit, rung: w.Rung, at: *w.RungAt, future: workflow.NewTimer(timed, delay), cancel: cancel}
}

func (m *mailbox) stopTimer() {
	if m.timer.future != nil {
		m.timer.cancel()
	}
	m.timer = alarm{}
}

// ring turns a fired timer into a message like any other. One that fired too early is
// refused and set again by the clock that refused it.
func (m *mailbox) ring(ctx workflow.Context, f workflow.Future) {
	fired := m.timer
	m.timer = alarm{}
	if f.Get(ctx, nil) != nil {
		return
	}
	kind := domain.SystemRung
	if fired.rung == domain.RungWindow {
		kind = domain.SystemWindowEnd
	}
	out := m.handle(ctx, Envelope{
		// The event count is part of the identity: a rung that was set anew fires anew.
		ID:    domain.SystemActionID(m.state.CaseID, kind, fired.visit, fmt.Sprint(fired.rung, m.state.Seq)),
		Kind:  kind,
		Actor: domain.System(), Visit: fired.visit, Body: domain.Body{Rung: fired.rung}, At: workflow.Now(ctx),
	})
	m.patience = 0
	switch {
	case out.Accepted():
	case out.Code == domain.CodeNotDue:
		// However little the clocks differ, ringing again at once would not help.
		m.skew = out.At.Sub(workflow.Now(ctx))
	default:
		m.patience = retryLater
		m.alarm(ctx, out, fired.visit)
	}
}

// retryLater is how long what the system itself asked for, and was refused, waits before
// it is asked for again: a rung without a calendar, crediting of a ledger out of balance.
const retryLater = time.Hour

// alarm tells the operator of such a refusal.
func (m *mailbox) alarm(ctx workflow.Context, out domain.Outcome, visit int) {
	stuck := activities.Stuck{CaseID: m.state.CaseID, Visit: visit, Kind: out.Kind, Problem: string(out.Code) + ": " + out.Message}
	if err := workflow.ExecuteLocalActivity(decideQuickly(ctx), act.Alarm, stuck).Get(ctx, nil); err != nil {
		m.logger.Error("alarm not raised", "error", err)
	}
}

// setSkew notes how the clock of decisions stands to the engine's.
func (m *mailbox) setSkew(ctx workflow.Context, decidedAt time.Time) {
	if decidedAt.IsZero() {
		return
	}
	skew := decidedAt.Sub(workflow.Now(ctx))
	if moved := skew - m.skew; moved > jump || moved < -jump {
		m.stopTimer()
		m.skew = skew
	}
}
