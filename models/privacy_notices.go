package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/privacy"
)

// PrivacyNotice is what a version of the 隐私政策 says, since it was first in force. A text
// that comes back is the version it was.
type PrivacyNotice struct {
	Version string `gorm:"primaryKey"`
	Since   time.Time
	Text    string // JSON; see privacy.Text
}

// TableName is the table of PrivacyNotice.
func (PrivacyNotice) TableName() string { return noticeTable }

const noticeTable = "privacy_notices"

// KeepNotice keeps what a version says, once, whoever comes first. Nobody in particular
// does it: the entry is the system's.
func (s *Store) KeepNotice(ctx context.Context, n privacy.Notice) error {
	var known int64
	if err := s.DB(ctx).Model(&PrivacyNotice{}).Where("version = ?", n.Version).Count(&known).Error; err != nil || known > 0 {
		return fail(err, "look for notice")
	}
	err := s.Tx(WithOrigin(ctx, &Origin{}), func(tx *gorm.DB) error {
		if err := tx.Create(&PrivacyNotice{Version: n.Version, Since: s.Now(), Text: n.Encode()}).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "privacy.notice", SubjectKind: "privacy_notice", SubjectID: n.Version})
	})
	if IsDuplicate(err) {
		return nil // another process was faster
	}
	return fail(err, "keep notice")
}

// NoticeFilter narrows a list of versions.
type NoticeFilter struct {
	From, To *time.Time // first in force
	Text     string     // in the version or in what it says
}

var noticeOrders = map[string]order[PrivacyNotice]{
	"since":  {"since, version", noticeSince},
	"-since": {"since DESC, version DESC", noticeSince},
}

func noticeSince(v *PrivacyNotice) []any { return []any{&v.Since, &v.Version} }

// PrivacyNotices lists the versions without what they say, the newest first unless asked
// otherwise.
func (s *Store) PrivacyNotices(ctx context.Context, f NoticeFilter, p Page) ([]PrivacyNotice, string, error) {
	o, p, err := chosen(noticeOrders, p, "-since")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Model(&PrivacyNotice{}).Select("version, since")
	if f.From != nil {
		q = q.Where("since >= ?", *f.From)
	}
	if f.To != nil {
		q = q.Where("since < ?", *f.To)
	}
	if f.Text != "" {
		q = q.Where("(version LIKE ? ESCAPE '!' OR text LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list notices")
}

// PrivacyNotice is one version with what it says.
func (s *Store) PrivacyNotice(ctx context.Context, version string) (*PrivacyNotice, error) {
	return s.noticeWhere(ctx, "version = ?", version)
}

// NoticeBefore is the version that was first in force before another, nil if none was.
func (s *Store) NoticeBefore(ctx context.Context, n *PrivacyNotice) (*PrivacyNotice, error) {
	return s.noticeWhere(ctx, "since < ? OR (since = ? AND version < ?)", n.Since, n.Since, n.Version)
}

func (s *Store) noticeWhere(ctx context.Context, sql string, args ...any) (*PrivacyNotice, error) {
	var rows []PrivacyNotice
	err := s.DB(ctx).Where(sql, args...).Order("since DESC, version DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, fail(err, "read notice")
	}
	return &rows[0], nil
}

// NoticeReaders count who has ever read each of some versions and whose account is kept.
func (s *Store) NoticeReaders(ctx context.Context, versions []string) (map[string]int, error) {
	var rows []struct {
		Version string
		Readers int
	}
	err := s.DB(ctx).Model(&Acknowledgement{}).Select("version, COUNT(*) AS readers").
		Where("version IN ?", versions).Group("version").Scan(&rows).Error
	by := map[string]int{}
	for _, r := range rows {
		by[r.Version] = r.Readers
	}
	return by, fail(err, "count readers")
}
