package models

import "time"

// AuditSeal is a signature under a stretch of the audit log.
type AuditSeal struct {
	ToSeq     int64 `gorm:"primaryKey;autoIncrement:false"`
	FromSeq   int64
	Hash      string // of the entry ToSeq
	At        time.Time
	KeyID     string
	Signature string
}

// TableName is the table of AuditSeal.
func (AuditSeal) TableName() string { return "audit_seals" }

// AuditHead is how far the audit log is sealed.
type AuditHead struct {
	ID       string `gorm:"primaryKey"` // there is one
	Seq      int64
	Hash     string
	SealedAt *time.Time
}

// TableName is the table of AuditHead.
func (AuditHead) TableName() string { return "audit_head" }
