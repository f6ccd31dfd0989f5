package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
		Version:                   d.version(),
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}

func (d Deployment) version() sdkworker.WorkerDeploymentVersion {
	return sdkworker.WorkerDeploymentVersion{DeploymentName: d.Name, BuildID: d.BuildID}
}

// ErrNoAnswer is a version whose workers do not take tasks now: promoted, every case would
// stand still.
var ErrNoAnswer = errors.New("no worker of this version takes tasks")

// ErrUnclear is a promotion that the engine may have done or not: it did not say.
var ErrUnclear = errors.New("the engine did not say whether it promoted the version")

const (
	askAgain  = 500 * time.Millisecond
	tellEvery = 2 * time.Second
	routeFor  = 30 * time.Second // the engine's own work, however long the workers took to answer
)

// Promotion gives a version its share of the cases.
type Promotion struct {
	Client     client.Client
	Deployment Deployment
	// Ramp is the share in percent. With 100 the version becomes the current one, with 0 it
	// gives back what a ramp gave it.
	Ramp float32
	// Wait is for how long to wait for the version's workers.
	Wait time.Duration
	// Waiting, if set, is told now and then while they do not answer, with the workers that
	// the engine remembers.
	Waiting func(waited time.Duration, seen []Poller)
}

// Run promotes the version. Unless it takes cases away, it first has a worker of that
// version do something: that the engine remembers a worker says nothing about whether it
// still lives. Any error but ErrUnclear means that the version was not promoted.
func (p Promotion) Run(ctx context.Context) error {
	if p.Ramp > 0 {
		if err := p.await(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, routeFor)
	defer cancel()
	err := patiently(ctx, func() error { return p.route(ctx) })
	if err == nil || refused(err) {
		return err
	}
	if done, look := p.routed(context.WithoutCancel(ctx)); look != nil || !done {
		return errors.Join(ErrUnclear, err, look)
	}
	return nil
}

// await returns when a worker of the version has answered the probe.
func (p Promotion) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- p.probe(ctx) }()
	began := time.Now()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-answer:
			return err
		case <-tick.C:
			if p.Waiting == nil {
				continue
			}
			if seen, err := p.Deployment.Pollers(ctx, p.Client); err == nil {
				p.Waiting(time.Since(began).Round(time.Second), seen)
			}
		}
	}
}

func (p Promotion) route(ctx context.Context) error {
	handle := p.Client.WorkerDeploymentClient().GetHandle(p.Deployment.Name)
	if p.Ramp < 100 {
		_, err := handle.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: p.Deployment.BuildID, Percentage: p.Ramp})
		if err != nil {
			return fmt.Errorf("set ramping version: %w", err)
		}
		return nil
	}
	_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: p.Deployment.BuildID})
	if err != nil {
		return fmt.Errorf("set current version: %w", err)
	}
	return nil
}

// routed asks the engine whether the version has its share.
func (p Promotion) routed(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, routeFor)
	defer cancel()
	described, err := p.Client.WorkerDeploymentClient().GetHandle(p.Deployment.Name).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return false, fmt.Errorf("describe deployment: %w", err)
	}
	routing := described.Info.RoutingConfig
	is := func(v *sdkworker.WorkerDeploymentVersion) bool { return v != nil && *v == p.Deployment.version() }
	if p.Ramp < 100 {
		gone := p.Ramp == 0 && routing.RampingVersion == nil
		return gone || is(routing.RampingVersion) && routing.RampingVersionPercentage == p.Ramp, nil
	}
	return is(routing.CurrentVersion), nil
}

// patiently repeats what the engine refuses until it knows the version and all its queues:
// the workers have just started, or have yet to.
func patiently(ctx context.Context, do func() error) error {
	var waits error // why it has waited so far
	for {
		err := do()
		if err != nil && ctx.Err() != nil && waits != nil {
			return waits
		}
		if !refused(err) {
			return err
		}
		waits = err
		select {
		case <-ctx.Done():
			return waits
		case <-time.After(askAgain):
		}
	}
}

// refused tells an error with which the engine says that it did nothing.
func refused(err error) bool {
	_, unknown := errors.AsType[*serviceerror.NotFound](err)
	_, missing := errors.AsType[*serviceerror.FailedPrecondition](err)
	return unknown || missing
}

// Poller is a worker that the engine remembers, dead or alive.
type Poller struct {
	Identity string
	Since    time.Time // when it last began to wait for a task
}

// Pollers are the workers of the version that waited for tasks in the last minutes, the
// latest first.
func (d Deployment) Pollers(ctx context.Context, c client.Client) ([]Poller, error) {
	latest := map[string]time.Time{}
	for _, kind := range []enums.TaskQueueType{enums.TASK_QUEUE_TYPE_WORKFLOW, enums.TASK_QUEUE_TYPE_ACTIVITY} {
		queue, err := c.DescribeTaskQueue(ctx, workflows.TaskQueue, kind)
		if err != nil {
			return nil, fmt.Errorf("describe task queue: %w", err)
		}
		for _, p := range queue.GetPollers() {
			v, at := p.GetDeploymentOptions(), p.GetLastAccessTime().AsTime()
			if v.GetDeploymentName() == d.Name && v.GetBuildId() == d.BuildID && at.After(latest[p.GetIdentity()]) {
				latest[p.GetIdentity()] = at
			}
		}
	}
	var all []Poller
	for identity, since := range latest {
		all = append(all, Poller{identity, since})
	}
	slices.SortFunc(all, func(a, b Poller) int { return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Identity, b.Identity)) })
	return all, nil
}
