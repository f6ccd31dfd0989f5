package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// CohortFilter narrows a list of cohorts; empty fields do not.
type CohortFilter struct {
	Status CohortStatus
	Text   string // within the name or the code
}

var cohortOrders = map[string]order[Cohort]{
	"created":  {"cohorts.created_at, cohorts.id", cohortCreated},
	"-created": {"cohorts.created_at DESC, cohorts.id DESC", cohortCreated},
	"code":     {"cohorts.code", cohortCode},
	"-code":    {"cohorts.code DESC", cohortCode},
}

func cohortCreated(c *Cohort) []any { return []any{&c.CreatedAt, &c.ID} }
func cohortCode(c *Cohort) []any    { return []any{&c.Code} }

// Cohorts lists the cohorts run in scope, and those run above it that concern it, by one
// of cohortOrders, the newest leading.
func (s *Store) Cohorts(ctx context.Context, scope Scope, f CohortFilter, p Page) ([]Cohort, string, error) {
	o, p, err := chosen(cohortOrders, p, "-created")
	if err != nil {
		return nil, "", err
	}
	q := concerning(s.DB(ctx), s.DB(ctx), scope)
	if f.Status != "" {
		q = q.Where("cohorts.status = ?", f.Status)
	}
	if f.Text != "" {
		q = q.Where("(cohorts.name LIKE ? ESCAPE '!' OR cohorts.code LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list cohorts")
}

// concerning narrows a query on cohorts to those run in scope or above it.
func concerning(q, fresh *gorm.DB, scope Scope) *gorm.DB {
	if scope.All {
		return q
	}
	return q.Where(scope.within(fresh, "cohorts.path", "").Or("cohorts.path IN ?", ancestors(scope.Paths)))
}

// CohortSize is how many schools a cohort has, and how many of them have their case.
type CohortSize struct {
	CohortID string
	Schools  int
	Started  int
	Waiting  int // those that opening the cohort again starts
	Deferred int
	Exempt   int
}

const countStatus = "SUM(CASE WHEN cohort_schools.status = ? THEN 1 ELSE 0 END)"

// CohortSizes counts the schools that SchoolsOfCohort lists, by cohort; one without
// schools in scope has none.
func (s *Store) CohortSizes(ctx context.Context, scope Scope, ids []string) (map[string]CohortSize, error) {
	var rows []CohortSize
	err := scope.Orgs(s.DB(ctx).Table("cohort_schools").Joins("JOIN orgs ON orgs.id = cohort_schools.school_id")).
		Where("cohort_schools.cohort_id IN ?", ids).Group("cohort_schools.cohort_id").
		Select("cohort_schools.cohort_id, COUNT(*) AS schools, "+countStatus+" AS started, "+countStatus+" AS deferred, "+countStatus+" AS exempt, "+
			"SUM(CASE WHEN cohort_schools.status = ? OR (cohort_schools.status = ? AND cohort_schools.until <= ?) THEN 1 ELSE 0 END) AS waiting",
			SchoolOpened, SchoolDeferred, SchoolExempt, SchoolPlanned, SchoolDeferred, s.Now()).
		Scan(&rows).Error
	sizes := make(map[string]CohortSize, len(rows))
	for _, r := range rows {
		sizes[r.CohortID] = r
	}
	return sizes, fail(err, "count schools of cohorts")
}

// SecondRounds lists the cohorts that are second rounds of others, by these, oldest first.
func (s *Store) SecondRounds(ctx context.Context, ids []string) (map[string][]Cohort, error) {
	var rows []Cohort
	err := s.DB(ctx).Where("previous_id IN ?", ids).Order("created_at, id").Find(&rows).Error
	rounds := map[string][]Cohort{}
	for _, c := range rows {
		rounds[c.PreviousID] = append(rounds[c.PreviousID], c)
	}
	return rounds, fail(err, "list second rounds")
}

// CohortNames are the names of cohorts by their ids.
func (s *Store) CohortNames(ctx context.Context, ids []string) (map[string]string, error) {
	var rows []Cohort
	err := s.DB(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, c := range rows {
		names[c.ID] = c.Name
	}
	return names, fail(err, "list names of cohorts")
}

// CohortSchoolFilter narrows a list of a cohort's schools; empty fields do not.
type CohortSchoolFilter struct {
	Status     string
	DueBy      *time.Time // 缓期 that is over then
	DistrictID string     // the superior organisation
	Text       string     // within the school's name or code
}

// CohortSchoolRow is a school of a cohort as lists show it.
type CohortSchoolRow struct {
	CohortSchool

	SchoolName   string
	SchoolCode   string
	DistrictID   string
	DistrictName string
	Stage        domain.Stage // of its case
	DecidedName  string
}

var cohortSchoolOrders = map[string]order[CohortSchoolRow]{
	"code":    {"orgs.code", schoolCode},
	"-code":   {"orgs.code DESC", schoolCode},
	"name":    {"orgs.name, orgs.id", schoolName},
	"-name":   {"orgs.name DESC, orgs.id DESC", schoolName},
	"status":  {"cohort_schools.status, cohort_schools.school_id", schoolStatus},
	"-status": {"cohort_schools.status DESC, cohort_schools.school_id DESC", schoolStatus},
}

func schoolCode(r *CohortSchoolRow) []any   { return []any{&r.SchoolCode} }
func schoolName(r *CohortSchoolRow) []any   { return []any{&r.SchoolName, &r.SchoolID} }
func schoolStatus(r *CohortSchoolRow) []any { return []any{&r.Status, &r.SchoolID} }

// SchoolsOfCohort lists the schools of a cohort that are in scope, by one of
// cohortSchoolOrders, by code if none is named.
func (s *Store) SchoolsOfCohort(ctx context.Context, scope Scope, cohortID string, f CohortSchoolFilter, p Page) ([]CohortSchoolRow, string, error) {
	o, p, err := chosen(cohortSchoolOrders, p, "code")
	if err != nil {
		return nil, "", err
	}
	q := scope.Orgs(s.DB(ctx).Table("cohort_schools")).Where("cohort_schools.cohort_id = ?", cohortID).
		Select("cohort_schools.*, orgs.name AS school_name, orgs.code AS school_code, d.id AS district_id, d.name AS district_name, " +
			"COALESCE(cases.stage, '') AS stage, COALESCE(u.name, '') AS decided_name").
		Joins("JOIN orgs ON orgs.id = cohort_schools.school_id").Joins("JOIN orgs d ON d.id = orgs.parent_id").
		Joins("LEFT JOIN cases ON cases.id = cohort_schools.case_id").Joins("LEFT JOIN users u ON u.id = cohort_schools.decided_by")
	return paged(f.apply(q), p, o.by, o.keys, "list schools of cohort")
}

func (f CohortSchoolFilter) apply(q *gorm.DB) *gorm.DB {
	if f.Status != "" {
		q = q.Where("cohort_schools.status = ?", f.Status)
	}
	if f.DueBy != nil {
		q = q.Where("cohort_schools.status = ? AND cohort_schools.until <= ?", SchoolDeferred, *f.DueBy)
	}
	if f.DistrictID != "" {
		q = q.Where("orgs.parent_id = ?", f.DistrictID)
	}
	if f.Text != "" {
		q = q.Where("(orgs.name LIKE ? ESCAPE '!' OR orgs.code LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return q
}
