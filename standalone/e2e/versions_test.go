package e2e

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/temporalx"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// A case that version a began is finished by version b. Until b is promoted it is given
// nothing, though its workers are there.
func TestVersionsTakeOver(t *testing.T) {
	t.Parallel()
	onEach(t, takeOver)
}

func takeOver(t *testing.T, world opener) {
	t.Helper()
	b := newIdleBench(t, world(t))
	first, next := worker.Deployment{Name: "zhengxiao", BuildID: "a"}, worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	a := b.newWorker(worker.Options{Deployment: first})
	require.NoError(t, b.promote(first, 100, time.Minute))
	b.open(b.w)
	s := b.script()
	s.ToFiling()

	require.ErrorIs(t, b.promote(next, 100, 5*time.Second), worker.ErrNoAnswer)
	b.worker = b.newWorker(worker.Options{Deployment: next})
	s.ReturnOnce()
	require.Equal(t, []string{"a"}, b.builds())

	require.NoError(t, b.promote(next, 100, time.Minute))
	a.Stop()
	s.ToScoring()
	s.Score(800)
	s.Confirm(domain.VerdictPass)
	s.Register()
	b.clean()
	require.Equal(t, []string{"a", "b"}, b.builds())
}

// A worker that died is remembered by the engine for minutes. Its version is promoted only
// once one lives that does tasks.
func TestADeadWorkerIsNotPromoted(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	next := worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	line, err := temporalx.Dial(t.Context(), config.Temporal{Address: b.engine, Namespace: "test"}, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	dead := worker.New(worker.Deps{Client: line, Store: b.w.Store, Logger: slog.New(slog.DiscardHandler)}, worker.Options{Deployment: next})
	require.NoError(t, dead.Start())
	t.Cleanup(dead.Stop)
	seen := func() []worker.Poller {
		all, err := next.Pollers(t.Context(), b.client)
		require.NoError(t, err)
		return all
	}
	b.eventually(func() bool { // both are noted in the background
		_, err := b.describe(next)
		return err == nil && len(seen()) > 0
	})
	line.Close() // as if killed: it says no goodbye

	var told []worker.Poller
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	err = worker.Promotion{Client: b.client, Deployment: next, Ramp: 100, Wait: time.Minute, Waiting: func(_ time.Duration, seen []worker.Poller) {
		told = seen
		enough()
	}}.Run(ctx)
	require.ErrorIs(t, err, worker.ErrNoAnswer)
	require.Len(t, told, 1, "the engine still believes in it, and who waits is told")
	require.Nil(t, b.routing(next).CurrentVersion)

	b.worker = b.newWorker(worker.Options{Deployment: next})
	require.NoError(t, b.promote(next, 100, time.Minute))
	require.Equal(t, next.BuildID, b.routing(next).CurrentVersion.BuildID)
}

// A ramp gives a version its share of the cases, and takes it back.
func TestVersionsRamp(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	next := worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	b.worker = b.newWorker(worker.Options{Deployment: next})
	for _, percent := range []float32{10, 0} {
		require.NoError(t, b.promote(next, percent, time.Minute))
		routing := b.routing(next)
		require.Nil(t, routing.CurrentVersion)
		require.Equal(t, next.BuildID, routing.RampingVersion.BuildID)
		require.InDelta(t, percent, routing.RampingVersionPercentage, 0.01)
	}
}

// Whether the engine did as it was told is looked up when its answer is lost.
func TestALostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	next := worker.Deployment{Name: "zhengxiao", BuildID: "b"}
	b.worker = b.newWorker(worker.Options{Deployment: next})
	for _, heard := range []bool{false, true} {
		line, err := client.Dial(client.Options{HostPort: b.engine, Namespace: "test", ConnectionOptions: client.ConnectionOptions{
			DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(deafTo("SetWorkerDeploymentCurrentVersion", heard))},
		}})
		require.NoError(t, err)
		defer line.Close()
		err = worker.Promotion{Client: line, Deployment: next, Ramp: 100, Wait: time.Minute}.Run(t.Context())
		if heard {
			require.NoError(t, err)
			require.Equal(t, next.BuildID, b.routing(next).CurrentVersion.BuildID)
			continue
		}
		require.ErrorIs(t, err, worker.ErrUnclear)
		require.Nil(t, b.routing(next).CurrentVersion)
	}
}

// deafTo loses the answers to a call, which the engine hears or not.
func deafTo(method string, heard bool) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, name string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
		if !strings.HasSuffix(name, "/"+method) {
			return call(ctx, name, req, reply, cc, o...)
		}
		if heard {
			if err := call(ctx, name, req, reply, cc, o...); err != nil {
				return err
			}
		}
		return status.Error(codes.DeadlineExceeded, "lost")
	}
}

// promote waits for so long.
func (b *bench) promote(d worker.Deployment, ramp float32, wait time.Duration) error {
	b.t.Helper()
	return worker.Promotion{Client: b.client, Deployment: d, Ramp: ramp, Wait: wait}.Run(b.t.Context())
}

// routing is which versions take cases.
func (b *bench) routing(d worker.Deployment) client.WorkerDeploymentRoutingConfig {
	b.t.Helper()
	described, err := b.describe(d)
	require.NoError(b.t, err)
	return described.Info.RoutingConfig
}

func (b *bench) describe(d worker.Deployment) (client.WorkerDeploymentDescribeResponse, error) {
	return b.client.WorkerDeploymentClient().GetHandle(d.Name).Describe(b.t.Context(), client.WorkerDeploymentDescribeOptions{})
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
	onEach(t, verifyRunning)
}

func verifyRunning(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
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
