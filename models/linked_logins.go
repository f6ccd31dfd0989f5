package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// LinkedLogin lets a person in who signed in at a provider. Subject is SubjectOf.
type LinkedLogin struct {
	Provider  string `gorm:"primaryKey"`
	Subject   string `gorm:"primaryKey"`
	UserID    string
	CreatedAt time.Time
	UsedAt    *time.Time
}

// TableName is the table of LinkedLogin.
func (LinkedLogin) TableName() string { return "linked_logins" }

// SubjectOf is what is kept of a provider's name for a person: enough to know it again.
func SubjectOf(provider, subject string) string {
	sum := sha256.Sum256([]byte(provider + "\n" + subject))
	return hex.EncodeToString(sum[:])
}

// SSOPurpose is what a request to a provider is for.
type SSOPurpose string

// The purposes.
const (
	SSOLogin SSOPurpose = "login"
	SSOLink  SSOPurpose = "link"  // to an account that is signed in
	SSOProof SSOPurpose = "proof" // of who is signed in
	SSOEnd   SSOPurpose = "end"   // of a session: the provider's request to us, kept so that it is met once
)

// SSOAttempt is a request to a provider under way.
type SSOAttempt struct {
	ProviderSession

	ID        string `gorm:"primaryKey"` // hash of the browser's secret
	Provider  string
	Purpose   SSOPurpose
	Session   string // SessionRef of the one it belongs to
	UserID    string // known by the provider already; only the second factor is missing
	ProvedAt  *time.Time
	ReturnTo  string
	CreatedAt time.Time
}

// TableName is the table of SSOAttempt.
func (SSOAttempt) TableName() string { return "sso_attempts" }

// SSOGrant is a role that a provider's mapping gave.
type SSOGrant struct {
	UserID   string      `gorm:"primaryKey"`
	Role     domain.Role `gorm:"primaryKey"`
	OrgID    string      `gorm:"primaryKey"`
	Provider string
}

// TableName is the table of SSOGrant.
func (SSOGrant) TableName() string { return "sso_grants" }

// attemptLasts is how long somebody may take at a provider.
const attemptLasts = 10 * time.Minute

// BeginSSO keeps an attempt, and forgets those that came to nothing.
func (s *Store) BeginSSO(ctx context.Context, a SSOAttempt) error {
	if err := s.purgeAttempts(ctx); err != nil {
		return err
	}
	if a.CreatedAt.IsZero() {
		a.CreatedAt = s.Now()
	}
	return fail(s.DB(ctx).Create(&a).Error, "begin login at provider")
}

func (s *Store) purgeAttempts(ctx context.Context) error {
	err := s.DB(ctx).Where("created_at < ?", s.Now().Add(-attemptLasts)).Delete(&SSOAttempt{}).Error
	return fail(err, "purge attempts")
}

// TakeSSO returns an attempt once: whoever comes second finds none.
func (s *Store) TakeSSO(ctx context.Context, id string) (*SSOAttempt, error) {
	none := apperr.New(apperr.Unauthenticated, "登录请求已过期或已使用，请返回登录页重新开始。")
	var a SSOAttempt
	if err := s.DB(ctx).Where("id = ?", id).Limit(1).Find(&a).Error; err != nil {
		return nil, fail(err, "load attempt")
	}
	res := s.DB(ctx).Where("id = ?", id).Delete(&SSOAttempt{})
	switch {
	case res.Error != nil:
		return nil, fail(res.Error, "take attempt")
	case a.ID == "" || res.RowsAffected == 0 || s.Now().Sub(a.CreatedAt) > attemptLasts:
		return nil, none
	}
	return &a, nil
}

// LinkedUser is whose account a provider's person is linked to; nil without one.
func (s *Store) LinkedUser(ctx context.Context, provider, subject string) (*User, error) {
	var l LinkedLogin
	err := s.DB(ctx).Where("provider = ? AND subject = ?", provider, SubjectOf(provider, subject)).Limit(1).Find(&l).Error
	if err != nil || l.UserID == "" {
		return nil, fail(err, "load linked login")
	}
	return s.User(ctx, l.UserID)
}

// LinkedLogins are those of an account.
func (s *Store) LinkedLogins(ctx context.Context, userID string) ([]LinkedLogin, error) {
	var rows []LinkedLogin
	err := s.DB(ctx).Where("user_id = ?", userID).Order("provider").Find(&rows).Error
	return rows, fail(err, "list linked logins")
}

// LinkLogin lets a provider's person into an account from now on.
func (s *Store) LinkLogin(ctx context.Context, provider, subject, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return s.linkLogin(tx, provider, subject, userID) })
}

