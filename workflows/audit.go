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

// AuditHead keeps the day's head of the audit log and of every case's events where nobody
// can change it. When that fails for hours, the operator is told.
func AuditHead(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Minute,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute, MaximumAttempts: headAttempts,
		},
	})
	err := workflow.ExecuteActivity(ctx, act.KeepAuditHead).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	if err := workflow.ExecuteActivity(ctx, act.AlarmAuditHead, err.Error()).Get(ctx, nil); err != nil {
		return fmt.Errorf("alarm for missing head: %w", err)
	}
	return nil
}
