package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// ProgressFilter narrows the 督办台账; empty fields do not.
type ProgressFilter struct {
	CohortID    string
	DistrictID  string // the superior organisation
	Stage       domain.Stage
	WaitingRole domain.Role
	Overdue     *bool
	Text        string // within the school's name
}

func (f ProgressFilter) apply(q *gorm.DB) *gorm.DB {
	if f.CohortID != "" {
		q = q.Where("cases.cohort_id = ?", f.CohortID)
	}
	if f.DistrictID != "" {
		q = q.Where("cases.district_id = ?", f.DistrictID)
	}
	if f.Stage != "" {
		q = q.Where("cases.stage = ?", f.Stage)
	}
	if f.WaitingRole != "" {
		q = q.Where("cases.waiting_role = ?", f.WaitingRole)
	}
	if f.Overdue != nil {
		q = q.Where("cases.overdue = ?", *f.Overdue)
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	return q
}

// ProgressRow is one line of the 督办台账.
type ProgressRow struct {
	Case

	DistrictName string
	WaitingOrg   string // name
	WaitingUser  string // name, when one person is waited for
}

// Progress lists the cases in scope, those due first leading.
func (s *Store) Progress(ctx context.Context, scope Scope, f ProgressFilter, p Page) ([]ProgressRow, string, error) {
	q := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).
		Select("cases.*, d.name AS district_name, COALESCE(w.name, '') AS waiting_org, COALESCE(u.name, '') AS waiting_user").
		Joins("JOIN orgs d ON d.id = cases.district_id").
		Joins("LEFT JOIN orgs w ON w.id = cases.waiting_org_id").
		Joins("LEFT JOIN users u ON u.id = cases.waiting_user_id")
	return paged(q, p, "cases.sort_at, cases.id",
		func(r *ProgressRow) []any { return []any{&r.SortAt, &r.ID} }, "list progress")
}

// StageCount is one cell of the stage × district table.
type StageCount struct {
	DistrictID   string
	DistrictName string
	Stage        domain.Stage
	Cases        int
	Overdue      int
}

// StageCounts counts the cases in scope by district and stage; empty cells are left out.
func (s *Store) StageCounts(ctx context.Context, scope Scope, f ProgressFilter) ([]StageCount, error) {
	var rows []StageCount
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).
		Select("cases.district_id, d.name AS district_name, cases.stage, COUNT(*) AS cases, SUM(CASE WHEN cases.overdue THEN 1 ELSE 0 END) AS overdue").
		Joins("JOIN orgs d ON d.id = cases.district_id").
		Group("cases.district_id, d.name, cases.stage").Order("d.name, cases.district_id, cases.stage").Scan(&rows).Error
	return rows, fail(err, "count stages")
}

// NotStarted is a school planned into a cohort whose case is not running yet.
type NotStarted struct {
	CohortID     string
	SchoolID     string
	SchoolName   string
	DistrictID   string
	DistrictName string
}

// NotStartedSchools lists the planned schools in scope by district and school; the
// filter's stage and waiting fields do not apply to them.
func (s *Store) NotStartedSchools(ctx context.Context, scope Scope, f ProgressFilter, p Page) ([]NotStarted, string, error) {
	q := scope.Orgs(s.DB(ctx).Table("cohort_schools").Joins("JOIN orgs ON orgs.id = cohort_schools.school_id")).
		Joins("JOIN orgs d ON d.id = orgs.parent_id").
		Select("orgs.path, cohort_schools.cohort_id, orgs.id AS school_id, orgs.name AS school_name, d.id AS district_id, d.name AS district_name").
		Where("cohort_schools.case_id IS NULL")
	if f.CohortID != "" {
		q = q.Where("cohort_schools.cohort_id = ?", f.CohortID)
	}
	if f.DistrictID != "" {
		q = q.Where("d.id = ?", f.DistrictID)
	}
	if f.Text != "" {
		q = q.Where("orgs.name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	type row struct {
		NotStarted

		Path string
	}
	rows, next, err := paged(q, p, "orgs.path, cohort_schools.cohort_id",
		func(r *row) []any { return []any{&r.Path, &r.CohortID} }, "list schools not started")
	list := make([]NotStarted, len(rows))
	for i, r := range rows {
		list[i] = r.NotStarted
	}
	return list, next, err
}
