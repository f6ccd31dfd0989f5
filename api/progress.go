package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

func progressFilter(p gen.ListProgressParams) models.ProgressFilter {
	f := models.ProgressFilter{
		CohortID: p.CohortId, DistrictID: p.DistrictId, Stage: p.Stage, WaitingRole: p.WaitingRole, Text: p.Q,
	}
	if p.Overdue {
		f.Overdue = &p.Overdue
	}
	return f
}

// ListProgress is the 督办台账 of everything the caller reaches.
func (s *server) ListProgress(ctx context.Context, r gen.ListProgressRequestObject) (gen.ListProgressResponseObject, error) {
	a := accessOf(ctx)
	rows, next, err := s.store.Progress(ctx, a.scope, progressFilter(r.Params), page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	var seats []models.Seat
	for _, row := range rows {
		seats = append(seats, models.Seat{OrgID: row.WaitingOrgID, Role: row.WaitingRole})
	}
	holders, err := s.store.SeatHolders(ctx, unique(seats))
	if err != nil {
		return nil, err
	}
	days := s.newDayCounter(ctx)
	items := make([]gen.ProgressRow, len(rows))
	for i, row := range rows {
		if items[i], err = s.progressRow(row, a, holders, days); err != nil {
			return nil, err
		}
	}
	return gen.ListProgress200JSONResponse{Items: items, Next: next}, nil
}

func (s *server) progressRow(row models.ProgressRow, a *access, holders map[models.Seat][]string, days *dayCounter) (gen.ProgressRow, error) {
	view := gen.ProgressRow{
		CaseId: row.ID, CohortId: row.CohortID, School: gen.Ref{Id: row.SchoolID, Name: row.SchoolName},
		District: gen.Ref{Id: row.DistrictID, Name: row.DistrictName}, Direct: row.Direct,
		Stage: row.Stage, StageName: row.Stage.Name(), Overdue: row.Overdue, Returned: row.Returned,
		Round: row.Round, Result: row.Result, UpdatedAt: row.UpdatedAt,
	}
	if row.WaitingTask == "" {
		return view, nil
	}
	view.Task, view.WaitingRole, view.WaitingRoleName = row.WaitingTask, row.WaitingRole, row.WaitingRole.Name()
	view.WaitingOrg, view.WaitingSince, view.DueAt = row.WaitingOrg, at(row.WaitingSince), at(row.DueAt)
	switch row.WaitingUserID {
	case "":
		view.WaitingPerson = people(holders[models.Seat{OrgID: row.WaitingOrgID, Role: row.WaitingRole}])
	case a.user.ID:
		view.WaitingPerson = row.WaitingUser
	default:
		sees, err := a.seesExpertsOf(&row.Case)
		if err != nil {
			return view, err
		}
		if sees {
			view.WaitingPerson = row.WaitingUser
		}
	}
	view.WorkingDays = days.since(row.CohortID, row.ID, row.WaitingSince)
	if row.Overdue {
		view.DaysOver = days.since(row.CohortID, row.ID, row.DueAt)
	}
	return view, nil
}

// CountProgress counts cases by stage and district, and the schools not started.
func (s *server) CountProgress(ctx context.Context, r gen.CountProgressRequestObject) (gen.CountProgressResponseObject, error) {
	a := accessOf(ctx)
	f := models.ProgressFilter{CohortID: r.Params.CohortId}
	counts, err := s.store.StageCounts(ctx, a.scope, f)
	if err != nil {
		return nil, err
	}
	waiting, err := s.store.CountNotStarted(ctx, a.scope, f)
	if err != nil {
		return nil, err
	}
	view := gen.CountProgress200JSONResponse{Items: []gen.ProgressCount{}, NotStarted: waiting}
	for _, n := range counts {
		view.Total += n.Cases
		view.Overdue += n.Overdue
		view.Items = append(view.Items, gen.ProgressCount{
			Stage: n.Stage, StageName: n.Stage.Name(), District: gen.Ref{Id: n.DistrictID, Name: n.DistrictName},
			Count: n.Cases, Overdue: n.Overdue,
		})
	}
	return view, nil
}

// ListNotStarted lists planned schools without a case.
func (s *server) ListNotStarted(ctx context.Context, r gen.ListNotStartedRequestObject) (gen.ListNotStartedResponseObject, error) {
	f := models.ProgressFilter{CohortID: r.Params.CohortId}
	rows, next, err := s.store.NotStartedSchools(ctx, accessOf(ctx).scope, f, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListNotStarted200JSONResponse{Next: next, Items: convert(rows, func(n models.NotStarted) gen.NotStarted {
		return gen.NotStarted{
			CohortId: n.CohortID, School: gen.Ref{Id: n.SchoolID, Name: n.SchoolName},
			District: gen.Ref{Id: n.DistrictID, Name: n.DistrictName},
		}
	})}, err
}
