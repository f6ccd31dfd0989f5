package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// Bulletin is a notice that an office sends out (下发通知). Path is that of the office;
// ReceiptBy is until when the 回执 is wanted; RemindedDay is of calendar.DayNumber.
type Bulletin struct {
	ID          string `gorm:"primaryKey"`
	OrgID       string
	Path        string
	AuthorID    string
	Title       string
	Body        string
	Receipt     bool
	ReceiptBy   *time.Time
	Recipients  int
	Delivered   int // of Recipients so far
	RemindedDay int
	SHA256      string `gorm:"column:sha256"` // of the request
	SentAt      time.Time
}

// TableName is the table of Bulletin.
func (*Bulletin) TableName() string { return "bulletins" }

// BulletinRun is the delivery of a bulletin, or of a reminder of it, that is not finished.
type BulletinRun struct {
	BulletinID string `gorm:"primaryKey"`
	Again      string // empty for the bulletin itself; tells the notices of a reminder apart
	Audience   string // JSON of Audience; empty for a reminder
	// AfterPath and AfterUser are the organisation and person last delivered to. AfterUser
	// is empty when everybody at AfterPath was; a reminder goes by persons only.
	AfterPath string
	AfterUser string
	DueAt     time.Time
}

// TableName is the table of BulletinRun.
func (BulletinRun) TableName() string { return "bulletin_runs" }

// The states of a recipient, in order.
const (
	BulletinUnread    = "unread"
	BulletinRead      = "read"
	BulletinConfirmed = "confirmed"
)

// BulletinRecipient is one person whom a bulletin went to, in the seat for which it did.
type BulletinRecipient struct {
	BulletinID  string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	OrgID       string
	Path        string // of OrgID
	Role        domain.Role
	State       string
	ReadAt      *time.Time
	ConfirmedAt *time.Time
	Reply       string
}

// TableName is the table of BulletinRecipient.
func (BulletinRecipient) TableName() string { return "bulletin_recipients" }

// Late reports whether a 回执 that is wanted did not come in time.
func (b *Bulletin) Late(r BulletinRecipient, now time.Time) bool {
	if !b.Receipt || b.ReceiptBy == nil {
		return false
	}
	if r.ConfirmedAt != nil {
		now = *r.ConfirmedAt
	}
	return now.After(*b.ReceiptBy)
}
