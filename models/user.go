package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// User is one person with an account. The ID number and the phone are stored sealed,
// with a blind index to look them up by; IDNumberMask is what lists show.
type User struct {
	ID            string `gorm:"primaryKey"`
	Login         string
	Name          string
	PasswordHash  string
	MustChange    bool
	PasswordAt    *time.Time // when the password was set
	OrgID         string
	Disabled      bool
	Failed        int
	LockedUntil   *time.Time
	LockedAt      *time.Time
	LockedFor     string // which answers were wrong: a Verdict
	IDNumberEnc   string
	IDNumberIndex *string
	IDNumberMask  string
	PhoneEnc      string
	PhoneIndex    string
	ErasedAt      *time.Time // when the personal data were erased
	// PrivacyVersion is the version of the 隐私政策 that was read last.
	PrivacyVersion string
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// TableName is the table of User.
func (User) TableName() string { return "users" }

// Grant gives a user a role at an organisation.
type Grant struct {
	UserID    string      `gorm:"primaryKey"`
	Role      domain.Role `gorm:"primaryKey"`
	OrgID     string      `gorm:"primaryKey"`
	CreatedAt time.Time
	// For is whose role it is when the user only stands in for somebody for now.
	For string `gorm:"-"`
}

// SameSeat reports whether h is the same role at the same organisation.
func (g Grant) SameSeat(h Grant) bool { return g.Role == h.Role && g.OrgID == h.OrgID }

// TableName is the table of Grant.
func (Grant) TableName() string { return "grants" }

// Session is one login. TokenHash is the auth.HashSession of the token the browser holds.
type Session struct {
	ProviderSession

	TokenHash string `gorm:"primaryKey"`
	UserID    string
	IP        string `gorm:"column:ip"`
	Agent     string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	ProvedAt  *time.Time // when the person last proved who they are
	Provider  string     // by which the person signed in, "" by password
	Factored  bool       // the provider vouches for a second factor
	MAC       string     `gorm:"column:mac"` // keyed digest by the process that wrote it
}

// ProviderSession is whose session of a provider's a login came of, as SubjectOf; empty
// where the provider does not say.
type ProviderSession struct {
	Sub string `gorm:"column:provider_sub"`
	SID string `gorm:"column:provider_sid"`
}

// Ref names the session to its owner and in the audit log; it is no use to enter it.
func (s Session) Ref() string { return SessionRef(s.TokenHash) }

// TableName is the table of Session.
func (Session) TableName() string { return "sessions" }
