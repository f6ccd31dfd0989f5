package api

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// usualStuckDays is how many working days a case has waited that counts as stuck, where
// nobody says otherwise.
const usualStuckDays = 20

// GetSummary sums districts and cities up. It names no person, so that everybody with the
// same reach may share one answer.
func (s *server) GetSummary(ctx context.Context, r gen.GetSummaryRequestObject) (gen.GetSummaryResponseObject, error) {
	view, err := s.summary(ctx, r.Params.CohortId, r.Params.Under, r.Params.StuckDays)
	return gen.GetSummary200JSONResponse(view), err
}

func (s *server) summary(ctx context.Context, cohort, under string, stuckDays int) (gen.Summary, error) {
	a, f := accessOf(ctx), models.ProgressFilter{CohortID: cohort}
	var err error
	if f.Under, err = s.under(ctx, under); err != nil {
		return gen.Summary{}, err
	}
	stuckDays = cmp.Or(stuckDays, usualStuckDays)
	return s.summaries.get(figuresKey(a.scope, f, stuckDays), s.store.Now(), func() (gen.Summary, error) {
		return s.sumUp(ctx, a.scope, f, stuckDays)
	})
}

func (s *server) sumUp(ctx context.Context, scope models.Scope, f models.ProgressFilter, stuckDays int) (gen.Summary, error) {
	v := gen.Summary{At: s.store.Now(), StuckDays: stuckDays, Cities: []gen.AreaSummary{}, Districts: []gen.AreaSummary{}}
	stuck, err := s.cutoffs(ctx, f.CohortID, stuckDays)
	if err != nil {
		return v, err
	}
	counts, err := s.store.AreaCounts(ctx, scope, f, stuck, v.At)
	if err != nil {
		return v, err
	}
	orphans, err := s.store.OrphansByDistrict(ctx, scope, f)
	if err != nil {
		return v, err
	}
	waiting, err := s.store.NotStartedByDistrict(ctx, scope, f)
	if err != nil {
		return v, err
	}
	areas := map[string]*gen.AreaSummary{}
	of := func(id string) *gen.AreaSummary {
		if areas[id] == nil {
			areas[id] = &gen.AreaSummary{Org: gen.Ref{Id: id}, Stages: map[string]int{}}
		}
		return areas[id]
	}
	for _, n := range counts {
		addCounts(of(n.DistrictID), n)
	}
	for _, n := range orphans {
		of(n.DistrictID).Orphaned = n.Schools
	}
	for _, n := range waiting {
		of(n.DistrictID).NotStarted = n.Schools
		of(n.DistrictID).Schools += n.Schools
	}
	err = s.placeAreas(ctx, &v, areas)
	return v, err
}

func addCounts(a *gen.AreaSummary, n models.AreaCount) {
	a.Schools += n.Cases
	a.Started += n.Cases
	if n.Stage == domain.StageClosed {
		a.Closed += n.Cases
	} else {
		a.Open += n.Cases
	}
	a.Overdue += n.Overdue
	a.Returned += n.Returned
	a.Stuck += n.Stuck
	a.Behind += n.Behind
	a.Passed += n.Passed
	a.Failed += n.Failed
	a.Stages[string(n.Stage)] += n.Cases
}

// placeAreas names the districts, puts them under their cities and adds those up.
func (s *server) placeAreas(ctx context.Context, v *gen.Summary, areas map[string]*gen.AreaSummary) error {
	orgs, err := s.store.OrgsAbove(ctx, slices.Collect(maps.Keys(areas)))
	if err != nil {
		return err
	}
	cities := map[string]*gen.AreaSummary{}
	for id, area := range areas {
		org := orgs[id]
		area.Org.Name = org.Name
		city := org
		if area.Direct = org.Level == models.LevelCity; !area.Direct && org.ParentID != nil {
			city = orgs[*org.ParentID]
		}
		if city.ID != "" {
			area.City = gen.Ref{Id: city.ID, Name: city.Name}
			if cities[city.ID] == nil {
				cities[city.ID] = &gen.AreaSummary{Org: area.City, Stages: map[string]int{}}
			}
			addArea(cities[city.ID], area)
		}
		v.Districts = append(v.Districts, *area)
	}
	for _, c := range cities {
		v.Cities = append(v.Cities, *c)
	}
	byName := func(a, b gen.AreaSummary) int {
		return cmp.Or(cmp.Compare(a.City.Name, b.City.Name), cmp.Compare(a.Org.Name, b.Org.Name), cmp.Compare(a.Org.Id, b.Org.Id))
	}
	slices.SortFunc(v.Cities, byName)
	slices.SortFunc(v.Districts, byName)
	return nil
}

func addArea(sum, a *gen.AreaSummary) {
	for _, n := range []struct{ into, of *int }{
		{&sum.Schools, &a.Schools}, {&sum.NotStarted, &a.NotStarted}, {&sum.Started, &a.Started}, {&sum.Open, &a.Open},
		{&sum.Closed, &a.Closed}, {&sum.Overdue, &a.Overdue}, {&sum.Returned, &a.Returned}, {&sum.Stuck, &a.Stuck},
		{&sum.Behind, &a.Behind}, {&sum.Orphaned, &a.Orphaned}, {&sum.Passed, &a.Passed}, {&sum.Failed, &a.Failed},
	} {
		*n.into += *n.of
	}
	for stage, n := range a.Stages {
		sum.Stages[stage] += n
	}
}
