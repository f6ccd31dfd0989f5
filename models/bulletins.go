package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// Audience says whom a bulletin is for: the holders of some roles at organisations and
// everything below them, or at the schools of a cohort.
type Audience struct {
	Scope    Scope         `json:"scope"` // of the sender; nobody outside is written to
	Roles    []domain.Role `json:"roles"`
	Paths    []string      `json:"paths,omitempty"`
	CohortID string        `json:"cohort_id,omitempty"`
}

// orgs narrows a query that reads orgs to those of the audience.
func (a Audience) orgs(q *gorm.DB) *gorm.DB {
	q = a.Scope.Orgs(q)
	if a.CohortID != "" {
		return q.Joins("JOIN cohort_schools ON cohort_schools.school_id = orgs.id AND cohort_schools.cohort_id = ?", a.CohortID)
	}
	return Scope{Paths: a.Paths}.Orgs(q)
}

// seats narrows a query to the enabled accounts of the audience, without the sender.
func (a Audience) seats(q *gorm.DB, senderID string) *gorm.DB {
	return q.Joins("JOIN orgs ON orgs.id = grants.org_id").Joins("JOIN users ON users.id = grants.user_id").
		Where("grants.role IN ? AND users.disabled = ? AND users.id <> ?", a.Roles, false, senderID)
}

// CountAddressees counts the people of an audience, each once, without the sender.
func (s *Store) CountAddressees(ctx context.Context, a Audience, senderID string) (int, error) {
	var n int64
	err := a.orgs(a.seats(s.DB(ctx).Table("grants"), senderID)).Distinct("grants.user_id").Count(&n).Error
	return int(n), fail(err, "count addressees")
}

func (b *Bulletin) check(now time.Time) error {
	switch {
	case b.Title == "":
		return apperr.Field("title", "请填写通知标题。")
	case b.Body == "":
		return apperr.Field("body", "请填写通知内容。")
	case b.ReceiptBy != nil && !b.Receipt:
		return apperr.Field("receipt_by", "不要求回执的通知没有回执期限，请勾选要求回执或去掉期限。")
	case b.ReceiptBy != nil && !b.ReceiptBy.After(now):
		return apperr.Field("receipt_by", "回执期限须晚于现在。")
	}
	return nil
}

// SendBulletin sends b to an audience: to a small one at once, to a large one bit by bit by
// the workers (DeliverBulletins). Sending the same again, by its id, changes nothing.
func (s *Store) SendBulletin(ctx context.Context, b Bulletin, a Audience) (*Bulletin, error) {
	known, err := s.sentBefore(ctx, b)
	if known != nil || err != nil {
		return known, err
	}
	if err := b.check(s.Now()); err != nil {
		return nil, err
	}
	if b.Recipients, err = s.CountAddressees(ctx, a, b.AuthorID); err != nil {
		return nil, err
	}
	if b.Recipients == 0 {
		return nil, apperr.Field("roles", "所选单位中没有这些角色的在用账号，请另选收件人。")
	}
	audience, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode audience: %w", err)
	}
	b.SentAt = s.Now()
	if b.ReceiptBy != nil {
		by := b.ReceiptBy.UTC().Truncate(time.Microsecond)
		b.ReceiptBy = &by
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		return s.startRun(tx, BulletinRun{BulletinID: b.ID, Audience: string(audience)})
	})
	if err != nil && !IsDuplicate(err) {
		return nil, fail(err, "send bulletin")
	}
	return s.sentBefore(ctx, b) // or the same request was faster
}

func (s *Store) sentBefore(ctx context.Context, b Bulletin) (*Bulletin, error) {
	var known []Bulletin
	err := s.DB(ctx).Where("id = ?", b.ID).Limit(1).Find(&known).Error
	if err != nil || len(known) == 0 {
		return nil, fail(err, "look for bulletin")
	}
	if known[0].SHA256 != b.SHA256 {
		return nil, errRunReused
	}
	return &known[0], nil
}

// bulletinSource begins the source of every notice of a bulletin.
func bulletinSource(id string) string { return "bulletin/" + id }

// Bulletin is one sent by an office in scope.
func (s *Store) Bulletin(ctx context.Context, scope Scope, id string) (*Bulletin, error) {
	var b Bulletin
	if err := scope.within(s.DB(ctx), "bulletins.path", "").Where("id = ?", id).Take(&b).Error; err != nil {
		return nil, found(err, "通知", "load bulletin")
	}
	return &b, nil
}

// RemindBulletin tells those again who have not read a bulletin, or not sent the 回执 that
// it asks for, at most once a day; many are told bit by bit, as by SendBulletin. It returns
// how many there are.
func (s *Store) RemindBulletin(ctx context.Context, id string) (int, error) {
	var n int64
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var b Bulletin
		if err := forUpdate(tx).Where("id = ?", id).Take(&b).Error; err != nil {
			return found(err, "通知", "load bulletin")
		}
		today := calendar.DayNumber(s.Now())
		if b.RemindedDay == today {
			return apperr.New(apperr.Conflict, "今天已经提醒过，每天最多提醒一次，请明天再试。")
		}
		var runs int64
		if err := tx.Model(&BulletinRun{}).Where("bulletin_id = ?", id).Count(&runs).Error; err != nil {
			return fail(err, "look for delivery of bulletin")
		}
		if runs > 0 {
			return apperr.New(apperr.Conflict, "该通知或上一次提醒还在送达中，请等全部送达后再提醒。")
		}
		if err := b.waiting(tx).Count(&n).Error; err != nil {
			return fail(err, "count who has not answered")
		}
		if n == 0 {
			return apperr.New(apperr.Conflict, "所有收件人都已阅读并按要求回执，不需要提醒。")
		}
		if err := tx.Model(&b).Update("reminded_day", today).Error; err != nil {
			return err
		}
		return s.startRun(tx, BulletinRun{BulletinID: id, Again: calendar.DayStart(today).In(china).Format("/20060102")})
	})
	return int(n), err
}

// waiting is a query of the recipients who have not done what the bulletin asks for.
func (b *Bulletin) waiting(tx *gorm.DB) *gorm.DB {
	states := []string{BulletinUnread}
	if b.Receipt {
		states = append(states, BulletinRead)
	}
	return tx.Model(&BulletinRecipient{}).Where("bulletin_id = ? AND state IN ?", b.ID, states)
}
