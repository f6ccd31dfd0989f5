package domain

import (
	"encoding/json"
	"slices"
	"time"

	"zhengxiao/internal/apperr"
)

// Kind names what is being done to a case.
type Kind string

// The actions of people.
const (
	SubmitTeam       Kind = "team.submit"
	ReturnTeam       Kind = "team.return"
	SubmitDiagnosis  Kind = "diagnosis.submit"
	SubmitPlan       Kind = "plan.submit"
	WithdrawPlan     Kind = "plan.withdraw"
	ApprovePlan      Kind = "filing.approve"
	ReturnPlan       Kind = "filing.return"
	FinishTraining   Kind = "training.finish"
	ReopenTraining   Kind = "training.reopen"
	SubmitAssessment Kind = "assessment.submit"
	SubmitDossier    Kind = "dossier.submit"
	AssignPanel      Kind = "panel.assign"
	AcceptPanel      Kind = "panel.accept"
	DeclinePanel     Kind = "panel.decline"
	DeclareConflict  Kind = "panel.declare"
	Recuse           Kind = "panel.recuse"
	SubmitScore      Kind = "score.submit"
	CloseScoring     Kind = "scoring.close"
	ConfirmResult    Kind = "result.confirm"
	ConfirmCredit    Kind = "credit.confirm"
	RegisterCredit   Kind = "credit.register"
	Terminate        Kind = "case.terminate"

	AppealResult  Kind = "result.appeal"
	AcceptResult  Kind = "result.accept"
	TakeBack      Kind = "decision.take_back"
	ClaimTask     Kind = "task.claim"
	ReleaseTask   Kind = "task.release"
	HandOver      Kind = "task.hand_over"
	Extend        Kind = "task.extend"
	Urge          Kind = "task.urge"
	Copy          Kind = "case.copy"
	Pause         Kind = "case.pause"
	Resume        Kind = "case.resume"
	Exempt        Kind = "case.exempt"
	ReopenTeacher Kind = "training.reopen_teacher"
)

// The actions of the system itself: timers, calendar changes, finished jobs.
const (
	SystemOpen      Kind = "system.open"      // the case begins
	SystemRung      Kind = "system.rung"      // a reminder, the due date or an escalation has come
	SystemWindowEnd Kind = "system.window"    // the study window has closed
	SystemRecompute Kind = "system.recompute" // calendar or clock changed: work out open deadlines again
	SystemCredited  Kind = "system.credited"  // every eligible teacher's hours are recognised
	SystemMigrate   Kind = "system.migrate"   // go on by another version of the policy
)

// Actor is who acts, in which role, for which organisation. For are those who have
// delegated (委托) just this role to the actor for now; Proxy says that the actor has it in
// no other way.
type Actor struct {
	UserID string   `json:"user_id"`
	Role   Role     `json:"role"`
	OrgID  string   `json:"org_id"`
	For    []string `json:"for,omitempty"`
	Proxy  bool     `json:"proxy,omitempty"`
}

// Is reports whether the actor is that person, or acts for them.
func (a Actor) Is(userID string) bool { return a.UserID == userID || slices.Contains(a.For, userID) }

// Behalf is the person for whom the actor takes an action on w, or on no task at all when
// w is the zero Wait; empty when it is the actor's own doing.
func (a Actor) Behalf(w Wait) string {
	switch {
	case w.Claimed != "" && slices.Contains(a.For, w.Claimed):
		return w.Claimed
	case a.Proxy && len(a.For) > 0:
		return a.For[max(0, slices.IndexFunc(a.For, w.open))]
	}
	return ""
}

// System is the actor of timers and jobs.
func System() Actor { return Actor{UserID: "system", Role: RoleSystem} }

// Action is one decoded message to a case. Visit is the visit number of the task, or of
// the stage, that the actor saw: it is the expected version.
type Action struct {
	ID    string
	Kind  Kind
	Actor Actor
	Visit int
	Body  Body
	At    time.Time // when it was received
}

// Body is the small payload of an action: ids, numbers and the actor's own words, never
// personal data. Each kind reads the fields it documents in the rules below.
type Body struct {
	To           Stage             `json:"to,omitempty"`            // filing.return: the step to go back to
	Reasons      []Reason          `json:"reasons,omitempty"`       // returns, rectification: what is wrong with which part
	Comment      string            `json:"comment,omitempty"`       // anyone's words
	Revision     int               `json:"revision,omitempty"`      // filing.*: the revision that was read
	Draft        string            `json:"draft,omitempty"`         // plan.submit: sha256 of the draft that was seen
	Until        *time.Time        `json:"until,omitempty"`         // training.reopen*, rectification, task.extend, case.pause: the new limit
	User         string            `json:"user,omitempty"`          // task.hand_over: who takes over; training.reopen_teacher, roster.change: whom
	Users        []string          `json:"users,omitempty"`         // case.copy
	Experts      []string          `json:"experts,omitempty"`       // panel.assign
	Dismiss      []string          `json:"dismiss,omitempty"`       // panel.assign: members who have not scored, to be replaced
	Conflict     bool              `json:"conflict,omitempty"`      // panel.declare
	Scores       map[string]Score  `json:"scores,omitempty"`        // score.submit, dossier.submit (self-score)
	Notes        map[string]string `json:"notes,omitempty"`         // score.submit: 扣分原因 by indicator
	Verdict      Verdict           `json:"verdict,omitempty"`       // result.confirm
	Year         int               `json:"year,omitempty"`          // credit.*: one year, or 0 for all
	Receipt      string            `json:"receipt,omitempty"`       // credit.register: the registry's reference
	Request      string            `json:"request,omitempty"`       // roster.consent, .decline: the request that is answered
	RosterStatus RosterStatus      `json:"roster_status,omitempty"` // roster.change
	Rung         string            `json:"rung,omitempty"`          // system.rung
	Policy       string            `json:"policy,omitempty"`        // system.migrate: digest of the new policy
}

// Reason names a part (a plan part's code, an evidence item's number, …) and what is
// wrong with it.
type Reason struct {
	Part string `json:"part"`
	Text string `json:"text"`
}

// Verdict is the bureau's decision on the experts' scores.
type Verdict string

// The verdicts.
const (
	VerdictPass    Verdict = "pass"    // 通过
	VerdictRectify Verdict = "rectify" // 整改
	VerdictFail    Verdict = "fail"    // 不通过
)

// Outcome is what became of an action. It is decided once, stored with the action's id
// and applied by the workflow; a refusal leaves Seq and Patch empty.
type Outcome struct {
	ActionID string          `json:"id"`
	Kind     Kind            `json:"kind"`
	Seq      int             `json:"seq,omitempty"`
	Code     apperr.Code     `json:"code,omitempty"`
	Message  string          `json:"message,omitempty"`
	Field    string          `json:"field,omitempty"`
	At       time.Time       `json:"at"`
	Patch    json.RawMessage `json:"patch,omitempty"` // RFC 7396 merge patch from the state before to the state after
}

// Accepted reports whether the action took effect.
func (o Outcome) Accepted() bool { return o.Code == "" }

// Err is nil when accepted, otherwise the refusal as the caller should see it.
func (o Outcome) Err() error {
	if o.Accepted() {
		return nil
	}
	return &apperr.Error{Code: o.Code, Message: o.Message, Field: o.Field}
}
