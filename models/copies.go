package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// CopyRow is one 抄送 to one person.
type CopyRow struct {
	ID     string `gorm:"primaryKey"`
	CaseID string
	Seq    int
	UserID string
	SentBy string
	Words  string
	SentAt time.Time
	ReadAt *time.Time
}

// TableName is the table of CopyRow.
func (CopyRow) TableName() string { return "copies" }

// Urge is one 催办. Day is calendar.DayNumber.
type Urge struct {
	CaseID string `gorm:"primaryKey"`
	Seq    int    `gorm:"primaryKey;autoIncrement:false"`
	Visit  int
	ByUser string
	Day    int
	Words  string
	At     time.Time
}

// TableName is the table of Urge.
func (Urge) TableName() string { return "urges" }

// wordsMost is how many bytes of an actor's words notices and lists carry.
const wordsMost = 1500

func sendCopies(t *turn) error {
	rows := make([]CopyRow, 0, len(t.a.Body.Users))
	for _, u := range t.a.Body.Users {
		rows = append(rows, CopyRow{
			ID: newID(), CaseID: t.c.ID, Seq: t.after.Seq, UserID: u, SentBy: t.a.Actor.UserID,
			Words: truncate(t.a.Body.Comment, wordsMost), SentAt: t.at,
		})
	}
	if err := fail(t.tx.Create(&rows).Error, "send copies"); err != nil {
		return err
	}
	for _, u := range t.a.Body.Users {
		if err := t.inform(NoticePayload{UserID: u, Reason: NoticeCopy}, u); err != nil {
			return err
		}
	}
	return nil
}

func recordUrge(t *turn) error {
	w, _ := t.after.Wait(t.a.Visit)
	row := Urge{
		CaseID: t.c.ID, Seq: t.after.Seq, Visit: w.Visit, ByUser: t.a.Actor.UserID,
		Day: calendar.DayNumber(t.at), Words: truncate(t.a.Body.Comment, wordsMost), At: t.at,
	}
	if err := fail(t.tx.Create(&row).Error, "record urge"); err != nil {
		return err
	}
	return t.notify(w, NoticeUrge)
}

// CopyView is a copy with what its reader's list shows.
type CopyView struct {
	CopyRow

	SchoolName string
	CohortID   string
	Stage      domain.Stage
	SenderName string
}

// CopyFilter narrows 抄送我的; empty fields do not.
type CopyFilter struct {
	CohortID string
	Unread   *bool
	Text     string // within the school's name
}

// copyOrders are the orders of 抄送我的.
var copyOrders = map[string]order[CopyView]{
	"sent":  {"copies.sent_at, copies.id", copySent},
	"-sent": {"copies.sent_at DESC, copies.id DESC", copySent},
	"name":  {"cases.school_name, copies.id", copyName},
	"-name": {"cases.school_name DESC, copies.id DESC", copyName},
}

func copySent(c *CopyView) []any { return []any{&c.SentAt, &c.ID} }
func copyName(c *CopyView) []any { return []any{&c.SchoolName, &c.ID} }

func (f CopyFilter) apply(q *gorm.DB) *gorm.DB {
	if f.CohortID != "" {
		q = q.Where("cases.cohort_id = ?", f.CohortID)
	}
	if f.Unread != nil {
		q = q.Where("(copies.read_at IS NULL) = ?", *f.Unread)
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	return q
}

// Copies is 抄送我的, newest first.
func (s *Store) Copies(ctx context.Context, userID string, f CopyFilter, p Page) ([]CopyView, string, error) {
	o, p, err := chosen(copyOrders, p, "-sent")
	if err != nil {
		return nil, "", err
	}
	q := withCases(s.DB(ctx).Table("copies").Where("copies.user_id = ?", userID), "copies").
		Joins("JOIN users ON users.id = copies.sent_by").
		Select("copies.*, cases.school_name, cases.cohort_id, cases.stage, users.name AS sender_name")
	return paged(f.apply(q), p, o.by, o.keys, "list copies")
}

// CountUnreadCopies counts what Copies would list as unread.
func (s *Store) CountUnreadCopies(ctx context.Context, userID string) (int, error) {
	var n int64
	err := s.DB(ctx).Model(&CopyRow{}).Where("user_id = ? AND read_at IS NULL", userID).Count(&n).Error
	return int(n), fail(err, "count unread copies")
}

// ReadCopy marks a copy as read by its recipient; again changes nothing.
func (s *Store) ReadCopy(ctx context.Context, id, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var row CopyRow
		if err := forUpdate(tx).Where("id = ? AND user_id = ?", id, userID).Take(&row).Error; err != nil {
			return found(err, "抄送", "load copy")
		}
		if row.ReadAt != nil {
			return nil
		}
		if err := tx.Model(&row).Update("read_at", s.Now()).Error; err != nil {
			return fail(err, "mark copy as read")
		}
		return tell(tx, FeedRow{Topic: FeedNotice, CaseID: row.CaseID, UserID: userID})
	})
}

// CaseCopies lists the copies sent of one case, newest first, with who has read them.
func (s *Store) CaseCopies(ctx context.Context, caseID string) ([]CopyRow, error) {
	var rows []CopyRow
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("seq DESC, user_id").Limit(1000).Find(&rows).Error
	return rows, fail(err, "list copies of case")
}

// CaseUrges lists how often and by whom a case was urged, newest first.
func (s *Store) CaseUrges(ctx context.Context, caseID string) ([]Urge, error) {
	var rows []Urge
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("seq DESC").Limit(1000).Find(&rows).Error
	return rows, fail(err, "list urges of case")
}
