package models

import (
	"context"
	"time"

	"zhengxiao/internal/domain"
)

// AreaCount counts the cases of one superior organisation in one stage.
type AreaCount struct {
	Tally

	DistrictID string
	Stage      domain.Stage
	Returned   int // sent back and not yet handed in again
	Stuck      int // waiting since before their cut-off
	Behind     int // past the plan's date for their stage
	Passed     int
	Failed     int
}

// AreaCounts counts the cases in scope for the summaries of districts and cities, as of
// now; stuck are those that waited since before their cut-off.
func (s *Store) AreaCounts(ctx context.Context, scope Scope, f ProgressFilter, stuck []Cutoff, now time.Time) ([]AreaCount, error) {
	late, args := waitedBefore(stuck)
	sum := func(condition string) string {
		return "COALESCE(SUM(CASE WHEN " + condition + " THEN 1 ELSE 0 END), 0)"
	}
	args = append(args, now, domain.ResultPassed, domain.ResultFailed)
	var rows []AreaCount
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Select("cases.district_id, cases.stage, "+tallied+", "+
		sum("cases.returned")+" AS returned, "+sum(late)+" AS stuck, "+sum("cases.plan_at < ?")+" AS behind, "+
		sum("cases.result = ?")+" AS passed, "+sum("cases.result = ?")+" AS failed", args...).
		Group("cases.district_id, cases.stage").Scan(&rows).Error
	return rows, fail(err, "count areas")
}

// DistrictCount is a number of schools below one superior organisation.
type DistrictCount struct {
	DistrictID string
	Schools    int
}

// OrphansByDistrict counts the cases in scope that wait for nobody who could act.
func (s *Store) OrphansByDistrict(ctx context.Context, scope Scope, f ProgressFilter) ([]DistrictCount, error) {
	f.Orphaned = true
	var rows []DistrictCount
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Select("cases.district_id, COUNT(*) AS schools").
		Group("cases.district_id").Scan(&rows).Error
	return rows, fail(err, "count orphaned cases")
}

// NotStartedByDistrict counts the schools that NotStartedSchools lists.
func (s *Store) NotStartedByDistrict(ctx context.Context, scope Scope, f ProgressFilter) ([]DistrictCount, error) {
	var rows []DistrictCount
	err := s.notStarted(ctx, scope, f).Select("orgs.parent_id AS district_id, COUNT(*) AS schools").
		Group("orgs.parent_id").Scan(&rows).Error
	return rows, fail(err, "count schools not started by district")
}

// CohortCalendar says which working days count for a cohort.
type CohortCalendar struct {
	ID              string
	CalendarVersion string
}

// CohortCalendars lists the cohorts with their calendars; there are few.
func (s *Store) CohortCalendars(ctx context.Context) ([]CohortCalendar, error) {
	var rows []CohortCalendar
	err := s.DB(ctx).Model(&Cohort{}).Select("id", "calendar_version").Order("id").Scan(&rows).Error
	return rows, fail(err, "list calendars of cohorts")
}

// OrgsAbove are organisations by id, together with those right above them.
func (s *Store) OrgsAbove(ctx context.Context, ids []string) (map[string]Org, error) {
	by := map[string]Org{}
	for range 2 {
		if len(ids) == 0 {
			break
		}
		var rows []Org
		if err := s.DB(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
			return nil, fail(err, "read organisations")
		}
		ids = nil
		for _, o := range rows {
			by[o.ID] = o
			if o.ParentID != nil {
				ids = append(ids, *o.ParentID)
			}
		}
	}
	return by, nil
}
