package models

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/secret"
)

// CodeReadLimit is too many looks at personal data within an hour.
const CodeReadLimit apperr.Code = "personal_read_limit"

const (
	// ReadsAnHour is how often one person may see or look up personal data in clear within
	// an hour: enough for a day's calls, too few to try numbers out.
	ReadsAnHour = 30
	readWindow  = time.Hour
	readWords   = 5 // the fewest characters that say what for
)

// NewRead says who looks at which personal data, and what for. Path is that of the
// viewer's organisation, for a look-up that finds nobody.
type NewRead struct {
	ViewerID string
	Field    PersonalField
	Purpose  Purpose
	Words    string
	CaseID   string
	Path     string
}

// ClearFile is the wish to take a file with personal data of several people in clear.
type ClearFile struct {
	ViewerID string
	Purpose  Purpose
	Words    string
}

// keepFile keeps who took a file, what it is about and of how many people it tells.
func (s *Store) keepFile(tx *gorm.DB, c ClearFile, field PersonalField, aboutID, path string, people int) error {
	n := NewRead{ViewerID: c.ViewerID, Field: field, Purpose: c.Purpose, Words: c.Words}
	return s.keepRead(tx, n, PersonalRead{Kind: ReadExport, AboutID: aboutID, Path: path, People: people})
}

// Reveal opens one sealed field of an account and keeps who saw it.
func (s *Store) Reveal(ctx context.Context, subject *User, n NewRead) (string, error) {
	p, err := s.Personal(subject)
	if err != nil {
		return "", err
	}
	value := p.IDNumber
	if n.Field == FieldPhone {
		value = p.Phone
	}
	if value == "" {
		return "", apperr.Newf(apperr.NotFound, "%s没有登记%s。", subject.Name, n.Field.Name())
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		var org Org
		if err := tx.Where("id = ?", subject.OrgID).Take(&org).Error; err != nil {
			return err
		}
		return s.keepRead(tx, n, PersonalRead{Kind: ReadReveal, SubjectID: subject.ID, Path: org.Path})
	})
	if err != nil {
		return "", fail(err, "keep who sees personal data")
	}
	return value, nil
}

