package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// LockedAccount is an account that is locked now.
type LockedAccount struct {
	ID, Login, Name string
	OrgID, Org      string
	LockedFor       string
	LockedAt        *time.Time
	LockedUntil     time.Time
}

// LockedFilter narrows a list of locked accounts; empty fields do not.
type LockedFilter struct {
	Under string // path of any organisation above the account's, or its own
	Cause string // a Verdict
	Text  string // within name or login
}

var lockedOrders = map[string]order[LockedAccount]{
	"until":  {"users.locked_until, users.id", lockedUntil},
	"-until": {"users.locked_until DESC, users.id DESC", lockedUntil},
	"login":  {"users.login", lockedLogin},
	"-login": {"users.login DESC", lockedLogin},
}

func lockedUntil(v *LockedAccount) []any { return []any{&v.LockedUntil, &v.ID} }
func lockedLogin(v *LockedAccount) []any { return []any{&v.Login} }

// LockedAccounts lists the accounts in scope that are locked now, those locked last first
// unless asked otherwise.
func (s *Store) LockedAccounts(ctx context.Context, scope Scope, f LockedFilter, p Page) ([]LockedAccount, string, error) {
	o, p, err := chosen(lockedOrders, p, "-until")
	if err != nil {
		return nil, "", err
	}
	q := scope.Orgs(s.DB(ctx).Table("users")).
		Select("users.id, users.login, users.name, users.org_id, orgs.name AS org, users.locked_for, users.locked_at, users.locked_until").
		Joins("JOIN orgs ON orgs.id = users.org_id").Where("users.locked_until > ?", s.Now())
	if f.Under != "" {
		q = q.Where("orgs.path >= ? AND orgs.path < ?", f.Under, pathEnd(f.Under))
	}
	if f.Cause != "" {
		q = q.Where("users.locked_for = ?", f.Cause)
	}
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR users.login LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list locked accounts")
}

// Unlock lets an account sign in again before its time, for a reason, and tells its owner.
func (s *Store) Unlock(ctx context.Context, userID, reason, told string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var u User
		if err := forUpdate(tx).Where("id = ?", userID).Take(&u).Error; err != nil {
			return found(err, "用户", "lock user")
		}
		if s.Locked(u.LockedUntil) == nil {
			return apperr.New(apperr.Conflict, "该账号没有锁定，可能已到时间自动解除。请刷新后核对。")
		}
		if err := s.putCount(tx, Account(userID), StrangerLogin{}, Undecided); err != nil {
			return err
		}
		if err := tellOwner(tx, userID, "unlock", "账号已解除锁定", told, s.Now()); err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			Action: "user.unlock", SubjectKind: "user", SubjectID: userID, OrgID: u.OrgID,
			Details: map[string]any{"reason": reason, "cause": u.LockedFor, "locked_at": u.LockedAt},
		})
	})
}

// tellOwner leaves a notice about an account to whom it belongs.
func tellOwner(tx *gorm.DB, userID, source, title, body string, now time.Time) error {
	row := Notice{
		ID: newID(), UserID: userID, Source: source + "/" + newID(), Kind: "account", Title: title, Body: body, Link: "/account", CreatedAt: now,
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	return tell(tx, FeedRow{Topic: FeedNotice, UserID: userID})
}
