package workflows

import (
	"go.temporal.io/api/enums/v1"

	"zhengxiao/activities"
)

// TaskQueue is where workers of this product listen.
const TaskQueue = "zhengxiao"

// Names under which workflows, the signal and the query are known to the engine. They
// outlive any refactoring: running cases refer to them.
const (
	CaseName     = "Case"
	CohortName   = "Cohort"
	DigestName   = "Digest"
	SignalAction = "action"
	QueryState   = "state"

	AuditHeadName = "AuditHead"
)

// DigestSchedule is the id of the schedule that starts the weekly digest.
const DigestSchedule = "weekly-digest"

// AuditHeadSchedule is the id of the schedule that keeps the daily heads of the audit log.
const AuditHeadSchedule = "daily-audit-head"

// Envelope is the one message a case understands. It names who acts and what they saw,
// and carries no personal data.
type Envelope = activities.Envelope

// CaseInput starts a case, or carries it over to its next run: its state, and decision
// clock minus engine clock when the previous run ended.
type CaseInput = activities.CaseArgs

// CohortInput starts or carries on the opening of a cohort.
type CohortInput struct {
	CohortID string `json:"cohort_id"`
	Opened   int    `json:"opened,omitempty"` // by earlier runs
}

// CohortWorkflowID is the id of the workflow that opens a cohort.
func CohortWorkflowID(cohortID string) string { return "cohort-" + cohortID }

// SearchAttributes are the search attributes that the engine's namespace must know.
func SearchAttributes() map[string]enums.IndexedValueType { return activities.SearchAttributes() }
