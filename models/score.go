package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// SelfScore is the school's own score for one indicator in one round.
type SelfScore struct {
	CaseID    string `gorm:"primaryKey"`
	Round     int    `gorm:"primaryKey;autoIncrement:false"`
	Indicator string `gorm:"primaryKey"`
	Score     domain.Score
}

// TableName is the table of SelfScore.
func (SelfScore) TableName() string { return "self_scores" }

// ScoreDraft is what an expert has written down before submitting. Score is nil while
// only a note exists.
type ScoreDraft struct {
	CaseID    string `gorm:"primaryKey"`
	Round     int    `gorm:"primaryKey;autoIncrement:false"`
	ExpertID  string `gorm:"primaryKey"`
	Indicator string `gorm:"primaryKey"`
	Score     *domain.Score
	Note      string
	UpdatedAt time.Time
}

// TableName is the table of ScoreDraft.
func (ScoreDraft) TableName() string { return "score_drafts" }

// ScoreRow is one submitted score of one expert.
type ScoreRow struct {
	CaseID      string `gorm:"primaryKey"`
	Round       int    `gorm:"primaryKey;autoIncrement:false"`
	ExpertID    string `gorm:"primaryKey"`
	Indicator   string `gorm:"primaryKey"`
	Score       domain.Score
	Note        string
	SubmittedAt time.Time
}

// TableName is the table of ScoreRow.
func (ScoreRow) TableName() string { return "scores" }
