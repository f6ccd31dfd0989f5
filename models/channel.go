package models

import (
	"time"

	"zhengxiao/internal/notify"
)

// Channel is where an office has what happens below it told. URLs and secrets are sealed.
type Channel struct {
	Quiet `gorm:"embedded"`

	ID        string `gorm:"primaryKey"`
	OrgID     string
	Path      string // of OrgID
	Kind      notify.Kind
	Name      string
	URLEnc    string `gorm:"column:url_enc"`
	URLMask   string `gorm:"column:url_mask"`
	Server    string // JSON of notify.Server, of a mail channel
	SecretEnc string
	FormerEnc string // the webhook's secret before, good until it is dropped
	Topics    string
	PerMinute int
	Disabled  bool
	CreatedBy string
	CreatedAt time.Time
	UpdatedBy string
	UpdatedAt time.Time
}

// TableName is the table of Channel.
func (*Channel) TableName() string { return "channels" }

// ChannelHealth is how a channel does.
type ChannelHealth struct {
	ChannelID string `gorm:"primaryKey"`
	Failures  int    // in a row
	Since     *time.Time
	OpenUntil *time.Time // left alone until then
	SlotAt    time.Time  // when the message after those already let through may go out
	SentAt    *time.Time
	LastCode  string
	LastText  string
}

// TableName is the table of ChannelHealth.
func (ChannelHealth) TableName() string { return "channel_health" }

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of deliveries.
const (
	DeliveryQueued  DeliveryState = "queued"
	DeliverySending DeliveryState = "sending"
	DeliveryFailed  DeliveryState = "failed" // and to be tried again
	DeliverySent    DeliveryState = "sent"
	DeliveryDead    DeliveryState = "dead" // given up, until somebody has it sent again
)

// Delivery is one message for one channel. Its id is what receivers know it by, however
// often it arrives.
type Delivery struct {
	ID        string `gorm:"primaryKey"`
	ChannelID string
	Path      string // of the channel
	UserID    string // who gets a mail; "" for a group
	Source    string
	Kind      string
	CaseID    string
	School    string
	Title     string
	Body      string
	Link      string
	Daily     bool   // goes out with the others of the day
	Batch     string // the first of those it goes out with
	State     DeliveryState
	Attempts  int
	NextAt    *time.Time // when it is taken up, nil once it has ended
	Claim     string
	Code      string
	Detail    string
	Receipt   string
	CreatedAt time.Time
	QueuedAt  time.Time // created, or last put back by hand
	EndedAt   *time.Time
}

// TableName is the table of Delivery.
func (*Delivery) TableName() string { return "deliveries" }

// Contact is the mail address of a user, and one that is still to be proved.
type Contact struct {
	UserID      string `gorm:"primaryKey"`
	MailEnc     string
	MailIndex   string
	MailMask    string
	VerifiedAt  *time.Time
	PendingEnc  string
	PendingMask string
	CodeEnc     string
	CodeTries   int
	CodeUntil   *time.Time
	CodesDay    int // the day, of calendar.DayNumber, in which CodesSent were sent
	CodesSent   int
	UpdatedAt   time.Time
}

// TableName is the table of Contact.
func (Contact) TableName() string { return "contacts" }

// NoticeChoice is what a user wants by mail.
type NoticeChoice struct {
	Quiet `gorm:"embedded"`

	UserID    string `gorm:"primaryKey"`
	Topics    string
	Daily     bool
	DailyAt   int // minute of the day in China
	UpdatedAt time.Time
}

// TableName is the table of NoticeChoice.
func (NoticeChoice) TableName() string { return "notice_choices" }
