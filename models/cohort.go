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
	UpdatedAt       time.Time
}

// TableName is the table of Cohort.
func (Cohort) TableName() string { return "cohorts" }

// The statuses of a school within a cohort.
const (
	SchoolPlanned = "planned"
	SchoolOpened  = "opened"
)

// CohortSchool is a school's place in a cohort; CaseID is set once its case exists.
type CohortSchool struct {
	CohortID string `gorm:"primaryKey"`
	SchoolID string `gorm:"primaryKey"`
	Status   string
	CaseID   *string
	OpenedAt *time.Time
}

// TableName is the table of CohortSchool.
func (CohortSchool) TableName() string { return "cohort_schools" }
