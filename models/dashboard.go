package models

import (
	"context"

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
	return s.StageSpansIn(ctx, scope, f, Period{})
}

func stageSpans(q *gorm.DB) ([]StageSpan, error) {
	var rows []StageSpan
	err := q.Select("cohort_id, stage, entered_day, left_day, COUNT(*) AS visits").
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

// EnteredByWeek counts the cases that entered each stage in the weeks from Monday on.
func (s *Store) EnteredByWeek(ctx context.Context, scope Scope, f ProgressFilter, monday int) ([]WeekMoves, error) {
	q := s.visits(ctx, scope, f).Where("stage IN ? AND entered_week >= ?", domain.Stages(), monday)
	return byWeek(q, "entered_week")
}

// LeftByWeek counts the cases that left a stage in the weeks from Monday on.
func (s *Store) LeftByWeek(ctx context.Context, scope Scope, f ProgressFilter, stage domain.Stage, monday int) ([]WeekMoves, error) {
	q := s.visits(ctx, scope, f).Where("stage = ? AND left_day >= ?", stage, monday)
	return byWeek(q, "left_day - (left_day + 3) % 7") // as Monday
}

func byWeek(q *gorm.DB, monday string) ([]WeekMoves, error) {
	var rows []WeekMoves
	err := q.Select("stage, " + monday + " AS monday, COUNT(DISTINCT case_id) AS cases").Group("stage, " + monday).Scan(&rows).Error
	return rows, fail(err, "count moves by week")
}

// Monday is the first day of a day's week. Day 0 was a Thursday.
func Monday(day int) int { return day - (day+3)%7 }

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
