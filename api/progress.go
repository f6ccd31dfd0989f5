package api

import (
	"context"
	"slices"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// progressFilter is what the query asks for. The organisation it names must be within
// reach.
func (s *server) progressFilter(ctx context.Context, p gen.ListProgressParams) (models.ProgressFilter, error) {
	f := models.ProgressFilter{
		CohortID: p.CohortId, DistrictID: p.DistrictId, Stage: p.Stage, WaitingRole: p.WaitingRole,
		Verdict: p.Verdict, Result: p.Result, DueBefore: when(p.DueBefore), DueAfter: when(p.DueAfter), Text: p.Q, Orphaned: p.Orphaned,
	}
	if p.Returned {
		f.Returned = &p.Returned
	}
	if p.Paused {
		f.Paused = &p.Paused
	}
	if p.Behind {
		now := s.store.Now()
		f.Behind = &now
	}
	if p.Overdue {
		f.Overdue = &p.Overdue
	}
	if p.State != "" {
		closed := p.State == gen.CaseStateClosed
		f.Closed = &closed
	}
	moves := models.Moves{First: dayOf(p.From), Last: dayOf(p.To)}
	if p.Entered != "" {
		f.Entered = moves
		f.Entered.Stage = p.Entered
	}
	if p.Left != "" {
		f.Left = moves
		f.Left.Stage = p.Left
	}
	if moves != (models.Moves{}) && p.Entered == "" && p.Left == "" {
		return f, apperr.Field("from", "起止日期须与“进入环节”（entered）或“离开环节”（left）一起使用。")
	}
	var err error
	if f.Waited, err = s.cutoffs(ctx, f.CohortID, p.StuckDays); err != nil {
		return f, err
	}
	f.Under, err = s.under(ctx, p.Under)
	return f, err
}

// under is the path of an organisation that a query names.
func (s *server) under(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	org, err := s.store.OrgInScope(ctx, accessOf(ctx).scope, id)
	if err != nil {
		return "", err
	}
	return org.Path, nil
}

// dayOf numbers a day that a query names, 0 when it names none.
func dayOf(d openapi_types.Date) int {
	if d.IsZero() {
		return 0
	}
	return calendar.DayNumber(d.Time)
}

// ListProgress is the 督办台账 of everything the caller reaches.
func (s *server) ListProgress(ctx context.Context, r gen.ListProgressRequestObject) (gen.ListProgressResponseObject, error) {
	a, p := accessOf(ctx), page(r.Params.Cursor, r.Params.Limit)
	f, err := s.progressFilter(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Progress(ctx, a.scope, f, p)
	if err != nil {
		return nil, err
	}
	n, err := s.store.CountProgress(ctx, a.scope, f)
	if err != nil {
		return nil, err
	}
	items, err := s.progressRows(ctx, rows, s.newDayCounter(ctx), true)
	return gen.ListProgress200JSONResponse{Items: items, Next: next, Total: n.Cases, OverdueTotal: n.Overdue}, err
}

// progressRows shows lines of the 督办台账 as the caller may see them; why says whether to
// tell what holds each of them up.
func (s *server) progressRows(ctx context.Context, rows []models.ProgressRow, days *dayCounter, why bool) ([]gen.ProgressRow, error) {
	a := accessOf(ctx)
	holders, err := s.store.SeatHolders(ctx, unique(convert(rows, func(r models.ProgressRow) models.Seat {
		return models.Seat{OrgID: r.WaitingOrgID, Role: r.WaitingRole}
	})))
	if err != nil {
		return nil, err
	}
	items := make([]gen.ProgressRow, len(rows))
	for i := range rows {
		if items[i], err = s.progressRow(rows[i], a, holders, days); err != nil {
			return nil, err
		}
	}
	if why {
		err = s.tellWhy(ctx, rows, items)
	}
	return items, err
}

// tellWhy says of each line what holds the case up, to those who may know.
func (s *server) tellWhy(ctx context.Context, rows []models.ProgressRow, items []gen.ProgressRow) error {
	a := accessOf(ctx)
	seen := filter(rows, func(r models.ProgressRow) bool { return a.oversees(&r.Case) })
	short, err := s.store.Shortfalls(ctx, convert(seen, func(r models.ProgressRow) models.Case { return r.Case }))
	if err != nil {
		return err
	}
	for i := range rows {
		if !a.oversees(&rows[i].Case) {
			continue
		}
		state, err := rows[i].Decode()
		if err != nil {
			return err
		}
		if !a.sits(state) || state.Stage != domain.StageScoring {
			items[i].Blocker = stuckText(&rows[i], state, short[rows[i].ID])
		}
	}
	return nil
}

// oversees reports whether the caller may know what holds a case of a list up.
func (a *access) oversees(c *models.Case) bool {
	return slices.ContainsFunc(a.reached, func(r reach) bool {
		return slices.Contains(overseers, r.grant.Role) && r.scope.Covers(c.Path)
	})
}

// blindTo reports whether a case of a list waits for another expert, of whom the caller is
// not to learn whether that one has scored yet: see waitsOf.
func (a *access) blindTo(row models.ProgressRow) (bool, error) {
	if row.WaitingUserID == "" || row.WaitingUserID == a.user.ID {
		return false, nil
	}
	near := filter(a.reached, func(r reach) bool {
		return r.scope.CoversCase(row.Path, row.ID)
	})
	if !slices.ContainsFunc(near, func(r reach) bool { return r.grant.Role != domain.RoleExpert }) {
		return true, nil
	}
	state, err := row.Decode()
	return a.sits(state), err
}

func (s *server) progressRow(row models.ProgressRow, a *access, holders map[models.Seat][]string, days *dayCounter) (gen.ProgressRow, error) {
	view := gen.ProgressRow{
		CaseId: row.ID, CohortId: row.CohortID, School: gen.Ref{Id: row.SchoolID, Name: row.SchoolName},
		District: gen.Ref{Id: row.DistrictID, Name: row.DistrictName}, Direct: row.Direct,
		Stage: row.Stage, StageName: row.Stage.Name(), Overdue: row.Overdue, Returned: row.Returned, Paused: row.Paused,
		Round: row.Round, Verdict: row.Verdict, Result: row.Result, UpdatedAt: row.UpdatedAt,
	}
	if a.oversees(&row.Case) {
		view.Orphaned, view.Plan = row.Orphaned, days.standing(&row.Case)
	}
	blind, err := a.blindTo(row)
	if row.WaitingTask == "" || blind || err != nil {
		return view, err
	}
	view.Task, view.TaskName = row.WaitingTask, row.WaitingTask.Name()
	view.WaitingRole, view.WaitingRoleName = row.WaitingRole, row.WaitingRole.Name()
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
	view.WorkingDays = days.since(row.CohortID, row.WaitingSince)
	view.DaysLeft = days.until(row.CohortID, row.DueAt)
	if row.Overdue {
		view.DaysOver = days.since(row.CohortID, row.DueAt)
	}
	return view, nil
}

// CountProgress counts cases by stage and district, and the schools not started.
func (s *server) CountProgress(ctx context.Context, r gen.CountProgressRequestObject) (gen.CountProgressResponseObject, error) {
	a, f := accessOf(ctx), models.ProgressFilter{CohortID: r.Params.CohortId}
	var err error
	if f.Under, err = s.under(ctx, r.Params.Under); err != nil {
		return nil, err
	}
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
		view.Items = append(view.Items, progressCount(n))
	}
	return view, nil
}

func progressCount(n models.StageCount) gen.ProgressCount {
	return gen.ProgressCount{
		Stage: n.Stage, StageName: n.Stage.Name(), District: gen.Ref{Id: n.DistrictID, Name: n.DistrictName},
		Count: n.Cases, Overdue: n.Overdue,
	}
}
