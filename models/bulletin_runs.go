package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// bulletinNotice is the kind of notices that lead to a bulletin.
const bulletinNotice = "bulletin"

const (
	// bulletinExcerpt is how much of a bulletin its notice shows.
	bulletinExcerpt = 200
	// bulletinBatch is how many people one transaction delivers to: an audience up to it
	// is reached at once.
	bulletinBatch = 500
	// bulletinOrgs is how many organisations one transaction looks at, so that it stays
	// short however many people work there.
	bulletinOrgs = 50
	// bulletinRetry is how long a delivery rests that failed.
	bulletinRetry = time.Minute
)

// startRun begins to deliver, with the first batch already in tx.
func (s *Store) startRun(tx *gorm.DB, r BulletinRun) error {
	r.DueAt = s.Now()
	if err := tx.Create(&r).Error; err != nil {
		return err
	}
	return s.deliverRun(tx, &r)
}

// DeliverBulletins delivers the next batch of one bulletin or reminder that is not finished,
// and reports whether there was any. How far it is moves on in the transaction of the batch:
// nobody is left out or told twice, whichever worker goes on, and when.
func (s *Store) DeliverBulletins(ctx context.Context) (bool, error) {
	var due []string
	err := s.DB(ctx).Model(&BulletinRun{}).Where("due_at <= ?", s.Now()).Order("due_at").Limit(1).Pluck("bulletin_id", &due).Error
	if err != nil || len(due) == 0 {
		return false, fail(err, "look for deliveries of bulletins")
	}
	mine := false
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		var run BulletinRun
		// Another worker may be at it.
		err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("bulletin_id = ?", due[0]).Limit(1).Find(&run).Error
		mine = run.BulletinID != ""
		if err != nil || !mine {
			return fail(err, "claim delivery of bulletin")
		}
		return s.deliverRun(tx, &run)
	})
	if err == nil || ctx.Err() != nil {
		return mine, err
	}
	rest := s.DB(ctx).Model(&BulletinRun{}).Where("bulletin_id = ?", due[0]).Update("due_at", s.Now().Add(bulletinRetry)).Error
	return mine, errors.Join(err, fail(rest, "put off delivery of bulletin")) // so that the others pass
}

func (s *Store) deliverRun(tx *gorm.DB, r *BulletinRun) error {
	var b Bulletin
	if err := forUpdate(tx).Where("id = ?", r.BulletinID).Take(&b).Error; err != nil {
		return fail(err, "load bulletin")
	}
	step := s.deliverMore
	if r.Again != "" {
		step = s.remindMore
	}
	done, err := step(tx, &b, r)
	switch {
	case err != nil:
		return err
	case !done:
		r.DueAt = s.Now() // after the others
		return fail(tx.Save(r).Error, "note how far bulletin is")
	}
	// Accounts come and go while it is being delivered: those reached are what counts.
	if err := tx.Model(&b).Update("recipients", b.Delivered).Error; err != nil {
		return fail(err, "end delivery of bulletin")
	}
	return fail(tx.Delete(r).Error, "end delivery of bulletin")
}

// deliverMore delivers to the next people of the audience and reports whether they were the
// last.
func (s *Store) deliverMore(tx *gorm.DB, b *Bulletin, r *BulletinRun) (bool, error) {
	var a Audience
	if err := json.Unmarshal([]byte(r.Audience), &a); err != nil {
		return false, fmt.Errorf("decode audience: %w", err)
	}
	rows, done, err := nextAddressees(tx, a, b, r)
	if err == nil {
		rows, err = unreached(tx, b.ID, rows)
	}
	if err != nil || len(rows) == 0 {
		return done, err
	}
	if err := tx.CreateInBatches(&rows, batchSize).Error; err != nil {
		return false, fail(err, "list recipients of bulletin")
	}
	b.Delivered += len(rows)
	b.Recipients = max(b.Recipients, b.Delivered)
	if err := tx.Model(b).Select("delivered", "recipients").Updates(b).Error; err != nil {
		return false, fail(err, "count recipients of bulletin")
	}
	return done, s.noticeBulletin(tx, b, rows, "", b.Title)
}

