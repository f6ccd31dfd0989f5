package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// registryDue is what the ledger holds of a teacher's year: what was confirmed, unless an
// approved reversal says otherwise.
const registryDue = `COALESCE((SELECT v.hours FROM registry_reversals v WHERE v.case_id = credits.case_id AND v.user_id = credits.user_id
	AND v.year = credits.year AND v.state = 'approved' ORDER BY v.decided_at DESC, v.id DESC LIMIT 1), credits.hours)`

// RegistryCandidate is a teacher's year that is confirmed and not with the registry.
type RegistryCandidate struct {
	CaseID       string
	UserID       string
	Year         int
	Hours        domain.Hours
	Name         string
	IDNumberMask string
	Problems     []registry.Problem `gorm:"-"`

	IDNumberEnc string
	RosterName  string
	Status      domain.RosterStatus
}

// candidates are the rows of a case that may be sent now.
func candidates(tx *gorm.DB, caseID string) *gorm.DB {
	return unsent(tx.Table("credits").Where("credits.case_id = ?", caseID)).
		Select("credits.case_id, credits.user_id, credits.year, " + registryDue + " AS hours, users.name, users.id_number_mask, users.id_number_enc, " +
			"COALESCE(roster.name, '') AS roster_name, COALESCE(roster.status, '') AS status").
		Joins("JOIN users ON users.id = credits.user_id").
		Joins("LEFT JOIN roster ON roster.case_id = credits.case_id AND roster.user_id = credits.user_id")
}

// unsent narrows credits to those that may be sent now. What has been registered by hand is
// nobody's to send, unless the registry's own record of it was taken back.
func unsent(q *gorm.DB) *gorm.DB {
	return q.Where("(credits.state = ? OR (credits.state = ? AND EXISTS (SELECT 1 FROM registry_records b WHERE b.case_id = credits.case_id "+
		"AND b.user_id = credits.user_id AND b.year = credits.year)))", domain.CreditConfirmed, domain.CreditRegistered).
		Where("NOT EXISTS (SELECT 1 FROM registry_records r WHERE r.case_id = credits.case_id AND r.user_id = credits.user_id "+
			"AND r.year = credits.year AND r.holds = ?)", true).
		Where(registryDue + " > 0")
}

// RegistryCandidates lists a case's rows that wait to be sent, each with what the registry
// would refuse it for.
func (s *Store) RegistryCandidates(ctx context.Context, c *Case, year int, p Page) ([]RegistryCandidate, string, error) {
	reg, err := s.RegistryFor(ctx, c.Path)
	if apperr.Is(err, CodeNoRegistry) {
		reg, err = &Registry{}, nil // each row says what is missing
	}
	if err != nil {
		return nil, "", err
	}
	q := candidates(s.DB(ctx), c.ID)
	if year != 0 {
		q = q.Where("credits.year = ?", year)
	}
	rows, next, err := paged(q, p, "credits.user_id, credits.year",
		func(r *RegistryCandidate) []any { return []any{&r.UserID, &r.Year} }, "list candidates")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.judge(s.DB(ctx), reg, c, rows)
}

// judge puts the problems to rows of one case.
func (s *Store) judge(tx *gorm.DB, reg *Registry, c *Case, rows []RegistryCandidate) error {
	var school Org
	if err := tx.Where("id = ?", c.SchoolID).Take(&school).Error; err != nil {
		return fail(err, "load school")
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.UserID
	}
	elsewhere, err := bookedElsewhere(tx, c.ID, ids)
	if err != nil {
		return err
	}
	rules := reg.rules()
	for i := range rows {
		r := &rows[i]
		id, err := s.keys.Open(columnIDNumber, r.UserID, r.IDNumberEnc)
		if err != nil {
			id = "" // nobody can send it; the others go
		}
		other := elsewhere[registry.Key{UserID: r.UserID, Year: r.Year}]
		r.Problems = registry.Check(rules, registry.Candidate{
			Record:   registry.Record{Key: registry.Key{CaseID: r.CaseID, UserID: r.UserID, Year: r.Year}, Hours: r.Hours},
			IDNumber: id, Name: r.Name, RosterName: r.RosterName, Left: left(r.Status), OrgCode: school.Code,
			Elsewhere: other.hours, ElsewhereLines: other.lines,
		})
	}
	return nil
}

// left says that somebody is gone for good; who is on leave comes back.
func left(s domain.RosterStatus) bool { return s != domain.RosterActive && s != domain.RosterLeave }

type bookings struct {
	hours domain.Hours
	lines int
}

// bookedElsewhere sums what other cases have with the registry of these people, by year.
func bookedElsewhere(tx *gorm.DB, caseID string, users []string) (map[registry.Key]bookings, error) {
	var rows []RegistryRecord
	err := tx.Where("user_id IN ? AND case_id <> ? AND holds = ? AND reverses = ''", users, caseID, true).Find(&rows).Error
	found := map[registry.Key]bookings{}
	for _, r := range rows {
		k := registry.Key{UserID: r.UserID, Year: r.Year}
		found[k] = bookings{found[k].hours + r.Hours, found[k].lines + 1}
	}
	return found, fail(err, "look for other registrations")
}
