package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// visits is the query on stays in stages; of the filter only CohortID and Under apply.
func (s *Store) visits(ctx context.Context, scope Scope, f ProgressFilter) *gorm.DB {
	q := scope.within(s.DB(ctx).Table("stage_visits"), "stage_visits.path", "stage_visits.case_id")
	if f.CohortID != "" {
		q = q.Where("stage_visits.cohort_id = ?", f.CohortID)
	}
	if f.Under != "" {
		q = q.Where("stage_visits.path >= ? AND stage_visits.path < ?", f.Under, pathEnd(f.Under))
	}
	return q
}

// StageSpan is how many stays in a stage began and ended on the same two days.
type StageSpan struct {
	CohortID   string
	Stage      domain.Stage
	EnteredDay int
	LeftDay    int
	Visits     int
}

// StageSpans sums up the finished stays in stages.
func (s *Store) StageSpans(ctx context.Context, scope Scope, f ProgressFilter) ([]StageSpan, error) {
	var rows []StageSpan
	err := s.visits(ctx, scope, f).Where("stage_visits.left_day IS NOT NULL").
		Select("cohort_id, stage, entered_day, left_day, COUNT(*) AS visits").
		Group("cohort_id, stage, entered_day, left_day").Scan(&rows).Error
	return rows, fail(err, "sum stays in stages")
}

// WeekMoves is how many cases entered or left a stage in the week that begins on Monday,
// a day of calendar.DayNumber. A case counts once.
type WeekMoves struct {
	Stage  domain.Stage
	Monday int
	Cases  int
}

// EnteredByWeek counts the cases that entered each stage from a day on.
func (s *Store) EnteredByWeek(ctx context.Context, scope Scope, f ProgressFilter, from int) ([]WeekMoves, error) {
	return byWeek(s.visits(ctx, scope, f), "entered_day", from)
}

// LeftByWeek counts the cases that left a stage from a day on.
func (s *Store) LeftByWeek(ctx context.Context, scope Scope, f ProgressFilter, stage domain.Stage, from int) ([]WeekMoves, error) {
	return byWeek(s.visits(ctx, scope, f).Where("stage_visits.stage = ?", stage), "left_day", from)
}

func byWeek(q *gorm.DB, day string, from int) ([]WeekMoves, error) {
	monday := fmt.Sprintf("%[1]s - (%[1]s + 3) %% 7", day) // day 0 was a Thursday
	var rows []WeekMoves
	err := q.Where(day+" >= ?", from).Select("stage, " + monday + " AS monday, COUNT(DISTINCT case_id) AS cases").
		Group("stage, " + monday).Scan(&rows).Error
	return rows, fail(err, "count moves by week")
}

// VerdictCount is how many cases have the bureau's verdict, "" for none yet.
type VerdictCount struct {
	Verdict domain.Verdict
	Result  domain.Result
	Cases   int
}

// VerdictCounts counts the cases in scope by the bureau's last verdict and by how they
// ended.
func (s *Store) VerdictCounts(ctx context.Context, scope Scope, f ProgressFilter) ([]VerdictCount, error) {
	var rows []VerdictCount
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).
		Select("cases.verdict, cases.result, COUNT(*) AS cases").Group("cases.verdict, cases.result").Scan(&rows).Error
	return rows, fail(err, "count verdicts")
}

// Monday is the first day of a day's week.
func Monday(day int) int { return day - (day+3)%7 }
