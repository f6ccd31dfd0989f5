package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// catchUp wakes a workflow that is behind: with any message it handles, the decision
// hands it what it missed.
func (r *run) catchUp(ctx context.Context, c models.Case) error {
	env := workflows.Envelope{
		ID:   domain.SystemActionID(c.ID, domain.SystemRecompute, c.Seq, uuid.NewString()),
		Kind: domain.SystemRecompute, Actor: domain.System(), At: r.Store.Now(),
	}
	if err := r.Client.SignalWorkflow(ctx, c.WorkflowID, "", workflows.SignalAction, env); err != nil {
		return fmt.Errorf("wake workflow: %w", err)
	}
	return r.await(ctx, func() (bool, error) {
		s, err := r.ask(ctx, c.WorkflowID)
		return s.Seq >= c.Seq, err
	})
}

// await asks again until done, for at most half a minute.
func (r *run) await(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("the workflow did not catch up in time")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// revive gives an open case a workflow again, from where SQL has it. What the lost run
// knew beyond that is recovered first.
func (r *run) revive(ctx context.Context, c models.Case, status enums.WorkflowExecutionStatus) error {
	if status != enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED {
		if err := r.rebuild(ctx, c.WorkflowID); err != nil {
			return err
		}
	}
	c, err := r.Store.CaseByID(ctx, c.ID)
	if err != nil {
		return err
	}
	state, err := c.Decode()
	if err != nil {
		return err
	}
	attributes, err := activities.CaseAttributes(ctx, r.Store, c)
	if err != nil {
		return err
	}
	_, err = r.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: c.WorkflowID, TaskQueue: workflows.TaskQueue, TypedSearchAttributes: attributes,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, workflows.CaseName, workflows.CaseInput{State: state, Skew: time.Until(r.Store.Now())})
	return err
}

// rebuild writes what SQL lost of a case from the engine's history.
func (r *run) rebuild(ctx context.Context, workflowID string) error {
	cohort, school, ok := activities.ParseCaseWorkflowID(workflowID)
	if !ok {
		return fmt.Errorf("%q is not the id of a case workflow", workflowID)
	}
	past, err := r.recall(ctx, workflowID)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	return r.Store.Rebuild(ctx, models.NewCase{CohortID: cohort, SchoolID: school, WorkflowID: workflowID}, past)
}

// workflows looks at every running case workflow whose row reconcile has not met.
func (r *run) workflows(ctx context.Context) error {
	var token []byte
	for {
		page, err := r.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", workflows.CaseName), NextPageToken: token,
		})
		if err != nil {
			return fmt.Errorf("list workflows: %w", err)
		}
		for _, info := range page.GetExecutions() {
			r.report.Runs++
			if err := r.workflow(ctx, info.GetExecution().GetWorkflowId()); err != nil {
				return err
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return nil
		}
	}
}

func (r *run) workflow(ctx context.Context, id string) error {
	f := Finding{WorkflowID: id}
	cohort, school, ok := activities.ParseCaseWorkflowID(id)
	if !ok {
		return nil
	}
	place, err := r.Store.PlaceOf(ctx, cohort, school)
	if err != nil {
		return fmt.Errorf("look up school in cohort: %w", err)
	}
	switch place {
	case models.PlaceCase:
		return nil
	case models.PlacePlanned:
		f.Kind, f.Detail = MissingRow, "a workflow runs for this school, its case row is gone"
		r.found(ctx, f, func() error { return r.rebuild(ctx, id) })
	default:
		f.Kind, f.Detail = OrphanRun, "a workflow runs for a school that is in no such cohort"
		r.found(ctx, f, func() error { return r.end(ctx, id) })
	}
	return nil
}

// end stops a workflow that belongs to nothing. One that ended meanwhile is no problem.
func (r *run) end(ctx context.Context, id string) error {
	err := r.Client.TerminateWorkflow(ctx, id, "", "reconcile: no cohort knows this case")
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return nil
	}
	return err
}
