package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// TeamMember is one member of the 信息化管理团队.
type TeamMember struct {
	CaseID         string `gorm:"primaryKey"`
	UserID         string `gorm:"primaryKey"`
	Duty           domain.Duty
	CIO            bool `gorm:"column:cio"`
	SchoolLeader   bool
	Responsibility string
}

// TableName is the table of TeamMember.
func (TeamMember) TableName() string { return "team_members" }

// Diagnosis is the drafted 诊断报告 (SWOT) with the teaching environment's type.
type Diagnosis struct {
	CaseID        string `gorm:"primaryKey"`
	Environment   string
	Strengths     string
	Weaknesses    string
	Opportunities string
	Threats       string
	UpdatedBy     string
	UpdatedAt     time.Time
}

// TableName is the table of Diagnosis.
func (Diagnosis) TableName() string { return "diagnoses" }

// PlanDraft is the text of one part of the 两案 before it is submitted.
type PlanDraft struct {
	CaseID    string `gorm:"primaryKey"`
	Part      string `gorm:"primaryKey"`
	Text      string
	UpdatedBy string
	UpdatedAt time.Time
}

// TableName is the table of PlanDraft.
func (PlanDraft) TableName() string { return "plan_drafts" }

// The statuses of a plan revision.
const (
	PlanSubmitted = "submitted"
	PlanWithdrawn = "withdrawn"
	PlanReturned  = "returned"
	PlanFiled     = "filed"
)

// PlanRevision is one submitted 两案. Body is the canonical JSON that SHA256 was taken
// over.
type PlanRevision struct {
	CaseID      string `gorm:"primaryKey"`
	Version     int    `gorm:"primaryKey;autoIncrement:false"`
	SHA256      string `gorm:"column:sha256"`
	Body        string
	SubmittedBy string
	SubmittedAt time.Time
	Status      string
	FiledAt     *time.Time
	FilingNo    string
}

// TableName is the table of PlanRevision.
func (PlanRevision) TableName() string { return "plan_revisions" }

// FilingDecision is what a reviewer did with the 两案.
type FilingDecision string

// The decisions of a reviewer. OpinionTakeBack undoes the one before it.
const (
	OpinionApprove  FilingDecision = "approve"
	OpinionReturn   FilingDecision = "return"
	OpinionTakeBack FilingDecision = "take_back"
)

// FilingOpinion is what one reviewer of the filing chain decided. Seq is the event's.
type FilingOpinion struct {
	CaseID   string `gorm:"primaryKey"`
	Seq      int    `gorm:"primaryKey;autoIncrement:false"`
	Revision int
	Step     int
	ActorID  string
	Decision FilingDecision
	Comment  string
	At       time.Time
}

// TableName is the table of FilingOpinion.
func (FilingOpinion) TableName() string { return "filing_opinions" }

// Standing leaves out what was taken back, and the taking back, of opinions in order.
func Standing(rows []FilingOpinion) []FilingOpinion {
	var standing []FilingOpinion
	for _, o := range rows {
		switch {
		case o.Decision != OpinionTakeBack:
			standing = append(standing, o)
		case len(standing) > 0:
			standing = standing[:len(standing)-1]
		}
	}
	return standing
}

// GuidanceVisit is one 进校指导 (003:17).
type GuidanceVisit struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string
	VisitorID string
	OrgID     string
	At        time.Time
	Topic     string
	Content   string
	Advice    string
	CreatedAt time.Time
}

// TableName is the table of GuidanceVisit.
func (GuidanceVisit) TableName() string { return "guidance_visits" }
