package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// Credit is one year of one teacher's school-based hours. Visit is the visit of the task
// that confirmed or registered it last.
type Credit struct {
	CaseID       string `gorm:"primaryKey"`
	UserID       string `gorm:"primaryKey"`
	Year         int    `gorm:"primaryKey;autoIncrement:false"`
	Hours        domain.Hours
	State        domain.CreditState
	RecognizedAt time.Time
	Visit        int
	ConfirmedBy  string
	ConfirmedAt  *time.Time
	RegisteredAt *time.Time
	Receipt      string
}

// TableName is the table of Credit.
func (Credit) TableName() string { return "credits" }
