package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
)

// cohortBatch is how many cases one activity opens, and batchesPerRun after how many of
// them the history starts afresh.
const (
	cohortBatch   = 50
	batchesPerRun = 100
)

// Cohort opens one case for every planned school of a cohort, no faster than the cohort's
// pace. Each case is a workflow of its own, never a child: it outlives the opening.
func Cohort(ctx workflow.Context, in CohortInput) error {
	ctx = workSteadily(ctx)
	for range batchesPerRun {
		var batch activities.OpenBatchResult
		err := workflow.ExecuteActivity(ctx, act.OpenBatch, activities.OpenBatchParams{
			CohortID: in.CohortID, Limit: cohortBatch,
			Start: activities.CaseStart{Workflow: CaseName, TaskQueue: TaskQueue},
		}).Get(ctx, &batch)
		if err != nil {
			return fmt.Errorf("open cases: %w", err)
		}
		in.Opened += batch.Opened
		if batch.Opened == 0 {
			return workflow.ExecuteActivity(ctx, act.FinishCohort, in.CohortID).Get(ctx, nil)
		}
		if err := workflow.Sleep(ctx, pause(batch)); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, CohortName, in)
}

// pause spreads a batch over the time its pace, in cases a minute, allows.
func pause(b activities.OpenBatchResult) time.Duration {
	if b.Pace <= 0 {
		return 0
	}
	return time.Duration(b.Opened) * time.Minute / time.Duration(b.Pace)
}
