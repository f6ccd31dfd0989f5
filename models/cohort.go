package models

import "time"

// CohortStatus is where a cohort stands.
type CohortStatus string

// The cohort statuses, in order.
const (
	CohortDraft   CohortStatus = "draft"
	CohortOpening CohortStatus = "opening" // its cases are being started
	CohortOpen    CohortStatus = "open"
	CohortClosed  CohortStatus = "closed"
)

// Cohort is a batch (批次) of schools. Path is the path of the organisation that runs it.
// Pace is how many cases are started a minute; WindowStart and WindowEnd bound the study.
type Cohort struct {
	ID              string `gorm:"primaryKey"`
	Code            string
	Name            string
	Programme       string
	OrgID           string
	Path            string
	PolicyDigest    string
	CalendarVersion string
	LayersAt        *time.Time // when the overlays it is built on were in force
	WindowStart     time.Time
	WindowEnd       time.Time
	OpensAt         *time.Time
	Status          CohortStatus
	Pace            int
	CreatedBy       string
	CreatedAt       time.Time
	UpdatedBy       string // who edited it last
	PreviousID      string // the cohort whose second round this is
	UpdatedAt       time.Time
}

// TableName is the table of Cohort.
func (Cohort) TableName() string { return "cohorts" }

// The statuses of a school within a cohort. Only planned schools are opened.
const (
	SchoolPlanned  = "planned"
	SchoolOpened   = "opened"
	SchoolDeferred = "deferred" // 缓期 until a day
	SchoolExempt   = "exempt"   // 免考
	SchoolMoved    = "moved"    // taken up by the second round
)

// CohortSchool is a school's place in a cohort; CaseID is set once its case exists. Until
// is when a 缓期 ends; Reason, DecidedBy and DecidedAt tell of the last decision on it.
type CohortSchool struct {
	CohortID  string `gorm:"primaryKey"`
	SchoolID  string `gorm:"primaryKey"`
	Status    string
	CaseID    *string
	OpenedAt  *time.Time
	Until     *time.Time
	Reason    string
	DecidedBy string
	DecidedAt *time.Time
}

// TableName is the table of CohortSchool.
func (*CohortSchool) TableName() string { return "cohort_schools" }

// Due reports whether a 缓期 is over.
func (c *CohortSchool) Due(now time.Time) bool {
	return c.Status == SchoolDeferred && c.Until != nil && !c.Until.After(now)
}
