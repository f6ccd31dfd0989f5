package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"zhengxiao/workflows"
)

// Verification replays the histories of running workflows with this program's code, as its
// workers would on taking them over.
type Verification struct {
	Client client.Client
	// Limit is how many to replay, the newest first; 0 is all.
	Limit int
	// Register makes the workflows known; nil is RegisterWorkflows.
	Register func(sdkworker.WorkflowRegistry)
	// Progress, if set, is told after each, one at a time. problem is nil if it replays.
	Progress func(done int, run workflow.Execution, problem error)
}

const (
	// replays at a time: fetching a history waits, replaying it does not.
	replays = 4
	// begun is how many events a history has once a worker has taken its first task.
	begun = 3
)

// Run returns how many it replayed and how many of them this program cannot carry on.
func (v Verification) Run(ctx context.Context) (done, failed int, err error) {
	if v.Register == nil {
		v.Register = RegisterWorkflows
	}
	replayer := sdkworker.NewWorkflowReplayer()
	v.Register(replayer)
	var mu sync.Mutex
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(replays)
	listed := v.each(ctx, func(run workflow.Execution) {
		work.Go(func() error {
			problem, err := v.replay(ctx, replayer, run)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			if problem != nil {
				failed++
			}
			if v.Progress != nil {
				v.Progress(done, run, problem)
			}
			return nil
		})
	})
	return done, failed, errors.Join(work.Wait(), listed)
}

// each lists the running workflows of the product.
func (v Verification) each(ctx context.Context, do func(workflow.Execution)) error {
	n := 0
	var token []byte
	for {
		page, err := v.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: fmt.Sprintf("TaskQueue = '%s' AND ExecutionStatus = 'Running'", workflows.TaskQueue), NextPageToken: token,
		})
		if err != nil {
			return fmt.Errorf("list running workflows: %w", err)
		}
		for _, info := range page.GetExecutions() {
			if n++; v.Limit > 0 && n > v.Limit {
				return nil
			}
			do(workflow.Execution{ID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId()})
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return nil
		}
	}
}

// replay returns what keeps the code from carrying the run on. One that was deleted since
// it was listed, or that no worker has begun, has nothing to replay.
func (v Verification) replay(ctx context.Context, r sdkworker.WorkflowReplayer, run workflow.Execution) (problem, err error) {
	past := &historypb.History{}
	events := v.Client.GetWorkflowHistory(ctx, run.ID, run.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read history of %s: %w", run.ID, err)
		}
		past.Events = append(past.Events, e)
	}
	if len(past.GetEvents()) < begun {
		return nil, nil
	}
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return r.ReplayWorkflowHistoryWithOptions(quiet, past, sdkworker.ReplayWorkflowHistoryOptions{OriginalExecution: run}), nil
}
