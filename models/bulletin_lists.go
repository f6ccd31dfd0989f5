package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// BulletinView is a bulletin with what its sender's list shows. Read counts those who have
// opened it, with those who have confirmed it.
type BulletinView struct {
	Bulletin

	OrgName    string
	AuthorName string
	Read       int `gorm:"-"`
	Confirmed  int `gorm:"-"`
}

var bulletinOrders = map[string]order[BulletinView]{
	"sent":  {"bulletins.sent_at, bulletins.id", bulletinSent},
	"-sent": {"bulletins.sent_at DESC, bulletins.id DESC", bulletinSent},
}

func bulletinSent(b *BulletinView) []any { return []any{&b.SentAt, &b.ID} }

func bulletinViews(q *gorm.DB) *gorm.DB {
	return q.Table("bulletins").Joins("JOIN orgs ON orgs.id = bulletins.org_id").Joins("JOIN users ON users.id = bulletins.author_id").
		Select("bulletins.*, orgs.name AS org_name, users.name AS author_name")
}

// Bulletins lists what offices in scope have sent, whose title has text in it, by one of
// bulletinOrders, the newest leading.
func (s *Store) Bulletins(ctx context.Context, scope Scope, text string, p Page) ([]BulletinView, string, error) {
	o, p, err := chosen(bulletinOrders, p, "-sent")
	if err != nil {
		return nil, "", err
	}
	q := scope.within(bulletinViews(s.DB(ctx)), "bulletins.path", "")
	if text != "" {
		q = q.Where("bulletins.title LIKE ? ESCAPE '!'", contains(text))
	}
	rows, next, err := paged(q, p, o.by, o.keys, "list bulletins")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.countReaders(ctx, rows)
}

// BulletinView is one bulletin as its sender's list shows it.
func (s *Store) BulletinView(ctx context.Context, id string) (*BulletinView, error) {
	rows := make([]BulletinView, 1)
	if err := bulletinViews(s.DB(ctx)).Where("bulletins.id = ?", id).Take(&rows[0]).Error; err != nil {
		return nil, found(err, "通知", "load bulletin")
	}
	return &rows[0], s.countReaders(ctx, rows)
}

func (s *Store) countReaders(ctx context.Context, rows []BulletinView) error {
	ids, at := make([]string, len(rows)), make(map[string]*BulletinView, len(rows))
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, &rows[i]
	}
	var counts []struct {
		BulletinID string
		State      string
		N          int
	}
	err := s.DB(ctx).Model(&BulletinRecipient{}).Where("bulletin_id IN ? AND state <> ?", ids, BulletinUnread).
		Select("bulletin_id, state, COUNT(*) AS n").Group("bulletin_id, state").Scan(&counts).Error
	for _, c := range counts {
		at[c.BulletinID].Read += c.N
		if c.State == BulletinConfirmed {
			at[c.BulletinID].Confirmed = c.N
		}
	}
	return fail(err, "count readers of bulletins")
}

// RecipientFilter narrows a list of recipients; empty fields do not.
type RecipientFilter struct {
	State string
	Text  string // within the person's or the organisation's name
}

// RecipientView is a recipient with names.
type RecipientView struct {
	BulletinRecipient

	UserName string
	OrgName  string
}

var recipientOrders = map[string]order[RecipientView]{
	"org":    {"r.path, r.user_id", recipientPath},
	"-org":   {"r.path DESC, r.user_id DESC", recipientPath},
	"state":  {"r.state, r.user_id", recipientState},
	"-state": {"r.state DESC, r.user_id DESC", recipientState},
}

func recipientPath(r *RecipientView) []any  { return []any{&r.Path, &r.UserID} }
func recipientState(r *RecipientView) []any { return []any{&r.State, &r.UserID} }

// BulletinRecipients lists whom a bulletin went to, by one of recipientOrders, by
// organisation if none is named.
func (s *Store) BulletinRecipients(ctx context.Context, id string, f RecipientFilter, p Page) ([]RecipientView, string, error) {
	o, p, err := chosen(recipientOrders, p, "org")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Table("bulletin_recipients r").Where("r.bulletin_id = ?", id).
		Joins("JOIN users ON users.id = r.user_id").Joins("JOIN orgs ON orgs.id = r.org_id").
		Select("r.*, users.name AS user_name, orgs.name AS org_name")
	if f.State != "" {
		q = q.Where("r.state = ?", f.State)
	}
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR orgs.name LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list recipients of bulletin")
}

// ReceivedBulletin is a bulletin as one of its recipients sees it.
type ReceivedBulletin struct {
	BulletinView

	Mine BulletinRecipient
}

// ReceivedBulletin is a bulletin that went to a user; no other exists for them.
func (s *Store) ReceivedBulletin(ctx context.Context, id, userID string) (*ReceivedBulletin, error) {
	var r ReceivedBulletin
	if err := s.DB(ctx).Where("bulletin_id = ? AND user_id = ?", id, userID).Take(&r.Mine).Error; err != nil {
		return nil, found(err, "通知", "load received bulletin")
	}
	err := bulletinViews(s.DB(ctx)).Where("bulletins.id = ?", id).Take(&r.BulletinView).Error
	return &r, found(err, "通知", "load bulletin")
}

// ReadBulletin notes that a recipient has opened a bulletin, with all its notices.
func (s *Store) ReadBulletin(ctx context.Context, id, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return s.readBulletin(tx, id, userID) })
}

func (s *Store) readBulletin(tx *gorm.DB, id, userID string) error {
	var r BulletinRecipient
	if err := forUpdate(tx).Where("bulletin_id = ? AND user_id = ?", id, userID).Take(&r).Error; err != nil {
		return found(err, "通知", "load received bulletin")
	}
	now := s.Now()
	if r.State == BulletinUnread {
		if err := tx.Model(&r).Updates(map[string]any{"state": BulletinRead, "read_at": now}).Error; err != nil {
			return fail(err, "note reading of bulletin")
		}
	}
	source := bulletinSource(id)
	res := tx.Model(&Notice{}).Where("user_id = ? AND source >= ? AND source < ? AND read_at IS NULL", userID, source, source+"0").
		Update("read_at", now)
	if res.Error != nil || res.RowsAffected == 0 {
		return fail(res.Error, "read notices of bulletin")
	}
	return tell(tx, FeedRow{Topic: FeedNotice, UserID: userID})
}

// ConfirmBulletin is the 回执 of a recipient, once. The same again changes nothing.
func (s *Store) ConfirmBulletin(ctx context.Context, id, userID, reply string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.readBulletin(tx, id, userID); err != nil {
			return err
		}
		var b Bulletin
		var r BulletinRecipient
		if err := tx.Where("id = ?", id).Take(&b).Error; err != nil {
			return found(err, "通知", "load bulletin")
		}
		if err := tx.Where("bulletin_id = ? AND user_id = ?", id, userID).Take(&r).Error; err != nil {
			return found(err, "通知", "load received bulletin")
		}
		switch {
		case !b.Receipt:
			return apperr.New(apperr.Conflict, "该通知不要求回执，阅读即可。")
		case r.State == BulletinConfirmed && r.Reply == reply:
			return nil
		case r.State == BulletinConfirmed:
			return apperr.New(apperr.Conflict, "您已于 "+r.ConfirmedAt.In(china).Format(time.DateTime)+" 回执，不能再更改；如需补充，请联系发出单位。")
		}
		return fail(tx.Model(&r).Updates(map[string]any{"state": BulletinConfirmed, "confirmed_at": s.Now(), "reply": reply}).Error, "confirm bulletin")
	})
}