// FindPerson looks for the account in scope with a whole ID or phone number, through the
// blind index, and keeps who asked. It returns no account when there is none within
// reach: that one elsewhere has the number is not told.
func (s *Store) FindPerson(ctx context.Context, scope Scope, value string, n NewRead) ([]User, error) {
	column, indexes := "phone_index", s.phoneIndexes(value)
	if n.Field == FieldIDNumber {
		column, indexes = "id_number_index", s.idIndexes(value)
	}
	var found []User
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		found = nil
		q := scope.Orgs(tx.Table("users").Select("users.*").Joins("JOIN orgs ON orgs.id = users.org_id"))
		if err := q.Where("users."+column+" IN ?", indexes).Order("users.id").Limit(maxSame).Find(&found).Error; err != nil {
			return err
		}
		if len(found) == 0 {
			return s.keepRead(tx, n, PersonalRead{Kind: ReadLookup, Path: n.Path})
		}
		for _, u := range found {
			var org Org
			if err := tx.Where("id = ?", u.OrgID).Take(&org).Error; err != nil {
				return err
			}
			if err := s.keepRead(tx, n, PersonalRead{Kind: ReadLookup, SubjectID: u.ID, Path: org.Path}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, fail(err, "find person")
}

// maxSame bounds how many accounts with one phone number a look-up shows.
const maxSame = 5

// phoneIndexes and idIndexes are the blind indexes under which a number may be stored.
func (s *Store) phoneIndexes(phone string) []string {
	if phone = secret.NormalizePhone(phone); phone == "" {
		return nil
	}
	return s.keys.Indexes(columnPhone, phone)
}

func (s *Store) idIndexes(number string) []string {
	if number = secret.NormalizeID(number); number == "" {
		return nil
	}
	return s.keys.Indexes(columnIDNumber, number)
}

// keepRead keeps one look, unless the viewer has had too many within the hour. The
// viewer's row is locked, so that looks at the same moment are all counted.
func (s *Store) keepRead(tx *gorm.DB, n NewRead, r PersonalRead) error {
	words := strings.TrimSpace(n.Words)
	switch {
	case n.Purpose.Name() == "":
		return apperr.Field("purpose", "请选择用途。")
	case utf8.RuneCountInString(words) < readWords:
		return apperr.Field("words", "请用至少5个字写明具体事由；本人和安全管理员都能看到。")
	}
	var viewer User
	if err := forUpdate(tx).Select("id").Where("id = ?", n.ViewerID).Take(&viewer).Error; err != nil {
		return err
	}
	if err := s.looksLeft(tx, n.ViewerID); err != nil {
		return err
	}
	entry := AuditEntry{
		Action: "personal." + string(r.Kind), SubjectKind: "user", SubjectID: r.SubjectID, Details: map[string]any{"field": n.Field, "purpose": n.Purpose},
	}
	if err := s.Audit(tx, entry); err != nil {
		return err
	}
	r.ID, r.At, r.ViewerID, r.Field, r.Purpose, r.Words, r.CaseID = cmp.Or(r.ID, newID()), s.Now(), n.ViewerID, n.Field, n.Purpose, words, n.CaseID
	return tx.Create(&r).Error
}

// looksLeft refuses when somebody has had all looks of an hour.
func (s *Store) looksLeft(db *gorm.DB, viewerID string) error {
	var recent int64
	if err := db.Model(&PersonalRead{}).Where("viewer_id = ? AND at > ?", viewerID, s.Now().Add(-readWindow)).Count(&recent).Error; err != nil {
		return fail(err, "count looks at personal data")
	}
	if recent >= ReadsAnHour {
		return apperr.Newf(CodeReadLimit, "您在一小时内已查看或查找个人信息%d次，达到上限，请稍后再试；确需更多请联系安全管理员。", ReadsAnHour)
	}
	return nil
}

// ReadView is a look with the names that lists show.
type ReadView struct {
	PersonalRead

	Viewer      string
	ViewerOrg   string
	Subject     string
	SubjectOrg  string
	ReviewerWho string
}

// ReadFilter narrows a list of looks; empty fields do not.
type ReadFilter struct {
	Subject  string
	Viewer   string
	Field    PersonalField
	Purpose  Purpose
	Reviewed *bool
	From, To *time.Time
}

var readOrders = map[string]order[ReadView]{
	"at":  {"personal_reads.at, personal_reads.id", readAt},
	"-at": {"personal_reads.at DESC, personal_reads.id DESC", readAt},
}

func readAt(v *ReadView) []any { return []any{&v.At, &v.ID} }

// PersonalReads lists looks at personal data of organisations in scope, the newest first.
func (s *Store) PersonalReads(ctx context.Context, scope Scope, f ReadFilter, p Page) ([]ReadView, string, error) {
	o, p, err := chosen(readOrders, p, "-at")
	if err != nil {
		return nil, "", err
	}
	return paged(f.apply(scope.people(s.readViews(ctx), "personal_reads.path")), p, o.by, o.keys, "list reads of personal data")
}

// ReadsOf lists who saw a person's data, the newest first: alone, or in a file for the
// registry that has their record.
func (s *Store) ReadsOf(ctx context.Context, userID string, p Page) ([]ReadView, string, error) {
	o := readOrders["-at"]
	q := s.readViews(ctx).Joins("JOIN (SELECT id FROM personal_reads WHERE subject_id = ? UNION "+
		"SELECT r.id FROM registry_records g JOIN personal_reads r ON r.about_id = g.batch_id WHERE g.user_id = ?) own ON own.id = personal_reads.id",
		userID, userID)
	return paged(q, p, o.by, o.keys, "list reads of a person's data")
}

func (s *Store) readViews(ctx context.Context) *gorm.DB {
	return s.DB(ctx).Table("personal_reads").Select(`personal_reads.*, COALESCE(v.name, '') AS viewer, COALESCE(vo.name, '') AS viewer_org,
		COALESCE(u.name, '') AS subject, COALESCE(uo.name, '') AS subject_org, COALESCE(r.name, '') AS reviewer_who`).
		Joins("LEFT JOIN users v ON v.id = personal_reads.viewer_id").Joins("LEFT JOIN orgs vo ON vo.id = v.org_id").
		Joins("LEFT JOIN users u ON u.id = personal_reads.subject_id").Joins("LEFT JOIN orgs uo ON uo.id = u.org_id").
		Joins("LEFT JOIN users r ON r.id = personal_reads.reviewed_by")
}

func (f ReadFilter) apply(q *gorm.DB) *gorm.DB {
	for column, value := range map[string]string{
		"subject_id": f.Subject, "viewer_id": f.Viewer, "field": string(f.Field), "purpose": string(f.Purpose),
	} {
		if value != "" {
			q = q.Where("personal_reads."+column+" = ?", value)
		}
	}
	if f.Reviewed != nil {
		q = q.Where("personal_reads.reviewed = ?", *f.Reviewed)
	}
	if f.From != nil {
		q = q.Where("personal_reads.at >= ?", f.From.UTC())
	}
	if f.To != nil {
		q = q.Where("personal_reads.at < ?", f.To.UTC())
	}
	return q
}

// ReviewRead notes that somebody else has looked at why personal data were seen.
func (s *Store) ReviewRead(ctx context.Context, scope Scope, id, by, note string) (*ReadView, error) {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var r PersonalRead
		if err := scope.people(forUpdate(tx), "personal_reads.path").Where("id = ?", id).Take(&r).Error; err != nil {
			return found(err, "查看记录", "load read of personal data")
		}
		var within int64
		if r.AboutID != "" {
			err := tx.Model(&RegistryRecord{}).Where("batch_id = ? AND user_id = ?", r.AboutID, by).Limit(1).Count(&within).Error
			if err != nil {
				return err
			}
		}
		switch {
		case r.SubjectID == by || within > 0:
			return apperr.New(apperr.Forbidden, "这是他人查看您本人信息的记录，不能由您复核，请由其他管理员复核。")
		case r.ViewerID == by:
			return apperr.New(apperr.Forbidden, "不能复核自己的查看记录，请由其他管理员复核。")
		case r.Reviewed:
			return apperr.New(apperr.Conflict, "这条记录已经复核，请刷新列表查看结论。")
		}
		if err := s.Audit(tx, AuditEntry{Action: "personal.review", SubjectKind: "personal_read", SubjectID: id}); err != nil {
			return err
		}
		return tx.Model(&r).Updates(map[string]any{
			"reviewed": true, "reviewed_by": by, "reviewed_at": s.Now(), "review_note": strings.TrimSpace(note),
		}).Error
	})
	if err != nil {
		return nil, fail(err, "review read of personal data")
	}
	var v ReadView
	err = s.readViews(ctx).Where("personal_reads.id = ?", id).Take(&v).Error
	return &v, fail(err, "load reviewed read")
}
