package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// InitialReview is the school administrator's 初审 of one teacher. A teacher without a row
// is domain.ReviewPending.
type InitialReview struct {
	CaseID     string `gorm:"primaryKey"`
	UserID     string `gorm:"primaryKey"`
	Result     domain.ReviewResult
	Reason     string
	ReviewerID string
	At         time.Time
}

// TableName is the table of InitialReview.
func (InitialReview) TableName() string { return "initial_reviews" }

// Practice is the 应用能力点测评 of one teacher in one point: the teacher submits, the
// group reviews, the team grades (003:447). A chosen point without a row is
// domain.PointChosen.
type Practice struct {
	CaseID       string `gorm:"primaryKey"`
	UserID       string `gorm:"primaryKey"`
	Code         string `gorm:"primaryKey"`
	Status       domain.PointStatus
	Note         string
	SubmittedAt  time.Time
	ReviewedBy   string
	ReviewedAt   *time.Time
	ReviewReason string
	GradedBy     string
	GradedAt     *time.Time
	GradeNote    string
}

// TableName is the table of Practice.
func (Practice) TableName() string { return "practice" }
