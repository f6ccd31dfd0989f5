package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// headAttempts is how often keeping a head is tried, over some hours: the next day has its
// own.
const headAttempts = 40

// purgePause is after how long a purge that is silent is taken for dead.
const purgePause = 5 * time.Minute

// AuditHead keeps the day's head of the audit log and of every case's events where nobody
// can change it, and removes what is older than it must be kept. When that fails for hours,
// the operator is told.
func AuditHead(ctx workflow.Context) error {
	retry := &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute, MaximumAttempts: headAttempts,
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 15 * time.Minute, RetryPolicy: retry})
	err := workflow.ExecuteActivity(ctx, act.KeepAuditHead).Get(ctx, nil)
	if err := alarmed(ctx, err, act.AlarmAuditHead); err != nil {
		return err
	}
	slow := workflow.ActivityOptions{StartToCloseTimeout: 12 * time.Hour, HeartbeatTimeout: purgePause, RetryPolicy: retry}
	long := workflow.WithActivityOptions(ctx, slow)
	return alarmed(ctx, workflow.ExecuteActivity(long, act.PurgeAudit).Get(ctx, nil), act.AlarmAuditPurge)
}

// alarmed tells the operator what went wrong, by an activity.
func alarmed(ctx workflow.Context, err error, alarm any) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	if err := workflow.ExecuteActivity(ctx, alarm, err.Error()).Get(ctx, nil); err != nil {
		return fmt.Errorf("raise alarm: %w", err)
	}
	return nil
}
