package models

import "context"

// TodoCounts says how much waits for a person.
type TodoCounts struct {
	Open    int
	Overdue int
}

// CountTodo counts the tasks that TodoTasks lists.
func (s *Store) CountTodo(ctx context.Context, userID string, grants []Grant) (TodoCounts, error) {
	mine := s.DB(ctx).Where("user_id = ?", userID)
	for _, g := range grants {
		mine = mine.Or("user_id = '' AND role = ? AND org_id = ?", g.Role, g.OrgID)
	}
	var n TodoCounts
	err := s.DB(ctx).Table("tasks").Where(mine).Where("status = ?", TaskOpen).
		Select("COUNT(*) AS `open`, COALESCE(SUM(CASE WHEN overdue THEN 1 ELSE 0 END), 0) AS overdue").Scan(&n).Error
	return n, fail(err, "count open tasks")
}

// CountNotStarted counts the schools that NotStartedSchools lists for a cohort, or for
// all cohorts.
func (s *Store) CountNotStarted(ctx context.Context, scope Scope, f ProgressFilter) (int, error) {
	q := scope.Orgs(s.DB(ctx).Table("cohort_schools").Joins("JOIN orgs ON orgs.id = cohort_schools.school_id")).
		Where("cohort_schools.case_id IS NULL")
	if f.CohortID != "" {
		q = q.Where("cohort_schools.cohort_id = ?", f.CohortID)
	}
	var n int64
	err := q.Count(&n).Error
	return int(n), fail(err, "count schools not started")
}
