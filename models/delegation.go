package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Delegation is 委托 of one role of one person to a colleague for a time. EndedAt is when it
// was ended early.
type Delegation struct {
	ID        string `gorm:"primaryKey"`
	FromUser  string
	ToUser    string
	Role      domain.Role
	OrgID     string
	StartsAt  time.Time
	EndsAt    time.Time
	Reason    string
	CreatedAt time.Time
	EndedAt   *time.Time
}

// TableName is the table of Delegation.
func (Delegation) TableName() string { return "delegations" }

// Active reports whether it is in force at an instant.
func (d Delegation) Active(at time.Time) bool {
	return d.EndedAt == nil && !at.Before(d.StartsAt) && at.Before(d.EndsAt)
}

func (d Delegation) rule() domain.Delegation {
	return domain.Delegation{From: d.FromUser, To: d.ToUser, Role: d.Role, OrgID: d.OrgID, StartsAt: d.StartsAt, EndsAt: d.EndsAt, Reason: d.Reason}
}

// Delegate lets somebody hold roles of the delegator for a time, all or none.
func (s *Store) Delegate(ctx context.Context, d Delegation, roles []Grant) ([]Delegation, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	if len(roles) == 0 {
		return nil, apperr.Field("roles", "请选择要委托的身份。")
	}
	if err := d.rule().Check(s.Now()); err != nil {
		return nil, err
	}
	rows := make([]Delegation, 0, len(roles))
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		rows = rows[:0]
		if err := lockUsers(tx, d.FromUser, d.ToUser); err != nil {
			return err
		}
		for _, g := range roles {
			row := d
			row.ID, row.Role, row.OrgID, row.CreatedAt = newID(), g.Role, g.OrgID, s.Now()
			facts, err := delegationFacts(tx, row)
			if err != nil {
				return err
			}
			if err := row.rule().Fits(facts); err != nil {
				return err
			}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return tell(tx, FeedRow{Topic: FeedTasks, UserID: d.FromUser}, FeedRow{Topic: FeedTasks, UserID: d.ToUser})
	})
	return rows, fail(err, "delegate")
}

// lockUsers serialises the delegations of the people concerned, in one order.
func lockUsers(tx *gorm.DB, ids ...string) error {
	slices.Sort(ids)
	for _, id := range ids {
		var u User
		if err := forUpdate(tx).Where("id = ?", id).Take(&u).Error; err != nil {
			return found(err, "用户", "load user")
		}
	}
	return nil
}

// delegationFacts are read after both people are locked.
func delegationFacts(tx *gorm.DB, d Delegation) (f domain.DelegationFacts, err error) {
	var own, colleague int64
	err = tx.Model(&Grant{}).Where("user_id = ? AND role = ? AND org_id = ?", d.FromUser, d.Role, d.OrgID).Count(&own).Error
	if err != nil {
		return f, err
	}
	err = tx.Table("users p").Where("p.id = ? AND p.disabled = ?", d.ToUser, false).
		Where(belongs("?"), d.OrgID, d.OrgID, domain.RoleExpert).Count(&colleague).Error
	if err != nil {
		return f, err
	}
	var rows []Delegation
	err = tx.Where("role = ? AND org_id = ? AND ended_at IS NULL AND starts_at < ? AND ends_at > ?", d.Role, d.OrgID, d.EndsAt, d.StartsAt).
		Where("from_user IN ? OR to_user = ?", []string{d.FromUser, d.ToUser}, d.FromUser).Find(&rows).Error
	f.Own, f.Colleague = own > 0, colleague > 0
	for _, r := range rows {
		f.Others = append(f.Others, r.rule())
	}
	return f, err
}

// belongs is true of a user p of the organisation: by account, or by a role there. Its
// experts come from anywhere.
func belongs(org string) string {
	return "(p.org_id = " + org + " OR EXISTS (SELECT 1 FROM grants c WHERE c.user_id = p.id AND c.org_id = " + org + " AND c.role <> ?))"
}

