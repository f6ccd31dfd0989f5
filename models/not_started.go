package models

import (
	"context"

	"gorm.io/gorm"
)

// NotStarted is a school planned into a cohort, or deferred in it, whose case is not
// running yet.
type NotStarted struct {
	CohortID     string
	SchoolID     string
	SchoolName   string
	DistrictID   string
	DistrictName string
}

// notStarted is the query that the list and its count share.
func (s *Store) notStarted(ctx context.Context, scope Scope, f ProgressFilter) *gorm.DB {
	q := scope.Orgs(s.DB(ctx).Table("cohort_schools").Joins("JOIN orgs ON orgs.id = cohort_schools.school_id")).
		Where("cohort_schools.case_id IS NULL AND cohort_schools.status IN ?", []string{SchoolPlanned, SchoolDeferred})
	if f.CohortID != "" {
		q = q.Where("cohort_schools.cohort_id = ?", f.CohortID)
	}
	if f.DistrictID != "" {
		q = q.Where("orgs.parent_id = ?", f.DistrictID)
	}
	if f.Under != "" {
		q = q.Where("orgs.path >= ? AND orgs.path < ?", f.Under, pathEnd(f.Under))
	}
	if f.Text != "" {
		q = q.Where("orgs.name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	return q
}

// NotStartedSchools lists the planned schools in scope by district and school; the
// filter's stage and waiting fields do not apply to them.
func (s *Store) NotStartedSchools(ctx context.Context, scope Scope, f ProgressFilter, p Page) ([]NotStarted, string, error) {
	q := s.notStarted(ctx, scope, f).Joins("JOIN orgs d ON d.id = orgs.parent_id").
		Select("orgs.path, cohort_schools.cohort_id, orgs.id AS school_id, orgs.name AS school_name, d.id AS district_id, d.name AS district_name")
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

// CountNotStarted counts the schools that NotStartedSchools lists.
func (s *Store) CountNotStarted(ctx context.Context, scope Scope, f ProgressFilter) (int, error) {
	var n int64
	err := s.notStarted(ctx, scope, f).Count(&n).Error
	return int(n), fail(err, "count schools not started")
}
