package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// RequestStatus is where a request to change a frozen roster stands.
type RequestStatus string

// The statuses of requests.
const (
	RequestOpen      RequestStatus = "open"
	RequestConsented RequestStatus = "consented"
	RequestDeclined  RequestStatus = "declined"
	RequestWithdrawn RequestStatus = "withdrawn"
)

// RosterRequest is what a school asks to change of one teacher on its frozen roster.
// OldStatus is empty for somebody who is to be added. OpenSlot is the teacher while the
// request waits, and its own id afterwards: one teacher, one open request.
type RosterRequest struct {
	ID         string `gorm:"primaryKey"`
	CaseID     string
	UserID     string
	Name       string
	Subject    string
	FullTime   bool
	OldStatus  domain.RosterStatus
	NewStatus  domain.RosterStatus
	Reason     string
	Status     RequestStatus
	OpenSlot   string
	AskedBy    string
	AskedAt    time.Time
	AnsweredBy string
	AnsweredAt *time.Time
	Comment    string
}

// TableName is the table of RosterRequest.
func (RosterRequest) TableName() string { return "roster_requests" }
