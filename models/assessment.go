package models

import "time"

// The results of 过程性材料初审.
const (
	ReviewPassed = "passed"
	ReviewFailed = "failed"
)

// InitialReview is the school administrator's 初审 of one teacher.
type InitialReview struct {
	CaseID     string `gorm:"primaryKey"`
	UserID     string `gorm:"primaryKey"`
	Result     string
	Reason     string
	ReviewerID string
	At         time.Time
}

// TableName is the table of InitialReview.
func (InitialReview) TableName() string { return "initial_reviews" }

// The group's view of a practice submission, and the team's grades.
const (
	PracticeWaiting  = "waiting"
	PracticePassed   = "passed"
	PracticeReturned = "returned"

	GradeQualified   = "qualified"   // 合格
	GradeUnqualified = "unqualified" // 不合格
)

// Practice is the 应用能力点测评 of one teacher in one point: the teacher submits, the
// group reviews, the team grades (003:447).
type Practice struct {
	CaseID      string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	Code        string `gorm:"primaryKey"`
	Note        string
	SubmittedAt time.Time
	GroupStatus string
	GroupByID   string
	GroupReason string
	GroupAt     *time.Time
	Grade       string
	GradeNote   string
	GradedBy    string
	GradedAt    *time.Time
}

// TableName is the table of Practice.
func (Practice) TableName() string { return "practice" }
