package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// RestCohortSchools defers, exempts or restores schools before their case is opened.
func (s *server) RestCohortSchools(ctx context.Context, r gen.RestCohortSchoolsRequestObject) (gen.RestCohortSchoolsResponseObject, error) {
	a := accessOf(ctx)
	c, err := a.runs()
	if err != nil {
		return nil, err
	}
	rest := models.Rest{Status: string(r.Body.Status), Until: when(r.Body.Until), Reason: r.Body.Reason}
	outcomes, err := s.store.RestSchools(ctx, c.ID, unique(r.Body.SchoolIds), rest, a.user.ID)
	if err != nil {
		return nil, err
	}
	refused := filter(outcomes, func(o models.RestOutcome) bool { return o.Refused != "" })
	names, err := s.schoolNames(ctx, a.scope, convert(refused, func(o models.RestOutcome) string { return o.SchoolID }))
	return gen.RestCohortSchools200JSONResponse{
		Done: len(outcomes) - len(refused),
		Refused: convert(refused, func(o models.RestOutcome) gen.RefusedSchool {
			return gen.RefusedSchool{School: gen.Ref{Id: o.SchoolID, Name: names[o.SchoolID]}, Reason: o.Refused}
		}),
	}, err
}

// schoolNames are the names of those organisations that are in scope.
func (s *server) schoolNames(ctx context.Context, scope models.Scope, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		org, err := s.store.OrgInScope(ctx, scope, id)
		if apperr.Is(err, apperr.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		names[id] = org.Name
	}
	return names, nil
}

// PreviewSecondRound tells which schools of a cohort take part in its second round.
func (s *server) PreviewSecondRound(ctx context.Context, _ gen.PreviewSecondRoundRequestObject) (gen.PreviewSecondRoundResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	rows, err := s.store.SecondRound(ctx, c.ID)
	return gen.PreviewSecondRound200JSONResponse(secondRoundOf(rows, gen.Ref{})), err
}

// StartSecondRound drafts the second round of a cohort, on the policy in force now.
func (s *server) StartSecondRound(ctx context.Context, r gen.StartSecondRoundRequestObject) (gen.StartSecondRoundResponseObject, error) {
	a := accessOf(ctx)
	first, err := a.runs()
	if err != nil {
		return nil, err
	}
	now := s.store.Now()
	digest, err := s.policyInForce(ctx, first.Programme, first.Path, now)
	if err != nil {
		return nil, err
	}
	version, err := s.newestCalendar(ctx)
	if err != nil {
		return nil, err
	}
	c, rows, err := s.store.StartSecondRound(ctx, first.ID, models.NewCohort{
		Code: r.Body.Code, Name: r.Body.Name, PolicyDigest: digest, CalendarVersion: version,
		WindowStart: r.Body.WindowStart, WindowEnd: r.Body.WindowEnd, OpensAt: when(r.Body.OpensAt), Pace: r.Body.Pace, LayersAt: &now,
	}, r.Body.SchoolIds, a.user.ID)
	if err != nil {
		return nil, err
	}
	return gen.StartSecondRound201JSONResponse(secondRoundOf(rows, gen.Ref{Id: c.ID, Name: c.Name})), nil
}

func secondRoundOf(rows []models.SecondRoundRow, cohort gen.Ref) gen.SecondRound {
	return gen.SecondRound{
		Cohort: cohort,
		Taken:  len(filter(rows, func(r models.SecondRoundRow) bool { return r.Taken })),
		Schools: convert(rows, func(r models.SecondRoundRow) gen.SecondRoundSchool {
			return gen.SecondRoundSchool{
				School: gen.Ref{Id: r.SchoolID, Name: r.SchoolName}, Code: r.SchoolCode, District: r.DistrictName, Taken: r.Taken, Why: r.Why,
			}
		}),
	}
}

// ScheduleSchools plans many schools into cohorts in one go.
func (s *server) ScheduleSchools(ctx context.Context, r gen.ScheduleSchoolsRequestObject) (gen.ScheduleSchoolsResponseObject, error) {
	rows := convert(r.Body.Rows, func(r gen.ScheduleRow) models.Placement {
		return models.Placement{SchoolCode: r.School, CohortCode: r.Cohort}
	})
	outcomes, err := s.store.Schedule(ctx, accessOf(ctx).scope, rows, r.Body.Dry)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, o := range outcomes {
		count[o.Outcome]++
	}
	return gen.ScheduleSchools200JSONResponse{
		Added: count[models.PlacementNew], Same: count[models.PlacementSame], Refused: count[models.PlacementRefused],
		Rows: convert(outcomes, func(o models.PlacementOutcome) gen.ScheduleOutcome {
			return gen.ScheduleOutcome{
				School: o.SchoolCode, Cohort: o.CohortCode, SchoolName: o.School, CohortName: o.Cohort,
				Outcome: gen.ScheduleOutcomeOutcome(o.Outcome), Reason: o.Reason,
			}
		}),
	}, nil
}
