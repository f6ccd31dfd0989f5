package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// TaskQueue is where workers of this product listen.
const TaskQueue = "zhengxiao"

// Names under which workflows, the signal and the query are known to the engine. They
// outlive any refactoring: running cases refer to them.
const (
	CaseName     = "Case"
	CohortName   = "Cohort"
	SignalAction = "action"
	QueryState   = "state"
)

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

// ActionID is the identity of what a person does: the same person doing the same thing
// to the same case under the same key is one action.
func ActionID(actorID, caseID string, kind domain.Kind, key string) string {
	return hash("action", actorID, caseID, string(kind), key)
}

// SystemActionID is the identity of what a timer or a job reports: once per case, visit
// and subject.
func SystemActionID(caseID string, kind domain.Kind, visit int, subject string) string {
	return hash("system", caseID, string(kind), fmt.Sprint(visit), subject)
}

// hash joins parts unambiguously: each is preceded by its length.
func hash(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d:%s", len(p), p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
