package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// The names under which the SDK records a local activity in history.
const (
	localActivity = "LocalActivity"
	markerData    = "data"
	markerResult  = "result"
)

// runLog is what one run's history tells: where it began, the messages it took and the
// decisions it was given.
type runLog struct {
	input     workflows.CaseInput
	previous  string // the run it continued
	envelopes map[string]workflows.Envelope
	outcomes  []domain.Outcome
}

// recall reads the accepted actions of a case from the engine, oldest first, over all
// its runs. The opening event is read from the state the first run began with; a run
// that was started again later tells nothing of what lies before it.
func (r *run) recall(ctx context.Context, workflowID string) ([]models.Remembered, error) {
	var logs []runLog
	for runID := ""; ; {
		log, err := r.readRun(ctx, workflowID, runID)
		if _, forgotten := errors.AsType[*serviceerror.NotFound](err); forgotten && len(logs) > 0 {
			break // past the engine's retention: the next run carried the state on
		}
		if err != nil {
			return nil, err
		}
		logs = append(logs, log)
		if runID = log.previous; runID == "" {
			break
		}
	}
	slices.Reverse(logs)
	state := logs[0].input.State
	var past []models.Remembered
	if state.Seq == 1 {
		first := domain.Snapshot(domain.SystemActionID(workflowID, domain.SystemOpen, 0, ""), state)
		past = append(past, remembered(first, nil, domain.State{}))
	}
	for _, log := range logs {
		for _, o := range log.outcomes {
			if !o.Accepted() || o.Seq <= state.Seq {
				continue
			}
			past = append(past, remembered(o, log.envelopes, state))
			next, err := domain.Apply(state, o)
			if err != nil {
				return nil, fmt.Errorf("follow history: %w", err)
			}
			state = next
		}
	}
	return past, nil
}

// remembered joins an outcome with the message that caused it. Timers and jobs send no
// signal; which rung rang is seen from the state before.
func remembered(o domain.Outcome, envelopes map[string]workflows.Envelope, before domain.State) models.Remembered {
	env, signalled := envelopes[o.ActionID]
	if !signalled {
		env = workflows.Envelope{ID: o.ActionID, Kind: o.Kind, Actor: domain.System(), At: o.At}
		if w, ok := before.NextRung(); ok && o.Kind != domain.SystemCredited {
			env.Visit, env.Body.Rung = w.Visit, w.Rung
		}
	}
	return models.Remembered{Received: env.Received(), Outcome: o}
}

func (r *run) readRun(ctx context.Context, workflowID, runID string) (runLog, error) {
	log := runLog{envelopes: map[string]workflows.Envelope{}}
	decisions := map[int64]bool{} // scheduled event ids of regular Decide activities
	events := r.Client.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return log, fmt.Errorf("read history of %s: %w", workflowID, err)
		}
		if err := log.add(e, decisions); err != nil {
			return log, fmt.Errorf("read event %d of %s: %w", e.GetEventId(), workflowID, err)
		}
	}
	return log, nil
}

func (l *runLog) add(e *historypb.HistoryEvent, decisions map[int64]bool) error {
	switch e.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		a := e.GetWorkflowExecutionStartedEventAttributes()
		l.previous = a.GetContinuedExecutionRunId()
		return decode(a.GetInput(), &l.input)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		var env workflows.Envelope
		if decode(e.GetWorkflowExecutionSignaledEventAttributes().GetInput(), &env) == nil {
			l.envelopes[env.ID] = env
		}
	case enums.EVENT_TYPE_MARKER_RECORDED:
		return l.marker(e.GetMarkerRecordedEventAttributes())
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		decisions[e.GetEventId()] = e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == decideName
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := e.GetActivityTaskCompletedEventAttributes()
		if decisions[a.GetScheduledEventId()] {
			return l.decided(a.GetResult())
		}
	}
	return nil
}

// decideName is the activity that carries decisions.
const decideName = "Decide"

func (l *runLog) marker(m *historypb.MarkerRecordedEventAttributes) error {
	var about struct{ ActivityType string }
	if m.GetMarkerName() != localActivity || m.GetFailure() != nil {
		return nil
	}
	if err := decode(m.GetDetails()[markerData], &about); err != nil {
		return err
	}
	if about.ActivityType != decideName {
		return nil
	}
	return l.decided(m.GetDetails()[markerResult])
}

func (l *runLog) decided(result *commonpb.Payloads) error {
	var d activities.Decided
	if err := decode(result, &d); err != nil {
		return err
	}
	l.outcomes = append(append(l.outcomes, d.Missed...), d.Outcome)
	return nil
}

func decode(p *commonpb.Payloads, into any) error {
	if p == nil {
		return errors.New("no payload")
	}
	return converter.GetDefaultDataConverter().FromPayloads(p, into)
}