// nextAddressees goes through the organisations of an audience in the order of their paths
// and through the people of each by id. It looks only at a few organisations at a time: the
// whole audience is too large to be sorted for every batch.
func nextAddressees(tx *gorm.DB, a Audience, b *Bulletin, r *BulletinRun) ([]BulletinRecipient, bool, error) {
	compare := "orgs.path > ?"
	if r.AfterUser != "" {
		compare = "orgs.path >= ?"
	}
	var near []Org
	err := a.orgs(tx.Model(&Org{})).Where(compare, r.AfterPath).Select("orgs.id, orgs.path").Order("orgs.path").Limit(bulletinOrgs).Find(&near).Error
	if err != nil || len(near) == 0 {
		return nil, true, fail(err, "list organisations of audience")
	}
	ids := make([]string, len(near))
	for i, o := range near {
		ids[i] = o.ID
	}
	q := a.seats(tx.Table("grants"), b.AuthorID).Where("grants.org_id IN ?", ids)
	if r.AfterUser != "" {
		q = q.Where("(orgs.path > ? OR grants.user_id > ?)", r.AfterPath, r.AfterUser)
	}
	var rows []BulletinRecipient
	err = q.Select("grants.user_id, grants.org_id, orgs.path, grants.role").
		Order("orgs.path, grants.user_id, grants.role").Limit(bulletinBatch).Scan(&rows).Error
	if err != nil {
		return nil, false, fail(err, "list addressees")
	}
	if n := len(rows); n == bulletinBatch {
		r.AfterPath, r.AfterUser = rows[n-1].Path, rows[n-1].UserID
		return rows, false, nil
	}
	r.AfterPath, r.AfterUser = near[len(near)-1].Path, ""
	return rows, len(near) < bulletinOrgs, nil
}

// unreached leaves out who has the bulletin already, in another seat.
func unreached(tx *gorm.DB, bulletinID string, rows []BulletinRecipient) ([]BulletinRecipient, error) {
	users := make([]string, len(rows))
	for i, r := range rows {
		users[i] = r.UserID
	}
	var reached []string
	err := tx.Model(&BulletinRecipient{}).Where("bulletin_id = ? AND user_id IN ?", bulletinID, users).Pluck("user_id", &reached).Error
	if err != nil {
		return nil, fail(err, "look who has the bulletin")
	}
	seen := make(map[string]bool, len(rows))
	for _, u := range reached {
		seen[u] = true
	}
	fresh := rows[:0]
	for _, r := range rows {
		if !seen[r.UserID] {
			seen[r.UserID] = true
			r.BulletinID, r.State = bulletinID, BulletinUnread
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

// remindMore reminds the next people who have not answered and reports whether they were
// the last.
func (s *Store) remindMore(tx *gorm.DB, b *Bulletin, r *BulletinRun) (bool, error) {
	var rows []BulletinRecipient
	if err := b.waiting(tx).Where("user_id > ?", r.AfterUser).Order("user_id").Limit(bulletinBatch).Find(&rows).Error; err != nil {
		return false, fail(err, "list who has not answered")
	}
	if len(rows) == 0 {
		return true, nil
	}
	r.AfterUser = rows[len(rows)-1].UserID
	return len(rows) < bulletinBatch, s.noticeBulletin(tx, b, rows, r.Again, "提醒："+b.Title)
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
	if err := s.mailOut(tx, notices, ""); err != nil {
		return err
	}
	err := s.tellGroups(tx, report{
		source: bulletinSource(b.ID) + again, kind: bulletinNotice, title: "新的下发通知", body: "有新的下发通知，请登录系统查看。", path: b.Path,
	})
	if err != nil {
		return err
	}
	return tell(tx, feed...)
}
