package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// AuditFilter narrows the audit log; empty fields do not. To is excluded.
type AuditFilter struct {
	ActorID     string
	Action      string // or what it begins with, up to a dot
	SubjectKind string
	SubjectID   string
	Under       string // path of an organisation
	Result      AuditResult
	From, To    time.Time
	Text        string // within the detail
}

// AuditView is an entry with the names a reader needs.
type AuditView struct {
	AuditEntry

	ActorName   string
	OrgName     string
	SubjectName string `gorm:"-"`
	// StatedOmitted is how many bytes Stated has where a list leaves it out.
	StatedOmitted int64
}

// statedListed is how many bytes an entry of a list may state: most have less than a
// kilobyte, one about a transaction over thousands of rows has megabytes, and a page has
// hundreds of entries.
const statedListed = 8 << 10

// auditListed are the columns of an entry that lists read as they are.
var auditListed = func() string {
	all := schemaOf(AuditEntry{}).DBNames
	return "audit_log." + strings.Join(slices.DeleteFunc(slices.Clone(all), func(c string) bool { return c == "stated" }), ", audit_log.")
}()

// subjectNames are the columns that name what entries are about, by its kind.
var subjectNames = map[string]struct{ table, column string }{
	"user": {"users", "name"}, "org": {"orgs", "name"}, "cohort": {"cohorts", "name"}, "case": {"cases", "school_name"},
	"machine_token": {"machine_tokens", "name"}, "channel": {"channels", "name"}, "bulletin": {"bulletins", "title"},
}

var auditOrders = map[string]order[AuditView]{
	"at":  {"audit_log.at, audit_log.id", auditAt},
	"-at": {"audit_log.at DESC, audit_log.id DESC", auditAt},
}

func auditAt(v *AuditView) []any { return []any{&v.At, &v.ID} }

// AuditLog lists the entries about what is in scope, the newest leading.
func (s *Store) AuditLog(ctx context.Context, scope Scope, f AuditFilter, p Page) ([]AuditView, string, error) {
	o, p, err := chosen(auditOrders, p, "-at")
	if err != nil {
		return nil, "", err
	}
	q := s.auditViews(ctx, scope, fmt.Sprintf(`%[1]s, CASE WHEN OCTET_LENGTH(audit_log.stated) > %[2]d THEN '' ELSE audit_log.stated END AS stated,
		CASE WHEN OCTET_LENGTH(audit_log.stated) > %[2]d THEN OCTET_LENGTH(audit_log.stated) ELSE 0 END AS stated_omitted`, auditListed, statedListed))
	for column, value := range map[string]string{
		"actor_id": f.ActorID, "action": f.Action, "subject_kind": f.SubjectKind, "subject_id": f.SubjectID, "result": string(f.Result),
	} {
		if value != "" {
			q = q.Where("audit_log."+column+" = ?", value)
		}
	}
	if f.Under != "" {
		q = q.Where("audit_log.path >= ? AND audit_log.path < ?", f.Under, pathEnd(f.Under))
	}
	if !f.From.IsZero() {
		q = q.Where("audit_log.at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q = q.Where("audit_log.at < ?", f.To.UTC())
	}
	if f.Text != "" {
		q = q.Where("audit_log.detail LIKE ? ESCAPE '!'", contains(f.Text))
	}
	rows, next, err := paged(q, p, o.by, o.keys, "list audit log")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.nameSubjects(ctx, rows)
}

// AuditEntryIn is the whole of an entry about what is in scope.
func (s *Store) AuditEntryIn(ctx context.Context, scope Scope, id string) (*AuditView, error) {
	rows := make([]AuditView, 1)
	err := s.auditViews(ctx, scope, "audit_log.*").Where("audit_log.id = ?", id).Take(&rows[0]).Error
	if err != nil {
		return nil, found(err, "审计记录", "load audit entry")
	}
	return &rows[0], s.nameSubjects(ctx, rows)
}

func (s *Store) auditViews(ctx context.Context, scope Scope, columns string) *gorm.DB {
	q := s.DB(ctx).Table("audit_log").Select(columns + ", COALESCE(u.name, '') AS actor_name, COALESCE(o.name, '') AS org_name").
		Joins("LEFT JOIN users u ON u.id = audit_log.actor_id").Joins("LEFT JOIN orgs o ON o.id = audit_log.org_id")
	return scope.people(q, "audit_log.path")
}

// nameSubjects fills in what the subjects of entries are called now.
func (s *Store) nameSubjects(ctx context.Context, rows []AuditView) error {
	for kind, of := range subjectNames {
		var ids []string
		for i := range rows {
			if rows[i].SubjectKind == kind {
				ids = append(ids, rows[i].SubjectID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var named []struct{ ID, Name string }
		if err := s.DB(ctx).Table(of.table).Select("id, "+of.column+" AS name").Where("id IN ?", ids).Find(&named).Error; err != nil {
			return fail(err, "name subjects of audit log")
		}
		by := map[string]string{}
		for _, n := range named {
			by[n.ID] = n.Name
		}
		for i := range rows {
			if rows[i].SubjectKind == kind {
				rows[i].SubjectName = by[rows[i].SubjectID]
			}
		}
	}
	return nil
}

// AuditState is how far the audit log is proved.
type AuditState struct {
	Sealed   int64
	SealedAt *time.Time
	Waiting  int64      // entries that are not sealed yet
	Since    *time.Time // the oldest of them
	KeyID    string     // of the last seal
	HeadDay  string     // of the last daily head
	HeadAt   *time.Time
}

// AuditState reads how far the audit log is proved.
func (s *Store) AuditState(ctx context.Context) (AuditState, error) {
	var a AuditState
	var head AuditHead
	if err := s.DB(ctx).Limit(1).Find(&head).Error; err != nil {
		return a, fail(err, "read head of audit log")
	}
	a.Sealed, a.SealedAt = head.Seq, head.SealedAt
	waiting := s.DB(ctx).Model(&AuditEntry{}).Where("seq IS NULL")
	if err := waiting.Count(&a.Waiting).Error; err != nil {
		return a, fail(err, "count unsealed entries")
	}
	var first, last []AuditEntry
	if err := s.DB(ctx).Select("id", "at").Where("seq IS NULL").Order("id").Limit(1).Find(&first).Error; err != nil {
		return a, fail(err, "find first unsealed entry")
	}
	if len(first) > 0 {
		a.Since = &first[0].At
	}
	var seals []AuditSeal
	if err := s.DB(ctx).Order("to_seq DESC").Limit(1).Find(&seals).Error; err != nil {
		return a, fail(err, "find last seal")
	}
	if len(seals) > 0 {
		a.KeyID = seals[0].KeyID
	}
	err := s.DB(ctx).Where("action = ?", ActionHead).Order("at DESC, id DESC").Limit(1).Find(&last).Error
	if len(last) > 0 {
		a.HeadDay, a.HeadAt = last[0].SubjectID, &last[0].At
	}
	return a, fail(err, "find last daily head")
}
