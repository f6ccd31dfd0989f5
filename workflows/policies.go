package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// act names activities by method; the worker registers the value that holds the store.
var act *activities.Activities

// decideQuickly is for decisions: a local activity costs one event and a few
// milliseconds. It must end well within the 10 s of a workflow task.
func decideQuickly(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: 4 * time.Second,
		StartToCloseTimeout:    4 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second},
	})
}

// decidePatiently is for decisions whose database stays away: it waits as long as it
// takes, and the case with it.
func decidePatiently(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1.5, MaximumInterval: 10 * time.Second},
	})
}

// workSteadily is for long, batched, idempotent jobs that report their progress.
func workSteadily(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Hour,
		HeartbeatTimeout:    30 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// decide asks the database once, quickly; when that fails, patiently. Both run the same
// idempotent transaction.
func (m *mailbox) decide(ctx workflow.Context, p activities.DecideParams) activities.Decided {
	var decided activities.Decided
	err := workflow.ExecuteLocalActivity(decideQuickly(ctx), act.Decide, p).Get(ctx, &decided)
	if err == nil {
		return decided
	}
	m.logger.Warn("decision postponed", "action", p.Envelope.ID, "error", err)
	if err := workflow.ExecuteActivity(decidePatiently(ctx), act.Decide, p).Get(ctx, &decided); err != nil {
		return activities.Decided{Outcome: domain.Outcome{ActionID: p.Envelope.ID, Kind: p.Envelope.Kind, Code: "internal"}}
	}
	return decided
}

// record keeps a message nobody could read.
func (m *mailbox) record(ctx workflow.Context, u activities.Unreadable) {
	if workflow.ExecuteLocalActivity(decideQuickly(ctx), act.Record, u).Get(ctx, nil) == nil {
		return
	}
	if err := workflow.ExecuteActivity(decidePatiently(ctx), act.Record, u).Get(ctx, nil); err != nil {
		m.logger.Error("unreadable message not recorded", "error", err)
	}
}