// EndDelegation ends one before its time; either side may. Ending it again changes nothing.
func (s *Store) EndDelegation(ctx context.Context, id, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var d Delegation
		if err := forUpdate(tx).Where("id = ? AND (from_user = ? OR to_user = ?)", id, userID, userID).Take(&d).Error; err != nil {
			return found(err, "委托", "load delegation")
		}
		if d.EndedAt != nil || !d.EndsAt.After(s.Now()) {
			return nil
		}
		if err := tx.Model(&d).Update("ended_at", s.Now()).Error; err != nil {
			return fail(err, "end delegation")
		}
		return tell(tx, FeedRow{Topic: FeedTasks, UserID: d.FromUser}, FeedRow{Topic: FeedTasks, UserID: d.ToUser})
	})
}

// DelegationView is a delegation with the names a list shows.
type DelegationView struct {
	Delegation

	FromName string
	ToName   string
	OrgName  string
}

// Delegations lists those a person gave or received, newest first; only those that last or
// lie ahead unless all.
func (s *Store) Delegations(ctx context.Context, userID string, all bool) ([]DelegationView, error) {
	q := s.DB(ctx).Table("delegations").
		Select("delegations.*, f.name AS from_name, t.name AS to_name, orgs.name AS org_name").
		Joins("JOIN users f ON f.id = delegations.from_user").Joins("JOIN users t ON t.id = delegations.to_user").
		Joins("JOIN orgs ON orgs.id = delegations.org_id").
		Where("delegations.from_user = ? OR delegations.to_user = ?", userID, userID)
	if !all {
		q = q.Where("delegations.ended_at IS NULL AND delegations.ends_at > ?", s.Now())
	}
	var rows []DelegationView
	err := q.Order("delegations.starts_at DESC, delegations.id DESC").Limit(500).Find(&rows).Error
	return rows, fail(err, "list delegations")
}

// inForce narrows a query to delegations that count now: in time, of somebody who still
// holds the role, to somebody who is still a colleague.
func (s *Store) inForce(tx *gorm.DB) *gorm.DB {
	now := s.Now()
	return tx.Table("delegations AS d").
		Joins("JOIN grants g ON g.user_id = d.from_user AND g.role = d.role AND g.org_id = d.org_id").
		Joins("JOIN users f ON f.id = d.from_user AND f.disabled = ?", false).
		Joins("JOIN users p ON p.id = d.to_user AND p.disabled = ?", false).
		Where("d.ended_at IS NULL AND d.starts_at <= ? AND d.ends_at > ?", now, now).
		Where(belongs("d.org_id"), domain.RoleExpert)
}

// GrantsNow lists a person's roles as they count now: the own ones, and those of others
// whom the person stands in for.
func (s *Store) GrantsNow(ctx context.Context, userID string) ([]Grant, error) {
	own, err := s.Grants(ctx, userID)
	if err != nil {
		return nil, err
	}
	var rows []Delegation
	err = s.inForce(s.DB(ctx)).Where("d.to_user = ?", userID).Select("d.*").Order("d.role, d.org_id, d.from_user").Find(&rows).Error
	for _, d := range rows {
		own = append(own, Grant{UserID: userID, Role: d.Role, OrgID: d.OrgID, CreatedAt: d.CreatedAt, For: d.FromUser})
	}
	return own, fail(err, "list delegated grants")
}

// HoldersNow tells who can act in a role at an organisation: its enabled holders, and who
// stands in for them.
func (s *Store) HoldersNow(ctx context.Context, seat Seat) (domain.Holders, error) {
	h := domain.Holders{Proxies: map[string]string{}}
	users, err := s.Holders(ctx, seat.OrgID, seat.Role)
	if err != nil {
		return h, err
	}
	for _, u := range users {
		h.Able = append(h.Able, u.ID)
	}
	var rows []Delegation
	err = s.inForce(s.DB(ctx)).Where("d.role = ? AND d.org_id = ?", seat.Role, seat.OrgID).Select("d.*").Find(&rows).Error
	for _, d := range rows {
		h.Proxies[d.FromUser] = d.ToUser
	}
	return h, fail(err, "list stand-ins")
}
