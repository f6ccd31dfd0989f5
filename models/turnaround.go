package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// Period is the days from First to Last, both included and 0 when open; days are those of
// calendar.DayNumber.
type Period struct{ First, Last int }

// offices are the roles whose work is measured: whoever decides on schools.
var offices = []domain.Role{domain.RoleDistrict, domain.RoleCityOffice, domain.RoleBureau}

// OfficeSpan is how many tasks an office finished that began and ended on the same two
// days. UserID is who decided.
type OfficeSpan struct {
	CohortID string
	OrgID    string
	Role     domain.Role
	UserID   string
	FirstDay int
	LastDay  int
	Tasks    int
}

// OfficeSpans sums up the tasks that offices finished in a period, for cases in scope.
func (s *Store) OfficeSpans(ctx context.Context, scope Scope, f ProgressFilter, p Period) ([]OfficeSpan, error) {
	// What a school took back was not decided by the office.
	q := s.DB(ctx).Table("tasks").Where("tasks.done_at IS NOT NULL AND tasks.role IN ? AND tasks.done_kind <> ?", offices, domain.WithdrawPlan)
	if p.First != 0 {
		q = q.Where("tasks.done_at >= ?", calendar.DayStart(p.First))
	}
	if p.Last != 0 {
		q = q.Where("tasks.done_at < ?", calendar.DayStart(p.Last+1))
	}
	q = scope.within(withCases(q, "tasks"), "tasks.path", "tasks.case_id")
	if f.CohortID != "" {
		q = q.Where("cases.cohort_id = ?", f.CohortID)
	}
	if f.Under != "" {
		q = q.Where("tasks.path >= ? AND tasks.path < ?", f.Under, pathEnd(f.Under))
	}
	first, last := dayNumber(q, "tasks.since"), dayNumber(q, "tasks.done_at")
	var rows []OfficeSpan
	err := q.
		Select("cases.cohort_id, tasks.org_id, tasks.role, tasks.done_by AS user_id, " +
			first + " AS first_day, " + last + " AS last_day, COUNT(*) AS tasks").
		Group("cases.cohort_id, tasks.org_id, tasks.role, tasks.done_by, " + first + ", " + last).
		Scan(&rows).Error
	return rows, fail(err, "sum finished tasks")
}

// dayNumber is SQL for calendar.DayNumber of a column.
func dayNumber(db *gorm.DB, column string) string {
	if db.Name() == "sqlite" {
		return "CAST(STRFTIME('%s', " + column + ", '+8 hours') AS INTEGER) / 86400"
	}
	return "DATEDIFF(DATE_ADD(" + column + ", INTERVAL 8 HOUR), '1970-01-01')"
}

// StageSpansIn is StageSpans of the stays that ended in a period.
func (s *Store) StageSpansIn(ctx context.Context, scope Scope, f ProgressFilter, p Period) ([]StageSpan, error) {
	q := s.visits(ctx, scope, f).Where("stage_visits.left_day IS NOT NULL")
	if p.First != 0 {
		q = q.Where("stage_visits.left_day >= ?", p.First)
	}
	if p.Last != 0 {
		q = q.Where("stage_visits.left_day <= ?", p.Last)
	}
	return stageSpans(q)
}
