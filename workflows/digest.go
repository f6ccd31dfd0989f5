package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
)

// digestAttempts is how often a step is tried, over a quarter of an hour: next week's digest
// must not wait for this one.
const digestAttempts = 20

// Digest tells every office with open cases, one after the other, about the week that has
// passed. Starting it again in the same week tells nobody twice. An office that cannot be
// told does not keep the others waiting: the operator is.
func Digest(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: digestAttempts,
		},
	})
	var plan activities.DigestPlan
	if err := workflow.ExecuteActivity(ctx, act.PlanDigest).Get(ctx, &plan); err != nil {
		return fmt.Errorf("list offices: %w", err)
	}
	for _, office := range plan.Offices {
		p := activities.DigestParams{OrgID: office, Monday: plan.Monday}
		err := workflow.ExecuteActivity(ctx, act.SendDigest, p).Get(ctx, nil)
		if temporal.IsCanceledError(err) {
			return err
		}
		if err == nil {
			continue
		}
		failed := activities.DigestFailure{DigestParams: p, Problem: err.Error()}
		if err := workflow.ExecuteActivity(ctx, act.AlarmDigest, failed).Get(ctx, nil); err != nil {
			return fmt.Errorf("alarm for digest to %s: %w", office, err)
		}
	}
	return nil
}
