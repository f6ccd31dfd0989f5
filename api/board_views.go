package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// officesOf are the organisations where the caller may share views.
func (a *access) officesOf() []string {
	var ids []string
	for _, g := range a.grants {
		if slices.Contains(overseers, g.Role) && !slices.Contains(ids, g.OrgID) {
			ids = append(ids, g.OrgID)
		}
	}
	return ids
}

// boardFilters are the words of the board's address that a view may hold.
var boardFilters = []string{
	"cohort_id", "district_id", "under", "stage", "waiting_role", "overdue", "state", "verdict", "result", "due", "due_from",
	"returned", "orphaned", "paused", "behind", "stuck_days", "entered", "left", "from", "to", "q",
}

func (a *access) viewOf(d *gen.BoardViewDraft) (models.NewBoardView, error) {
	n := models.NewBoardView{Name: d.Name, Filters: d.Filters, Sort: d.Sort, Columns: d.Columns, OrgID: d.OrgId}
	for name := range d.Filters {
		if !slices.Contains(boardFilters, name) {
			return n, apperr.Newf(apperr.Invalid, "台账没有“%s”这个条件，视图没有保存。请刷新页面后重试。", name).On("filters")
		}
	}
	if n.OrgID != "" && !slices.Contains(a.officesOf(), n.OrgID) {
		return n, apperr.Field("org_id", "只能共享给您任职的单位。")
	}
	return n, nil
}

// ListBoardViews lists the caller's views and those of colleagues.
func (s *server) ListBoardViews(ctx context.Context, _ gen.ListBoardViewsRequestObject) (gen.ListBoardViewsResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.BoardViews(ctx, a.user.ID, a.officesOf())
	if err != nil {
		return nil, err
	}
	items, err := s.boardViews(ctx, rows)
	if err != nil {
		return nil, err
	}
	set, err := s.store.Settings(ctx, a.user.ID)
	if err != nil {
		return nil, err
	}
	names, err := s.store.OrgNames(ctx, a.officesOf())
	offices := convert(a.officesOf(), func(id string) gen.Ref { return gen.Ref{Id: id, Name: names[id]} })
	view := gen.ListBoardViews200JSONResponse{Items: items, Offices: offices}
	if slices.ContainsFunc(items, func(v gen.BoardView) bool { return v.Id == set.ViewID }) {
		view.DefaultId = set.ViewID
	}
	return view, err
}

func (s *server) boardViews(ctx context.Context, rows []models.BoardView) ([]gen.BoardView, error) {
	a := accessOf(ctx)
	owners, err := s.store.UserNames(ctx, unique(convert(rows, func(v models.BoardView) string { return v.OwnerID })))
	if err != nil {
		return nil, err
	}
	orgs, err := s.store.OrgNames(ctx, unique(convert(rows, func(v models.BoardView) string { return v.OrgID })))
	if err != nil {
		return nil, err
	}
	items := make([]gen.BoardView, len(rows))
	for i := range rows {
		v := &rows[i]
		filters, columns, err := v.Decode()
		if err != nil {
			return nil, err
		}
		items[i] = gen.BoardView{
			Id: v.ID, Name: v.Name, Filters: filters, Sort: v.Sort, Columns: columns, Own: v.OwnerID == a.user.ID, Owner: owners[v.OwnerID],
		}
		if v.OrgID != "" {
			items[i].Org = gen.Ref{Id: v.OrgID, Name: orgs[v.OrgID]}
		}
	}
	return items, nil
}

func (s *server) boardView(ctx context.Context, v *models.BoardView) (gen.BoardView, error) {
	items, err := s.boardViews(ctx, []models.BoardView{*v})
	if err != nil {
		return gen.BoardView{}, err
	}
	return items[0], nil
}

// CreateBoardView keeps a view of the caller.
func (s *server) CreateBoardView(ctx context.Context, r gen.CreateBoardViewRequestObject) (gen.CreateBoardViewResponseObject, error) {
	a := accessOf(ctx)
	n, err := a.viewOf(r.Body)
	if err != nil {
		return nil, err
	}
	v, err := s.store.CreateBoardView(ctx, a.user.ID, n)
	if err != nil {
		return nil, err
	}
	view, err := s.boardView(ctx, v)
	return gen.CreateBoardView201JSONResponse(view), err
}

// PutBoardView changes a view of the caller.
func (s *server) PutBoardView(ctx context.Context, r gen.PutBoardViewRequestObject) (gen.PutBoardViewResponseObject, error) {
	a := accessOf(ctx)
	n, err := a.viewOf(r.Body)
	if err != nil {
		return nil, err
	}
	v, err := s.store.EditBoardView(ctx, a.user.ID, a.officesOf(), r.ViewId, n)
	if err != nil {
		return nil, err
	}
	view, err := s.boardView(ctx, v)
	return gen.PutBoardView200JSONResponse(view), err
}

// DeleteBoardView removes a view of the caller.
func (s *server) DeleteBoardView(ctx context.Context, r gen.DeleteBoardViewRequestObject) (gen.DeleteBoardViewResponseObject, error) {
	a := accessOf(ctx)
	return gen.DeleteBoardView204Response{}, s.store.DeleteBoardView(ctx, a.user.ID, a.officesOf(), r.ViewId)
}

// GetSettings tells the caller's choices.
func (s *server) GetSettings(ctx context.Context, _ gen.GetSettingsRequestObject) (gen.GetSettingsResponseObject, error) {
	set, err := s.store.Settings(ctx, accessOf(ctx).user.ID)
	return gen.GetSettings200JSONResponse{WeeklyDigest: !set.NoDigest, BoardViewId: set.ViewID}, err
}

// PutSettings keeps the caller's choices.
func (s *server) PutSettings(ctx context.Context, r gen.PutSettingsRequestObject) (gen.PutSettingsResponseObject, error) {
	a := accessOf(ctx)
	row := models.UserSettings{UserID: a.user.ID, ViewID: r.Body.BoardViewId, NoDigest: !r.Body.WeeklyDigest}
	set, err := s.store.PutSettings(ctx, row, a.officesOf())
	return gen.PutSettings200JSONResponse{WeeklyDigest: !set.NoDigest, BoardViewId: set.ViewID}, err
}
