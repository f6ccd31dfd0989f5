package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// CaseStart is everything the engine needs to start a case; package workflows fills it,
// so that ids and names have one home.
type CaseStart struct {
	Workflow  string `json:"workflow"`
	TaskQueue string `json:"task_queue"`
}

// OpenBatchParams asks for the next schools of a cohort to be opened.
type OpenBatchParams struct {
	CohortID string    `json:"cohort_id"`
	Limit    int       `json:"limit"`
	Start    CaseStart `json:"start"`
}

// OpenBatchResult says how many cases were opened and how many a minute the cohort wants.
type OpenBatchResult struct {
	Opened int `json:"opened"`
	Pace   int `json:"pace"`
}

// CaseArgs is the input of a case workflow, as workflows.CaseInput reads it.
type CaseArgs struct {
	State domain.State  `json:"state"`
	Skew  time.Duration `json:"skew,omitempty"`
}

// CaseWorkflowID is the id of a school's case in a cohort.
func CaseWorkflowID(cohortID, schoolID string) string { return "case-" + cohortID + "-" + schoolID }

// ParseCaseWorkflowID is the way back. Ids are UUIDs of 36 characters.
func ParseCaseWorkflowID(id string) (cohortID, schoolID string, ok bool) {
	rest, ok := strings.CutPrefix(id, "case-")
	if !ok || len(rest) != 36+1+36 || rest[36] != '-' {
		return "", "", false
	}
	return rest[:36], rest[37:], true
}

// OpenBatch opens the next planned schools: the row first, then its workflow. A crash
// between the two leaves the school planned in the engine's eyes, and the next run
// starts the workflow that is missing.
func (a *Activities) OpenBatch(ctx context.Context, p OpenBatchParams) (OpenBatchResult, error) {
	cohort, err := a.Store.Cohort(ctx, p.CohortID)
	if err != nil {
		return OpenBatchResult{}, fmt.Errorf("load cohort: %w", err)
	}
	schools, err := a.Store.PlannedSchools(ctx, p.CohortID, p.Limit)
	if err != nil {
		return OpenBatchResult{}, fmt.Errorf("list planned schools: %w", err)
	}
	for i, school := range schools {
		if err := a.openCase(ctx, p, school); err != nil {
			return OpenBatchResult{}, fmt.Errorf("open case of school %s: %w", school, err)
		}
		activity.RecordHeartbeat(ctx, i+1)
	}
	return OpenBatchResult{Opened: len(schools), Pace: cohort.Pace}, nil
}

func (a *Activities) openCase(ctx context.Context, p OpenBatchParams, schoolID string) error {
	id := CaseWorkflowID(p.CohortID, schoolID)
	c, err := a.Store.OpenCase(ctx, models.NewCase{
		CohortID: p.CohortID, SchoolID: schoolID, WorkflowID: id,
		ActionID: domain.SystemActionID(id, domain.SystemOpen, 0, ""),
	})
	if apperr.Is(err, apperr.NotFound) {
		return nil // taken out of the cohort since it was listed
	}
	if err != nil {
		return err
	}
	if err := a.StartCase(ctx, p.Start, c); err != nil {
		return err
	}
	return a.Store.MarkOpened(ctx, p.CohortID, schoolID, c.ID)
}

// StartCase starts the workflow of a case at its present state; one that runs already,
// or has ended, is left alone.
func (a *Activities) StartCase(ctx context.Context, start CaseStart, c models.Case) error {
	state, err := c.Decode()
	if err != nil {
		return err
	}
	attributes, err := CaseAttributes(ctx, a.Store, c)
	if err != nil {
		return err
	}
	_, err = a.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: c.WorkflowID, TaskQueue: start.TaskQueue, TypedSearchAttributes: attributes,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, start.Workflow, CaseArgs{State: state, Skew: time.Until(a.Store.Now())})
	if _, started := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); started {
		return nil
	}
	return err
}

// FinishCohort marks a cohort as open once every school has its case.
func (a *Activities) FinishCohort(ctx context.Context, cohortID string) error {
	_, err := a.Store.SetCohortStatus(ctx, cohortID, models.CohortOpening, models.CohortOpen)
	return err
}
