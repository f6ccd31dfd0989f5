package api

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"zhengxiao/internal/apperr"
	"zhengxiao/workflows"
)

// NewEngine returns the Engine behind a Temporal client.
func NewEngine(c client.Client) Engine { return temporal{c} }

type temporal struct{ client client.Client }

// SignalCase names no run: the mailbox of a case outlives its runs.
func (t temporal) SignalCase(ctx context.Context, workflowID string, e workflows.Envelope) error {
	return engineError(t.client.SignalWorkflow(ctx, workflowID, "", workflows.SignalAction, e), "signal case")
}

// StartCohort may be called again after an opening ended: schools added since are opened.
func (t temporal) StartCohort(ctx context.Context, cohortID string) error {
	_, err := t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.CohortWorkflowID(cohortID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.CohortName, workflows.CohortInput{CohortID: cohortID})
	return engineError(err, "start cohort")
}

// SendDigests starts what the schedule starts, under an id of its own.
func (t temporal) SendDigests(ctx context.Context) error {
	_, err := t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.DigestSchedule + "-now", TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.DigestName)
	return engineError(err, "start digest")
}

func (t temporal) Check(ctx context.Context) error {
	_, err := t.client.CheckHealth(ctx, &client.CheckHealthRequest{})
	return engineError(err, "check engine")
}

// engineError sorts the engine's errors into the two that callers tell apart: no such
// running workflow, and everything else, after which nobody knows what arrived.
func engineError(err error, doing string) error {
	if err == nil {
		return nil
	}
	wrapped := fmt.Errorf("%s: %w", doing, err)
	if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
		return apperr.Wrap(wrapped, apperr.NotFound, "该项目的流程没有在运行。")
	}
	return apperr.Wrap(wrapped, apperr.Unavailable, "流程引擎暂时无法访问，未确认本次操作是否生效。请稍后查看，未生效时再重试。")
}
