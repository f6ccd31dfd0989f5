package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// A case that version a began is finished by version b. Until b is promoted it is given
// nothing, though its workers are there.
func TestVersionsTakeOver(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	first, next := worker.Deployment{Name: "zhengxiao", BuildID: "a"}, worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	a := b.newWorker(worker.Options{Deployment: first})
	require.NoError(t, first.Promote(t.Context(), b.client, 100))
	b.open(b.w)
	s := b.script()
	s.ToFiling()

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.ErrorIs(t, next.Promote(ctx, b.client, 100), worker.ErrNoPollers)
	b.worker = b.newWorker(worker.Options{Deployment: next})
	s.ReturnOnce()
	require.Equal(t, []string{"a"}, b.builds())

	require.NoError(t, next.Promote(t.Context(), b.client, 100))
	a.Stop()
	s.ToScoring()
	s.Score(800)
	s.Confirm(domain.VerdictPass)
	s.Register()
	b.clean()
	require.Equal(t, []string{"a", "b"}, b.builds())
}

// A ramp gives a version its share of the cases, and takes it back.
func TestVersionsRamp(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	next := worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	b.worker = b.newWorker(worker.Options{Deployment: next})
	for _, percent := range []float32{10, 0} {
		require.NoError(t, next.Promote(t.Context(), b.client, percent))
		described, err := b.client.WorkerDeploymentClient().GetHandle(next.Name).Describe(t.Context(), client.WorkerDeploymentDescribeOptions{})
		require.NoError(t, err)
		routing := described.Info.RoutingConfig
		require.Nil(t, routing.CurrentVersion)
		require.Equal(t, next.BuildID, routing.RampingVersion.BuildID)
		require.InDelta(t, percent, routing.RampingVersionPercentage, 0.01)
	}
}

// builds lists the versions that took tasks of the case, in order of their first.
func (b *bench) builds() []string {
	b.t.Helper()
	var out []string
	for _, run := range b.runs() {
		for _, e := range run.GetEvents() {
			if e.GetEventType() != enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
				continue
			}
			id := e.GetWorkflowTaskCompletedEventAttributes().GetDeploymentVersion().GetBuildId()
			if len(out) == 0 || out[len(out)-1] != id {
				out = append(out, id)
			}
		}
	}
	return out
}

// What is deployed next is tried on the histories of the cases that run.
func TestVerifyFindsWhatCannotBeCarriedOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, lifecycle.New(t))
	b.script().ToFiling()
	b.settle()
	verify := func(register func(sdkworker.WorkflowRegistry)) (done, failed int, problem error) {
		t.Helper()
		v := worker.Verification{Client: b.client, Register: register, Progress: func(_ int, run workflow.Execution, err error) {
			require.Equal(t, b.c.WorkflowID, run.ID)
			problem = err
		}}
		b.eventually(func() bool { // the list is a moment behind
			var err error
			done, failed, err = v.Run(t.Context())
			require.NoError(t, err)
			return done == 1
		})
		return done, failed, problem
	}
	_, failed, problem := verify(nil)
	require.NoError(t, problem)
	require.Zero(t, failed)

	_, failed, problem = verify(func(r sdkworker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(hasty, workflow.RegisterOptions{Name: workflows.CaseName})
	})
	require.Equal(t, 1, failed)
	require.ErrorContains(t, problem, "TMPRL1100", "the code of a replay that goes another way")

	_, failed, problem = verify(func(sdkworker.WorkflowRegistry) {})
	require.Equal(t, 1, failed)
	require.ErrorContains(t, problem, "unable to find workflow type")
}

// hasty is a case that does not do what the recorded one did.
func hasty(ctx workflow.Context, _ workflows.CaseInput) error {
	return workflow.Sleep(ctx, time.Hour)
}
