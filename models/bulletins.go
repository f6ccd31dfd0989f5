package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// Audience says whom a bulletin is for: the holders of some roles at organisations and
// everything below them, or at the schools of a cohort.
type Audience struct {
	Scope    Scope // of the sender; nobody outside is written to
	Roles    []domain.Role
	Paths    []string
	CohortID string
}

// bulletinNotice is the kind of notices that lead to a bulletin.
const bulletinNotice = "bulletin"

// bulletinExcerpt is how much of a bulletin its notice shows.
const bulletinExcerpt = 200

// Addressees lists the enabled accounts of an audience, each once, without the sender.
func (s *Store) Addressees(ctx context.Context, a Audience, senderID string) ([]BulletinRecipient, error) {
	q := a.Scope.Orgs(s.DB(ctx).Table("grants")).
		Joins("JOIN orgs ON orgs.id = grants.org_id").Joins("JOIN users ON users.id = grants.user_id").
		Where("grants.role IN ? AND users.disabled = ? AND users.id <> ?", a.Roles, false, senderID)
	if a.CohortID != "" {
		q = q.Joins("JOIN cohort_schools ON cohort_schools.school_id = orgs.id AND cohort_schools.cohort_id = ?", a.CohortID)
	} else {
		q = Scope{Paths: a.Paths}.Orgs(q)
	}
	var found []BulletinRecipient
	err := q.Select("grants.user_id, grants.org_id, orgs.path, grants.role").Order("orgs.path, grants.role, grants.user_id").Scan(&found).Error
	if err != nil {
		return nil, fail(err, "list addressees")
	}
	seen, rows := map[string]bool{}, []BulletinRecipient{}
	for _, r := range found {
		if !seen[r.UserID] {
			seen[r.UserID] = true
			r.State = BulletinUnread
			rows = append(rows, r)
		}
	}
	return rows, nil
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

// SendBulletin sends b to an audience. Sending the same again, by its id, changes nothing.
func (s *Store) SendBulletin(ctx context.Context, b Bulletin, a Audience) (*Bulletin, error) {
	known, err := s.sentBefore(ctx, b)
	if known != nil || err != nil {
		return known, err
	}
	if err := b.check(s.Now()); err != nil {
		return nil, err
	}
	rows, err := s.Addressees(ctx, a, b.AuthorID)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, apperr.Field("roles", "所选单位中没有这些角色的在用账号，请另选收件人。")
	}
	b.Recipients, b.SentAt = len(rows), s.Now()
	if b.ReceiptBy != nil {
		by := b.ReceiptBy.UTC().Truncate(time.Microsecond)
		b.ReceiptBy = &by
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		for i := range rows {
			rows[i].BulletinID = b.ID
		}
		if err := tx.CreateInBatches(&rows, batchSize).Error; err != nil {
			return err
		}
		return s.noticeBulletin(tx, &b, rows, "", b.Title)
	})
	if IsDuplicate(err) { // the same request was faster
		return s.sentBefore(ctx, b)
	}
	return &b, fail(err, "send bulletin")
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

// noticeBulletin puts a bulletin into the notices of its recipients; again tells apart a
// reminder.
func (s *Store) noticeBulletin(tx *gorm.DB, b *Bulletin, to []BulletinRecipient, again, title string) error {
	text := truncate(b.Body, bulletinExcerpt)
	if b.Receipt && b.ReceiptBy != nil {
		text = "请于 " + b.ReceiptBy.In(china).Format("2006-01-02 15:04") + " 前回执。" + text
	} else if b.Receipt {
		text = "请打开后回执。" + text
	}
	notices, feed := make([]Notice, len(to)), make([]FeedRow, len(to))
	for i, r := range to {
		notices[i] = Notice{
			ID: newID(), UserID: r.UserID, Source: bulletinSource(b.ID) + again, Kind: bulletinNotice,
			Title: title, Body: text, Link: "/bulletins/received/" + b.ID, CreatedAt: s.Now(),
		}
		feed[i] = FeedRow{Topic: FeedNotice, UserID: r.UserID}
	}
	if err := tx.CreateInBatches(&notices, batchSize).Error; err != nil {
		return fail(err, "deliver bulletin")
	}
	return tell(tx, feed...)
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
// it asks for, at most once a day. It returns how many were told.
func (s *Store) RemindBulletin(ctx context.Context, id string) (int, error) {
	var rows []BulletinRecipient
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		rows = nil
		var b Bulletin
		if err := forUpdate(tx).Where("id = ?", id).Take(&b).Error; err != nil {
			return found(err, "通知", "load bulletin")
		}
		today := calendar.DayNumber(s.Now())
		if b.RemindedDay == today {
			return apperr.New(apperr.Conflict, "今天已经提醒过，每天最多提醒一次，请明天再试。")
		}
		waiting := []string{BulletinUnread}
		if b.Receipt {
			waiting = append(waiting, BulletinRead)
		}
		if err := tx.Where("bulletin_id = ? AND state IN ?", id, waiting).Order("user_id").Find(&rows).Error; err != nil {
			return fail(err, "list who has not answered")
		}
		if len(rows) == 0 {
			return apperr.New(apperr.Conflict, "所有收件人都已阅读并按要求回执，不需要提醒。")
		}
		if err := tx.Model(&b).Update("reminded_day", today).Error; err != nil {
			return err
		}
		day := calendar.DayStart(today).In(china).Format("/20060102")
		return s.noticeBulletin(tx, &b, rows, day, "提醒："+b.Title)
	})
	return len(rows), err
}
