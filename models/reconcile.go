package models

import "time"

// The statuses of a reconcile run. One that goes on without a sign of life is lost.
const (
	ReconcileRunning = "running"
	ReconcileDone    = "done"
	ReconcileFailed  = "failed"
	ReconcileLost    = "lost"
)

// ReconcileRun is one comparison of SQL with the engine. Slot keeps a second one from
// going on at the same time.
type ReconcileRun struct {
	ID         string `gorm:"primaryKey"`
	Slot       string
	Repair     bool
	StartedBy  string
	StartedAt  time.Time
	BeatAt     time.Time // the last sign of life
	FinishedAt *time.Time
	Status     string
	Checked    int // cases compared
	Total      int // cases there were at the start
	Workflows  int // running workflows compared
	Found      int
	Repaired   int
	Message    string // why it failed
}

// TableName is the table of ReconcileRun.
func (ReconcileRun) TableName() string { return "reconcile_runs" }

// ReconcileFinding is one difference that a run saw, the N-th.
type ReconcileFinding struct {
	RunID      string `gorm:"primaryKey"`
	N          int    `gorm:"primaryKey;autoIncrement:false"`
	Kind       string
	CaseID     string
	WorkflowID string
	Detail     string
	Repaired   bool
}

// TableName is the table of ReconcileFinding.
func (ReconcileFinding) TableName() string { return "reconcile_findings" }
