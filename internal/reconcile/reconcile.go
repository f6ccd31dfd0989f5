// Package reconcile compares what SQL and the workflow engine hold of every case, names
// each difference and repairs it. While a case is open the longer valid chain of events
// wins.
package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// Kind names a difference.
type Kind string

// The differences.
const (
	SQLAhead    Kind = "sql_ahead"    // SQL has events the workflow has not applied
	SQLBehind   Kind = "sql_behind"   // the workflow has applied events SQL does not have
	Diverged    Kind = "diverged"     // same length, different content: for an operator
	MissingRow  Kind = "missing_row"  // a workflow runs whose case row is gone
	MissingRun  Kind = "missing_run"  // an open case whose workflow does not run
	OrphanRun   Kind = "orphan_run"   // a workflow runs for a school no cohort knows
	BrokenChain Kind = "broken_chain" // the events of a case fail their own check: for an operator
	Unreachable Kind = "unreachable"  // the workflow did not answer
)

var kindNames = map[Kind]string{
	SQLAhead: "数据库超前", SQLBehind: "数据库落后", Diverged: "内容不一致", MissingRow: "项目记录缺失",
	MissingRun: "流程缺失", OrphanRun: "多余的流程", BrokenChain: "事件链损坏", Unreachable: "流程无应答",
}

// Name is what users call the difference.
func (k Kind) Name() string { return kindNames[k] }

// Finding is one difference, and whether it was repaired.
type Finding struct {
	Kind       Kind   `json:"kind"`
	CaseID     string `json:"case_id,omitempty"`
	WorkflowID string `json:"workflow_id"`
	Detail     string `json:"detail"`
	Repaired   bool   `json:"repaired"`
}

// Report is what one run saw.
type Report struct {
	Cases    int       `json:"cases"` // rows compared
	Runs     int       `json:"runs"`  // workflows compared
	Findings []Finding `json:"findings"`
}

// Deps is what reconcile works with.
type Deps struct {
	Store  *models.Store
	Client client.Client
	Logger *slog.Logger
}

// Options choose between looking and mending. Progress, if set, is told after each case.
type Options struct {
	Repair   bool
	Progress func(done int)
}

type run struct {
	Deps

	opts   Options
	report Report
}

// Run compares every open case in SQL with its workflow, then every running workflow
// with SQL.
func Run(ctx context.Context, d Deps, o Options) (Report, error) {
	r := &run{Deps: d, opts: o}
	if err := r.rows(ctx); err != nil {
		return r.report, fmt.Errorf("compare case rows: %w", err)
	}
	if err := r.workflows(ctx); err != nil {
		return r.report, fmt.Errorf("compare workflows: %w", err)
	}
	return r.report, nil
}

// found notes a difference and, if asked to, mends it.
func (r *run) found(ctx context.Context, f Finding, mend func() error) {
	if r.opts.Repair && mend != nil {
		if err := mend(); err != nil {
			f.Detail += "; not repaired: " + err.Error()
		} else {
			f.Repaired = true
		}
	}
	r.Logger.WarnContext(ctx, "difference", "kind", f.Kind, "case", f.CaseID, "workflow", f.WorkflowID, "detail", f.Detail, "repaired", f.Repaired)
	r.report.Findings = append(r.report.Findings, f)
}

func (r *run) rows(ctx context.Context) error {
	return r.Store.EachCase(ctx, func(c models.Case) error {
		r.row(ctx, c)
		r.report.Cases++
		if r.opts.Progress != nil {
			r.opts.Progress(r.report.Cases)
		}
		return ctx.Err()
	})
}

// row compares one case.
func (r *run) row(ctx context.Context, c models.Case) {
	f := Finding{CaseID: c.ID, WorkflowID: c.WorkflowID}
	if err := r.verify(ctx, c.ID); err != nil {
		f.Kind, f.Detail = BrokenChain, err.Error()
		r.found(ctx, f, func() error { return r.rebuild(ctx, c.WorkflowID) })
		return
	}
	status, err := r.status(ctx, c.WorkflowID)
	if err != nil {
		f.Kind, f.Detail = Unreachable, err.Error()
		r.found(ctx, f, nil)
		return
	}
	if c.Stage == domain.StageClosed && status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return // ended on both sides; the engine forgets it after its retention
	}
	if lost(status) {
		f.Kind, f.Detail = MissingRun, fmt.Sprintf("the case is open, its workflow is %s", status)
		r.found(ctx, f, func() error { return r.revive(ctx, c, status) })
		return
	}
	r.compare(ctx, c, f)
}

// verify looks twice: a decision between reading the row and its events makes a whole
// chain look broken.
func (r *run) verify(ctx context.Context, caseID string) error {
	if r.Store.VerifyChain(ctx, caseID) == nil {
		return nil
	}
	return r.Store.VerifyChain(ctx, caseID)
}

// status is the state of a case's newest run, Unspecified when the engine knows none.
func (r *run) status(ctx context.Context, workflowID string) (enums.WorkflowExecutionStatus, error) {
	d, err := r.Client.DescribeWorkflowExecution(ctx, workflowID, "")
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED, nil
	}
	if err != nil {
		return 0, err
	}
	return d.GetWorkflowExecutionInfo().GetStatus(), nil
}

// lost reports whether a run ended in another way than a case ends.
func lost(status enums.WorkflowExecutionStatus) bool {
	return status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && status != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
}

// The workflow is asked first and SQL read after: SQL commits before the workflow applies,
// so on a system at work SQL can be a little ahead, never behind.
const (
	looks     = 5
	lookAgain = 200 * time.Millisecond
)

// compare looks at both until they agree, or differ for longer than a decision takes.
func (r *run) compare(ctx context.Context, c models.Case, f Finding) {
	var running domain.State
	var err error
	for range looks {
		if running, err = r.ask(ctx, c.WorkflowID); err == nil {
			c, err = r.Store.CaseByID(ctx, c.ID)
		}
		if err != nil {
			f.Kind, f.Detail = Unreachable, err.Error()
			r.found(ctx, f, nil)
			return
		}
		if c.Seq <= running.Seq {
			break
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAgain):
		}
	}
	f.Detail = fmt.Sprintf("SQL is at event %d, the workflow at %d", c.Seq, running.Seq)
	switch {
	case c.Seq > running.Seq:
		f.Kind = SQLAhead
		r.found(ctx, f, func() error { return r.catchUp(ctx, c) })
	case c.Seq < running.Seq:
		f.Kind = SQLBehind
		r.found(ctx, f, func() error { return r.rebuild(ctx, c.WorkflowID) })
	default:
		raw, err := json.Marshal(running)
		if err == nil && string(raw) == c.State {
			return
		}
		f.Kind = Diverged
		r.found(ctx, f, nil)
	}
}

// ask queries a workflow's own state.
func (r *run) ask(ctx context.Context, workflowID string) (domain.State, error) {
	var s domain.State
	v, err := r.Client.QueryWorkflow(ctx, workflowID, "", workflows.QueryState)
	if err != nil {
		return s, err
	}
	return s, v.Get(&s)
}
