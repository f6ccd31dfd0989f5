package models

import (
	"strings"
	"time"
)

// ErasureKind is what a run of erasure came of.
type ErasureKind string

// Kinds of runs.
const (
	ErasureMonthly ErasureKind = "monthly" // the system looks each month
	ErasureAsked   ErasureKind = "asked"   // somebody had it look
	ErasurePerson  ErasureKind = "person"  // one account
)

// Name is what users read.
func (k ErasureKind) Name() string {
	return map[ErasureKind]string{ErasureMonthly: "每月例行", ErasureAsked: "人工发起", ErasurePerson: "单个账号"}[k]
}

// ErasureStatus is where a run stands.
type ErasureStatus string

// The states: a run lists what is due, waits for a person to propose it and for another to
// approve it, erases, and is done.
const (
	ErasureListing   ErasureStatus = "listing"
	ErasureListed    ErasureStatus = "listed"
	ErasureProposed  ErasureStatus = "proposed"
	ErasureRunning   ErasureStatus = "running"
	ErasureDone      ErasureStatus = "done"
	ErasureEmpty     ErasureStatus = "empty"
	ErasureDeclined  ErasureStatus = "declined"
	ErasureWithdrawn ErasureStatus = "withdrawn"
)

// Name is what users read.
func (s ErasureStatus) Name() string {
	return map[ErasureStatus]string{
		ErasureListing: "正在列出", ErasureListed: "待提出", ErasureProposed: "待批准", ErasureRunning: "正在清理", ErasureDone: "已完成",
		ErasureEmpty: "没有到期内容", ErasureDeclined: "不同意", ErasureWithdrawn: "已撤回",
	}[s]
}

// ErasureRun is one erasure of what is due.
type ErasureRun struct {
	ID          string `gorm:"primaryKey"`
	OrgID       string
	Path        string
	Kind        ErasureKind
	Classes     string
	SubjectID   string
	RequestID   string
	OpenSlot    string
	Status      ErasureStatus
	Reason      string
	DueAt       *time.Time // when a worker takes it up
	Listed      string     // how far the list has got
	Items       int
	SHA256      string `gorm:"column:sha256"` // of the list
	PreparedBy  string
	PreparedAt  time.Time
	ProposedBy  string
	ProposedAt  *time.Time
	DecidedBy   string
	DecidedAt   *time.Time
	Comment     string
	FinishedAt  *time.Time
	Certificate string
	KeyID       string
	Signature   string
}

// TableName is the table of ErasureRun.
func (ErasureRun) TableName() string { return "erasure_runs" }

// ClassList are the rules whose data the run erases.
func (r ErasureRun) ClassList() []string { return strings.Split(r.Classes, ",") }

// ErasureState is what became of one item.
type ErasureState string

// The states of items.
const (
	ItemDue     ErasureState = "due"
	ItemErased  ErasureState = "erased"
	ItemHeld    ErasureState = "held"    // by a legal hold or a case that goes on
	ItemWaiting ErasureState = "waiting" // for the end of a lock
	ItemChanged ErasureState = "changed" // since it was listed, and not due any more
)

// Name is what users read.
func (s ErasureState) Name() string {
	return map[ErasureState]string{
		ItemDue: "待清理", ItemErased: "已清理", ItemHeld: "暂缓", ItemWaiting: "等待解锁", ItemChanged: "已变化，不清理",
	}[s]
}

// ErasureItem is what a run erases in one go: an account, what a case has of one kind, or a
// month of messages.
type ErasureItem struct {
	RunID   string `gorm:"primaryKey"`
	No      int    `gorm:"primaryKey;autoIncrement:false"`
	Class   string
	Kind    string
	Ref     string
	Path    string
	Amount  int
	Done    int
	Since   time.Time
	State   ErasureState
	Note    string
	EndedAt *time.Time
}

// TableName is the table of ErasureItem.
func (*ErasureItem) TableName() string { return "erasure_items" }

// HoldKind is what a legal hold is on.
type HoldKind string

// Kinds of holds.
const (
	HoldPerson HoldKind = "person"
	HoldCase   HoldKind = "case"
	HoldOrg    HoldKind = "org"
)

// Name is what users read.
func (k HoldKind) Name() string {
	return map[HoldKind]string{HoldPerson: "人员", HoldCase: "项目", HoldOrg: "单位"}[k]
}

// HoldStatus says whether a hold is in force.
type HoldStatus string

// The states of holds.
const (
	HoldSet    HoldStatus = "set"
	HoldLifted HoldStatus = "lifted"
)

// Name is what users read.
func (s HoldStatus) Name() string {
	return map[HoldStatus]string{HoldSet: "生效", HoldLifted: "已解除"}[s]
}

// LegalHold keeps what it is on from being erased, whatever its age.
type LegalHold struct {
	ID         string `gorm:"primaryKey"`
	Kind       HoldKind
	SubjectID  string
	Path       string
	Reason     string
	OpenSlot   string
	Status     HoldStatus
	SetBy      string
	SetAt      time.Time
	LiftedBy   string
	LiftedAt   *time.Time
	LiftReason string
}

// TableName is the table of LegalHold.
func (LegalHold) TableName() string { return "legal_holds" }

// RetentionRule is how long one class is kept where that differs from privacy.Rules.
type RetentionRule struct {
	Class     string `gorm:"primaryKey"`
	Months    int
	Reason    string
	UpdatedBy string
	UpdatedAt time.Time
}

// TableName is the table of RetentionRule.
func (RetentionRule) TableName() string { return "retention_rules" }
