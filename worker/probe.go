package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/workflows"
)

const (
	// probeName is the workflow that a version shows with that it works.
	probeName = "Probe"
	endProbe  = 10 * time.Second
)

// probe ends when a worker has taken it. It has no activity: a version that is busy with long
// ones works, too.
func probe(workflow.Context) error { return nil }

// probe has the version, and no other, run a workflow.
func (p Promotion) probe(ctx context.Context) error {
	options := client.StartWorkflowOptions{
		ID: "probe-" + uuid.NewString(), TaskQueue: workflows.TaskQueue, WorkflowExecutionTimeout: p.Wait,
		VersioningOverride: &client.PinnedVersioningOverride{Version: p.Deployment.version()},
	}
	err := patiently(ctx, func() error {
		run, err := p.Client.ExecuteWorkflow(ctx, options, probeName)
		if err != nil {
			return fmt.Errorf("start probe: %w", err)
		}
		return run.Get(ctx, nil)
	})
	if err == nil {
		return nil
	}
	// Nobody waits for it any more; it may not even have begun.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endProbe)
	defer cancel()
	_ = p.Client.TerminateWorkflow(ctx, options.ID, "", "the promotion has ended")
	return fmt.Errorf("%w: %w", ErrNoAnswer, err)
}
