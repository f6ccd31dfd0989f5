package models

import "time"

// OutboxRow is work that was decided together with an event and is done afterwards, at
// least once. Subject tells apart several rows of one kind from one event.
type OutboxRow struct {
	ID           string `gorm:"primaryKey"`
	CaseID       string
	Seq          int
	Kind         string
	Subject      string
	Payload      string
	CreatedAt    time.Time
	NotBefore    time.Time
	Attempts     int
	Claim        string
	ClaimedUntil *time.Time
	DoneAt       *time.Time
	LastError    string
}

// TableName is the table of OutboxRow.
func (OutboxRow) TableName() string { return "outbox" }

// Notice tells one user something. Source makes delivering it twice harmless.
type Notice struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	Source    string
	CaseID    string
	Kind      string
	Title     string
	Body      string
	Link      string // the page of the app it leads to, when that is not the case
	CreatedAt time.Time
	ReadAt    *time.Time
}

// TableName is the table of Notice.
func (Notice) TableName() string { return "notices" }

// Alarm tells the operator that something needs a look. Its id is chosen by whoever
// raises it, so that raising it again changes nothing.
type Alarm struct {
	ID         string `gorm:"primaryKey"`
	Kind       string
	CaseID     string
	WorkflowID string
	RunID      string
	Detail     string
	Raw        []byte
	CreatedAt  time.Time
	// ClearedAt is when it was dealt with, by whom and how; the system clears its own
	// alarms without naming anybody.
	ClearedAt   *time.Time
	ClearedBy   string
	ClearedNote string
}

// TableName is the table of Alarm.
func (Alarm) TableName() string { return "alarms" }
