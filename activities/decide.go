package activities

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.temporal.io/sdk/temporal"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
)

// DecideParams is one message for one case. Seq is the workflow's own event count.
type DecideParams struct {
	CaseID   string   `json:"case_id"`
	Seq      int      `json:"seq"`
	Envelope Envelope `json:"envelope"`
}

// Decided is the message's outcome, after whatever the workflow had missed.
type Decided struct {
	Missed  []domain.Outcome `json:"missed,omitempty"`
	Outcome domain.Outcome   `json:"outcome"`
}

// Decide has one message decided, exactly once. It fails only while the database can not
// be reached or its rows await repair, and is then tried again; every other fault becomes
// the outcome `internal` with an alarm, so that no message blocks a case.
func (a *Activities) Decide(ctx context.Context, p DecideParams) (Decided, error) {
	e, begun := p.Envelope, a.Store.Now()
	ctx, observed := a.Telemetry.Decision(ctx, e.Trace, string(e.Kind), p.CaseID, e.At)
	d, err := a.decide(ctx, p)
	observed.End(outcome(d, err, begun), a.Store.Now().Sub(e.At))
	return d, err
}

// outcome is what the telemetry says of a decision.
func outcome(d Decided, err error, begun time.Time) string {
	switch {
	case err != nil:
		return telemetry.Waiting
	case d.Outcome.At.Before(begun):
		return telemetry.Known
	case d.Outcome.Accepted():
		return telemetry.Accepted
	}
	return telemetry.Refused
}

func (a *Activities) decide(ctx context.Context, p DecideParams) (Decided, error) {
	decision, err := a.attempt(ctx, p)
	if err == nil {
		return Decided{Missed: decision.Missed, Outcome: decision.Outcome}, nil
	}
	if wait(err) {
		return Decided{}, temporal.NewApplicationErrorWithCause(err.Error(), string(apperr.CodeOf(err)), err)
	}
	a.Logger.ErrorContext(ctx, "decision failed", "case", p.CaseID, "action", p.Envelope.ID, "kind", p.Envelope.Kind, "error", err)
	out, err := a.Store.Refuse(ctx, p.CaseID, p.Envelope.Received(), err.Error())
	if err != nil {
		return Decided{}, fmt.Errorf("record failed decision: %w", err)
	}
	return Decided{Outcome: out}, nil
}

// attempt turns a panic into an error like any other.
func (a *Activities) attempt(ctx context.Context, p DecideParams) (d models.Decision, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return a.Store.Decide(ctx, p.CaseID, p.Seq, p.Envelope.Received())
}

// wait reports whether trying again later can help.
func wait(err error) bool {
	switch apperr.CodeOf(err) {
	case models.CodeProjectionBehind, models.CodeProjectionMissing:
		return true
	}
	return models.IsRetryable(err)
}
