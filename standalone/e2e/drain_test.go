package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// A worker that is stopped finishes the activity it runs: it is not cut off, and nobody
// does it a second time.
func TestStoppedWorkerFinishesItsActivity(t *testing.T) {
	t.Parallel()
	b := newIdleBench(t, lifecycle.New(t))
	begun := make(chan struct{})
	w := worker.New(worker.Deps{Client: b.client, Store: b.w.Store}, worker.Options{})
	w.RegisterActivityWithOptions(func(ctx context.Context) error {
		close(begun)
		<-activity.GetWorkerStopChannel(ctx)
		return ctx.Err()
	}, activity.RegisterOptions{Name: "long"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(workflow.WithStartToCloseTimeout(ctx, time.Minute), "long").Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "long"})
	require.NoError(t, w.Start())
	run, err := b.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "long", TaskQueue: workflows.TaskQueue}, "long")
	require.NoError(t, err)
	<-begun
	w.Stop()

	var ends []enums.EventType
	for _, e := range historyOf(t, b.client, run.GetID(), run.GetRunID()).GetEvents() {
		if e.GetActivityTaskStartedEventAttributes() != nil {
			require.EqualValues(t, 1, e.GetActivityTaskStartedEventAttributes().GetAttempt())
			ends = append(ends, e.GetEventType())
		}
		if e.GetActivityTaskCompletedEventAttributes() != nil {
			ends = append(ends, e.GetEventType())
		}
	}
	require.Equal(t, []enums.EventType{enums.EVENT_TYPE_ACTIVITY_TASK_STARTED, enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED}, ends)
}

// While a case goes through its whole life its worker is replaced at every action: the old
// one stops while the action is on its way. Every action is decided, once, and no task is
// taken by a worker that goes and drops it. The engine itself may hand one to a worker between
// ending its polls and hearing its farewell, and takes it back after 5 s: now and then, not
// each time.
func TestRollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, restartAtEachAction)
}

func restartAtEachAction(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	s, restarts := b.script(), 0
	decide := s.Send
	s.Send = func(e activities.Envelope) {
		old := b.worker
		b.startWorker()
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			old.Stop()
		}()
		decide(e)
		<-stopped
		restarts++
	}
	shapes["rectified"](s)
	b.clean()
	require.Greater(t, restarts, 15)
	late := 0
	for _, run := range b.runs() {
		for _, e := range run.GetEvents() {
			if timeout := e.GetWorkflowTaskTimedOutEventAttributes(); timeout != nil {
				require.Equal(t, enums.TIMEOUT_TYPE_SCHEDULE_TO_START, timeout.GetTimeoutType(), "a task was taken and dropped")
				late++
			}
		}
	}
	require.Less(t, late, restarts/4)
}
