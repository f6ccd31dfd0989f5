package models

import "time"

// PolicyRow is one merged policy. Body is the canonical JSON that Digest was taken over.
type PolicyRow struct {
	Digest    string `gorm:"primaryKey"`
	Programme string
	Body      string
	CreatedAt time.Time
}

// TableName is the table of PolicyRow.
func (PolicyRow) TableName() string { return "policies" }

// Overlay is one immutable version of a province's, city's, district's or cohort's
// changes to the base policy. ScopeID is the organisation or the cohort.
type Overlay struct {
	ID            string `gorm:"primaryKey"`
	Programme     string
	Level         string
	ScopeID       string
	Version       int
	Body          string
	Reason        string
	EffectiveFrom time.Time
	Digest        string // of a cohort's version: the policy it made
	Replaced      string // and the one before
	CreatedBy     string
	CreatedAt     time.Time
}

// TableName is the table of Overlay.
func (Overlay) TableName() string { return "overlays" }

// CalendarRow is one version of the working-day calendar.
type CalendarRow struct {
	Version   string `gorm:"primaryKey"`
	Body      string
	Reason    string
	CreatedBy string
	CreatedAt time.Time
}

// TableName is the table of CalendarRow.
func (CalendarRow) TableName() string { return "calendars" }
