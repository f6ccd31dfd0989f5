package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"zhengxiao/api/gen"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// What a dashboard shows, and for how long one answer serves everybody of the same reach.
const (
	ranked         = 10
	trendWeeks     = 26
	daysPerWeek    = 7
	dashboardLife  = time.Minute
	dashboardsKept = 256
)

// GetDashboard draws the 看板. It names no person, so that everybody with the same reach
// may share one answer.
func (s *server) GetDashboard(ctx context.Context, r gen.GetDashboardRequestObject) (gen.GetDashboardResponseObject, error) {
	a, f := accessOf(ctx), models.ProgressFilter{CohortID: r.Params.CohortId}
	var err error
	if f.Under, err = s.under(ctx, r.Params.Under); err != nil {
		return nil, err
	}
	view, err := s.dashboards.get(figuresKey(a.scope, f), s.store.Now(), func() (gen.Dashboard, error) { return s.dashboard(ctx, a.scope, f) })
	return gen.GetDashboard200JSONResponse(view), err
}

// figuresKey is everything that figures of a scope depend on.
func figuresKey(scope models.Scope, f models.ProgressFilter, more ...any) string {
	return fmt.Sprint(scope.All, "|", f.CohortID, "|", f.Under, "|",
		strings.Join(slices.Sorted(slices.Values(scope.Paths)), ","), "|", strings.Join(slices.Sorted(slices.Values(scope.CaseIDs)), ","), "|", more)
}

func (s *server) dashboard(ctx context.Context, scope models.Scope, f models.ProgressFilter) (gen.Dashboard, error) {
	d := gen.Dashboard{At: s.store.Now()}
	counts, err := s.store.StageCounts(ctx, scope, f)
	if err != nil {
		return d, err
	}
	d.Heat, d.Funnel, d.OverdueDistricts = convert(counts, progressCount), funnel(counts), overdueDistricts(counts)
	if d.Totals, err = s.totals(ctx, scope, f, counts); err != nil {
		return d, err
	}
	days := s.newDayCounter(ctx)
	if d.OverdueSchools, err = s.overdueSchools(ctx, scope, f, days); err != nil {
		return d, err
	}
	spans, err := s.store.StageSpans(ctx, scope, f)
	if err != nil {
		return d, err
	}
	d.Durations = durations(spans, days)
	d.Trend, err = s.trend(ctx, scope, f)
	return d, err
}

func funnel(counts []models.StageCount) []gen.FunnelStage {
	by := map[domain.Stage]models.Tally{}
	for _, n := range counts {
		t := by[n.Stage]
		by[n.Stage] = models.Tally{Cases: t.Cases + n.Cases, Overdue: t.Overdue + n.Overdue}
	}
	return convert(domain.Stages(), func(st domain.Stage) gen.FunnelStage {
		return gen.FunnelStage{Stage: st, StageName: st.Name(), Count: by[st].Cases, Overdue: by[st].Overdue}
	})
}

// overdueDistricts ranks superior organisations by their overdue cases.
func overdueDistricts(counts []models.StageCount) []gen.OverdueDistrict {
	list := []gen.OverdueDistrict{}
	for _, n := range counts { // ordered by district
		if len(list) == 0 || list[len(list)-1].District.Id != n.DistrictID {
			list = append(list, gen.OverdueDistrict{District: gen.Ref{Id: n.DistrictID, Name: n.DistrictName}})
		}
		last := &list[len(list)-1]
		last.Count += n.Cases
		last.Overdue += n.Overdue
	}
	list = filter(list, func(d gen.OverdueDistrict) bool { return d.Overdue > 0 })
	slices.SortStableFunc(list, func(a, b gen.OverdueDistrict) int { return cmp.Compare(b.Overdue, a.Overdue) })
	return list[:min(ranked, len(list))]
}

var (
	verdictNames = map[domain.Verdict]string{domain.VerdictPass: "通过", domain.VerdictRectify: "整改", domain.VerdictFail: "不通过"}
	resultNames  = map[domain.Result]string{domain.ResultPassed: "通过", domain.ResultFailed: "不通过", domain.ResultTerminated: "终止"}
)

