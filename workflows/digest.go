package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
)

// Digest tells every office with open cases, one after the other, about the week that has
// passed. Starting it again in the same week tells nobody twice.
func Digest(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	var plan activities.DigestPlan
	if err := workflow.ExecuteActivity(ctx, act.PlanDigest).Get(ctx, &plan); err != nil {
		return fmt.Errorf("list offices: %w", err)
	}
	for _, office := range plan.Offices {
		p := activities.DigestParams{OrgID: office, Monday: plan.Monday}
		if err := workflow.ExecuteActivity(ctx, act.SendDigest, p).Get(ctx, nil); err != nil {
			return fmt.Errorf("send digest to %s: %w", office, err)
		}
	}
	return nil
}
