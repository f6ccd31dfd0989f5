package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

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
		// The instant is part of the identity: a rung that was set anew fires anew.
		ID:    domain.SystemActionID(m.state.CaseID, kind, fired.visit, fired.rung+fired.at.UTC().Format(time.RFC3339Nano)),
		Kind:  kind,
		Actor: domain.System(), Visit: fired.visit, Body: domain.Body{Rung: fired.rung}, At: workflow.Now(ctx),
	})
	m.patience = 0
	if !out.Accepted() && out.Code != domain.CodeNotDue {
		m.patience = retryRung
	}
}

// retryRung is how long a rung waits that could not be decided, for want of a calendar
// say, before it rings again.
const retryRung = time.Hour

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