func (s *server) totals(ctx context.Context, scope models.Scope, f models.ProgressFilter, counts []models.StageCount) (gen.DashboardTotals, error) {
	var t gen.DashboardTotals
	for _, n := range counts {
		t.Started += n.Cases
		t.Overdue += n.Overdue
		if n.Stage == domain.StageClosed {
			t.Closed += n.Cases
		}
	}
	t.Open = t.Started - t.Closed
	waiting, err := s.store.CountNotStarted(ctx, scope, f)
	if err != nil {
		return t, err
	}
	t.NotStarted, t.Schools = waiting, t.Started+waiting
	rows, err := s.store.VerdictCounts(ctx, scope, f)
	verdicts, results := map[domain.Verdict]int{}, map[domain.Result]int{}
	for _, n := range rows {
		verdicts[n.Verdict] += n.Cases
		results[n.Result] += n.Cases
	}
	t.Verdicts = convert([]domain.Verdict{domain.VerdictPass, domain.VerdictRectify, domain.VerdictFail}, func(v domain.Verdict) gen.NamedCount {
		return gen.NamedCount{Code: string(v), Name: verdictNames[v], Count: verdicts[v]}
	})
	t.Results = convert([]domain.Result{domain.ResultPassed, domain.ResultFailed, domain.ResultTerminated}, func(v domain.Result) gen.NamedCount {
		return gen.NamedCount{Code: string(v), Name: resultNames[v], Count: results[v]}
	})
	return t, err
}

func (s *server) overdueSchools(ctx context.Context, scope models.Scope, f models.ProgressFilter, days *dayCounter) ([]gen.OverdueSchool, error) {
	yes := true
	f.Overdue = &yes
	rows, _, err := s.store.Progress(ctx, scope, f, models.Page{Limit: ranked, Sort: "-overdue"})
	return convert(rows, func(r models.ProgressRow) gen.OverdueSchool {
		return gen.OverdueSchool{
			CaseId: r.ID, School: gen.Ref{Id: r.SchoolID, Name: r.SchoolName}, District: gen.Ref{Id: r.DistrictID, Name: r.DistrictName},
			Stage: r.Stage, StageName: r.Stage.Name(), WaitingRoleName: r.WaitingRole.Name(), WaitingOrg: r.WaitingOrg,
			DueAt: at(r.DueAt), DaysOver: days.since(r.CohortID, r.DueAt),
		}
	}), err
}

// trend counts what happened in the weeks up to this one.
func (s *server) trend(ctx context.Context, scope models.Scope, f models.ProgressFilter) ([]gen.TrendWeek, error) {
	today := calendar.DayNumber(s.store.Now())
	first := models.Monday(today) - daysPerWeek*(trendWeeks-1)
	entered, err := s.store.EnteredByWeek(ctx, scope, f, first)
	if err != nil {
		return nil, err
	}
	confirmed, err := s.store.LeftByWeek(ctx, scope, f, domain.StageConfirmation, first)
	if err != nil {
		return nil, err
	}
	weeks := make([]gen.TrendWeek, trendWeeks)
	for i := range weeks {
		monday := first + daysPerWeek*i
		weeks[i] = gen.TrendWeek{Monday: dateOf(monday), Sunday: dateOf(monday + daysPerWeek - 1), Entered: map[string]int{}}
	}
	at := func(m models.WeekMoves) *gen.TrendWeek {
		return &weeks[min((m.Monday-first)/daysPerWeek, trendWeeks-1)]
	}
	for _, m := range entered {
		at(m).Entered[string(m.Stage)] = m.Cases
		if m.Stage == domain.StageClosed {
			at(m).Closed = m.Cases
		}
	}
	for _, m := range confirmed {
		at(m).Confirmed = m.Cases
	}
	return weeks, nil
}

// dateOf is the day with that number.
func dateOf(day int) openapi_types.Date {
	return openapi_types.Date{Time: time.Unix(0, 0).UTC().AddDate(0, 0, day)}
}
