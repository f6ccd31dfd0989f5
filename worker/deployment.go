package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/workflows"
)

// Deployment is this version of the program among those that run side by side: the engine
// gives tasks to the current version only, and running cases move to it when it changes.
// The zero value is a worker without versions, which takes any task.
type Deployment struct {
	Name    string // of the deployment, shared by its versions
	BuildID string // of this version
}

func (d Deployment) options() sdkworker.DeploymentOptions {
	if d.Name == "" {
		return sdkworker.DeploymentOptions{}
	}
	return sdkworker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   sdkworker.WorkerDeploymentVersion{DeploymentName: d.Name, BuildID: d.BuildID},
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}

// ErrNoPollers is a version whose workers the engine has not seen: promoted, every case
// would stand still.
var ErrNoPollers = errors.New("no worker of this version polls the task queue")

const (
	pollerFresh = 90 * time.Second // a poll lasts about a minute
	askAgain    = 500 * time.Millisecond
)

// Promote gives the version that share of the cases, in percent; with 100 it becomes the
// current one, with 0 it gives back what a ramp gave it. Unless it is 0, Promote first waits
// for the version's workers, until ctx is done.
func (d Deployment) Promote(ctx context.Context, c client.Client, ramp float32) error {
	var waits error // why it has waited so far
	for {
		err := d.promote(ctx, c, ramp)
		if err != nil && ctx.Err() != nil && waits != nil {
			return fmt.Errorf("%w: %w", ctx.Err(), waits)
		}
		_, unknown := errors.AsType[*serviceerror.NotFound](err)
		_, missing := errors.AsType[*serviceerror.FailedPrecondition](err)
		if !unknown && !missing && !errors.Is(err, ErrNoPollers) {
			return err
		}
		// Its workers have just started, or have yet to.
		waits = err
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(askAgain):
		}
	}
}

func (d Deployment) promote(ctx context.Context, c client.Client, ramp float32) error {
	for _, kind := range []enums.TaskQueueType{enums.TASK_QUEUE_TYPE_WORKFLOW, enums.TASK_QUEUE_TYPE_ACTIVITY} {
		if ramp == 0 {
			break
		}
		if err := d.polls(ctx, c, kind); err != nil {
			return err
		}
	}
	handle := c.WorkerDeploymentClient().GetHandle(d.Name)
	if ramp < 100 {
		_, err := handle.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: d.BuildID, Percentage: ramp})
		if err != nil {
			return fmt.Errorf("set ramping version: %w", err)
		}
		return nil
	}
	_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: d.BuildID})
	if err != nil {
		return fmt.Errorf("set current version: %w", err)
	}
	return nil
}

// polls reports whether a worker of this version asked for tasks lately.
func (d Deployment) polls(ctx context.Context, c client.Client, kind enums.TaskQueueType) error {
	queue, err := c.DescribeTaskQueue(ctx, workflows.TaskQueue, kind)
	if err != nil {
		return fmt.Errorf("describe task queue: %w", err)
	}
	for _, p := range queue.GetPollers() {
		v := p.GetDeploymentOptions()
		if v.GetDeploymentName() == d.Name && v.GetBuildId() == d.BuildID && time.Since(p.GetLastAccessTime().AsTime()) < pollerFresh {
			return nil
		}
	}
	return ErrNoPollers
}
