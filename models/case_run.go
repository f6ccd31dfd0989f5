package models

import "time"

// The kinds of a run over the cases of a cohort.
const (
	RunCalendar = "calendar" // deadlines are worked out again by another calendar
	RunMigrate  = "migrate"  // cases go on by another version of the policy
)

// CaseRun is one message to many cases. Source and Target are calendar versions or digests
// of policies; Source is empty where cases come from several. SHA256 tells a repeated
// request from another one under the same id.
type CaseRun struct {
	ID        string `gorm:"primaryKey"`
	CohortID  string
	Kind      string
	Source    string
	Target    string
	Reason    string
	Cases     int
	SHA256    string `gorm:"column:sha256"`
	CreatedBy string
	CreatedAt time.Time
}

// TableName is the table of CaseRun.
func (CaseRun) TableName() string { return "case_runs" }

// CaseRunItem is one case of a run. What became of it is the action with that id.
type CaseRunItem struct {
	RunID    string `gorm:"primaryKey"`
	No       int    `gorm:"primaryKey;autoIncrement:false"`
	CaseID   string
	ActionID string
}

// TableName is the table of CaseRunItem.
func (CaseRunItem) TableName() string { return "case_run_items" }
