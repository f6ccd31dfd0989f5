package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/workflows"
)

// probeName is the workflow, and its activity, that a version shows with that it works.
const probeName = "Probe"

// probe ends when a worker has done tasks of both kinds.
func probe(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	return workflow.ExecuteActivity(ctx, probeName).Get(ctx, nil)
}

func registerProbe(w sdkworker.Registry) {
	w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: probeName})
}

// probe has the version, and no other, run a workflow. It is gone when the promotion is.
func (p Promotion) probe(ctx context.Context) error {
	options := client.StartWorkflowOptions{
		ID: "probe-" + uuid.NewString(), TaskQueue: workflows.TaskQueue, WorkflowExecutionTimeout: p.Wait,
		VersioningOverride: &client.PinnedVersioningOverride{Version: p.Deployment.version()},
	}
	var run client.WorkflowRun
	err := patiently(ctx, func() (err error) {
		run, err = p.Client.ExecuteWorkflow(ctx, options, probeName)
		return err
	})
	if err != nil {
		return fmt.Errorf("start probe: %w", err)
	}
	if err := run.Get(ctx, nil); err != nil {
		return fmt.Errorf("%w: wait for probe: %w", ErrNoAnswer, err)
	}
	return nil
}