func (s *Store) linkLogin(tx *gorm.DB, provider, subject, userID string) error {
	err := tx.Create(&LinkedLogin{Provider: provider, Subject: SubjectOf(provider, subject), UserID: userID, CreatedAt: s.Now()}).Error
	if IsDuplicate(err) {
		return apperr.Wrap(err, apperr.Conflict, "该平台账号已绑定了别的账号，或您的账号已绑定了该平台的另一个账号；请先解除原来的绑定。")
	}
	if err != nil {
		return fail(err, "link login")
	}
	return audit(tx, AuditEntry{Action: "login.link", SubjectKind: "user", SubjectID: userID, Details: map[string]any{"provider": provider}})
}

// UnlinkLogin ends that, the sessions that came of it, and the roles that it gave.
func (s *Store) UnlinkLogin(ctx context.Context, provider, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Where("user_id = ? AND provider = ?", userID, provider).Delete(&LinkedLogin{})
		if err := one(res, res.Error, "绑定", "unlink login"); err != nil {
			return err
		}
		if err := s.remap(tx, userID, provider, nil); err != nil {
			return err
		}
		if err := tx.Where("user_id = ? AND provider = ?", userID, provider).Delete(&Session{}).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "login.unlink", SubjectKind: "user", SubjectID: userID, Details: map[string]any{"provider": provider}})
	})
}

// CreateLinked makes an account of a provider's person, with what the mapping gives.
func (s *Store) CreateLinked(ctx context.Context, provider, subject string, n NewUser) (*User, error) {
	u, err := s.newUser(n)
	if err != nil {
		return nil, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&u).Error; err != nil {
			return duplicateUser(err)
		}
		e := AuditEntry{
			ActorID: u.ID, Action: "user.create", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID, Details: map[string]any{"provider": provider},
		}
		if err := audit(tx, e); err != nil {
			return err
		}
		return s.linkLogin(tx, provider, subject, u.ID)
	})
	return &u, fail(err, "create linked account")
}

// Remap gives an account the roles that a provider's mapping gives now, and takes those
// away that it gave before and gives no more. What people gave stays.
func (s *Store) Remap(ctx context.Context, userID, provider string, now []Grant) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := forUpdate(tx).Where("id = ?", userID).Take(&User{}).Error; err != nil {
			return found(err, "用户", "lock account")
		}
		if err := s.remap(tx, userID, provider, now); err != nil {
			return err
		}
		return fail(tx.Model(&LinkedLogin{}).Where("user_id = ? AND provider = ?", userID, provider).Update("used_at", s.Now()).Error, "note use")
	})
}

func (s *Store) remap(tx *gorm.DB, userID, provider string, now []Grant) error {
	var mapped []SSOGrant
	if err := tx.Where("user_id = ? AND provider = ?", userID, provider).Find(&mapped).Error; err != nil {
		return fail(err, "load mapped roles")
	}
	for _, m := range mapped {
		g := Grant{UserID: m.UserID, Role: m.Role, OrgID: m.OrgID}
		if slices.ContainsFunc(now, g.SameSeat) {
			continue
		}
		if err := tx.Delete(&m).Error; err != nil {
			return fail(err, "forget mapped role")
		}
		if err := s.unseat(tx, g); err != nil {
			return err
		}
	}
	for _, g := range now {
		if err := s.seat(tx, userID, provider, g); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) unseat(tx *gorm.DB, g Grant) error {
	res := tx.Where("user_id = ? AND role = ? AND org_id = ?", g.UserID, g.Role, g.OrgID).Delete(&Grant{})
	if res.Error != nil || res.RowsAffected == 0 {
		return fail(res.Error, "take mapped role")
	}
	return audit(tx, granted("user.revoke", g))
}

func (s *Store) seat(tx *gorm.DB, userID, provider string, g Grant) error {
	if g.Role.Triad() {
		return apperr.Newf(apperr.Forbidden, "“%s”须两人办理，不能由登录平台授予。", g.Role.Name())
	}
	g.UserID, g.CreatedAt = userID, s.Now()
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g)
	if res.Error != nil || res.RowsAffected == 0 {
		return fail(res.Error, "give mapped role") // a person or another login gave it already
	}
	err := upsert(tx).Create(&SSOGrant{UserID: userID, Role: g.Role, OrgID: g.OrgID, Provider: provider}).Error
	if err != nil {
		return fail(err, "note mapped role")
	}
	return audit(tx, granted("user.grant", g))
}
