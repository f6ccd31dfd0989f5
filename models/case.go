package models

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// Case is the projection of one 整校推进项目. State is the JSON of domain.State, byte for
// byte what the workflow carries; Project derives the columns that lists use from it.
type Case struct {
	ID             string `gorm:"primaryKey"`
	CohortID       string
	SchoolID       string
	SchoolName     string
	DistrictID     string // the superior organisation: the district, or the city of a 局属 school
	Direct         bool
	Path           string // of the school, for scopes
	WorkflowID     string
	Programme      string
	PolicyDigest   string
	Stage          domain.Stage
	StageNo        int // Stage.No, to sort by
	Seq            int
	Round          int
	Result         domain.Result
	Verdict        domain.Verdict
	State          string
	HeadHash       string
	WaitingTask    domain.Task
	WaitingRole    domain.Role
	WaitingOrgID   string
	WaitingUserID  string
	WaitingSince   *time.Time
	DueAt          *time.Time
	Paused         bool       // nothing is due while the case rests
	SortAt         time.Time  // DueAt, or FarEnd when nothing is due
	WaitAt         time.Time  // WaitingSince, or FarEnd when nobody is waited for
	PlanStart      *time.Time // when the present stage was to begin and to end: see plan
	PlanEnd        *time.Time
	PlanAt         time.Time // PlanEnd, or FarEnd when there is no plan
	Overdue        bool
	Returned       bool
	FilingNo       string
	FullTime       int
	RosterFrozenAt *time.Time
	OpenedAt       time.Time
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"` // when the last event happened
	ClosedAt       *time.Time
}

// TableName is the table of Case.
func (*Case) TableName() string { return "cases" }

// FarEnd stands for "no due date" where rows are sorted by it.
var FarEnd = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Decode returns the case's state.
func (c *Case) Decode() (domain.State, error) {
	var s domain.State
	if err := json.Unmarshal([]byte(c.State), &s); err != nil {
		return s, fmt.Errorf("decode state of case %s: %w", c.ID, err)
	}
	return s, nil
}

// Project writes s and everything lists need of it into the row, as of at. HeadHash is
// left to the caller.
func (c *Case) Project(s domain.State, at time.Time) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode state of case %s: %w", c.ID, err)
	}
	c.State = string(raw)
	c.Stage, c.StageNo, c.Seq, c.Round, c.Result, c.Verdict = s.Stage, s.Stage.No(), s.Seq, s.Round, s.Result, s.Verdict
	c.FilingNo, c.FullTime, c.Returned = s.FilingNo, s.Teachers, s.Return != nil
	switch {
	case s.Filed == 0:
		c.RosterFrozenAt = nil // not yet filed, or the filing was taken back
	case c.RosterFrozenAt == nil:
		c.RosterFrozenAt = &at
	}
	if c.ClosedAt == nil && s.Closed() {
		c.ClosedAt = &at
	}
	c.UpdatedAt = at
	c.projectWait(s)
	return nil
}

func (c *Case) projectWait(s domain.State) {
	w, waiting := s.Main()
	w = shown(s, w)
	c.Paused = s.Paused != nil
	c.WaitingTask, c.WaitingRole, c.WaitingOrgID, c.WaitingUserID = w.Task, w.Role, w.OrgID, w.UserID
	c.WaitingSince, c.DueAt, c.WaitAt, c.SortAt, c.Overdue = nil, nil, FarEnd, FarEnd, w.Overdue
	if !waiting {
		return
	}
	c.WaitingSince, c.WaitAt = &w.Since, w.Since
	c.DueAt, c.SortAt = w.Due, sortAt(w.Due)
}

// shown is a task as lists show it: nothing is due while its case rests.
func shown(s domain.State, w domain.Wait) domain.Wait {
	if s.Paused != nil {
		w.Due, w.Overdue = nil, false
	}
	return w
}

// Event is one accepted action. Hash covers the event and PrevHash.
type Event struct {
	CaseID      string `gorm:"primaryKey"`
	Seq         int    `gorm:"primaryKey;autoIncrement:false"`
	ActionID    string
	Kind        domain.Kind
	ActorID     string
	ActorRole   domain.Role
	ActorOrg    string
	OnBehalf    string // for whom, when the actor stood in for somebody
	At          time.Time
	Body        string
	Patch       string
	PrevHash    string
	Hash        string
	StageBefore domain.Stage
	StageAfter  domain.Stage
	Round       int
	Stated      *string // what became of the rows it wrote; see stated.go
	KeyID       string  // of the key that signed Hash, "" from before there was one
	Signature   string
}

// TableName is the table of Event.
func (*Event) TableName() string { return "events" }

// The statuses of an action.
const (
	ActionPending  = "pending"
	ActionAccepted = "accepted"
	ActionRefused  = "refused"
)

// ActionRow is an action from its receipt to its outcome. Outcome is the JSON of
// domain.Outcome once decided.
type ActionRow struct {
	ID         string `gorm:"primaryKey"`
	CaseID     string
	ActorID    string
	Kind       domain.Kind
	BodySHA256 string `gorm:"column:body_sha256"`
	Status     string
	Seq        int
	Code       string
	Message    string
	Field      string
	Outcome    string
	ReceivedAt time.Time
	DecidedAt  *time.Time
	Envelope   *string    // the message, while a person's action is pending
	ResendAt   *time.Time // when it is sent again, likewise

	EnvelopeMAC string `gorm:"column:envelope_mac"` // keyed digest of it by the process that received it
}

// TableName is the table of ActionRow.
func (ActionRow) TableName() string { return "actions" }

// The statuses of a task.
const (
	TaskOpen      = "open"
	TaskDone      = "done"
	TaskCancelled = "cancelled"
)

// TaskRow is one wait of a case as the inbox shows it. UserID is empty when anyone with
// the role at the organisation may act.
type TaskRow struct {
	CaseID   string `gorm:"primaryKey"`
	Visit    int    `gorm:"primaryKey;autoIncrement:false"`
	Task     domain.Task
	Role     domain.Role
	OrgID    string
	UserID   string
	Path     string
	Since    time.Time
	DueAt    *time.Time
	SortAt   time.Time // DueAt, or FarEnd when nothing is due
	Overdue  bool
	Reminded int
	Urged    int
	// ClaimedBy is who of the office has taken the task; it counts while they can act.
	ClaimedBy string
	// Barred are those of the office who must leave it to another, separated by commas.
	Barred   string
	Status   string
	DoneBy   string
	DoneAt   *time.Time
	DoneKind domain.Kind
}

// TableName is the table of TaskRow.
func (*TaskRow) TableName() string { return "tasks" }

// BeforeCreate lets SortAt follow DueAt.
func (t *TaskRow) BeforeCreate(*gorm.DB) error {
	t.SortAt = sortAt(t.DueAt)
	return nil
}

// sortAt is where something due at that time stands in a sorted list.
func sortAt(due *time.Time) time.Time {
	if due == nil {
		return FarEnd
	}
	return *due
}
