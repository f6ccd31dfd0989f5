package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

func (s *server) orgsOf(ctx context.Context, rows []models.Org) ([]gen.Org, error) {
	children, err := s.store.OrgChildren(ctx, convert(rows, func(o models.Org) string { return o.ID }))
	return convert(rows, func(o models.Org) gen.Org {
		return gen.Org{
			Id: o.ID, ParentId: some(o.ParentID), Level: o.Level, Code: o.Code, Name: o.Name,
			Children: children[o.ID], HasChildren: children[o.ID] > 0,
		}
	}), err
}

func (s *server) orgOf(ctx context.Context, o models.Org) (gen.Org, error) {
	list, err := s.orgsOf(ctx, []models.Org{o})
	if err != nil {
		return gen.Org{}, err
	}
	return list[0], nil
}

// ListOrgs lists the organisations that the caller's roles reach.
func (s *server) ListOrgs(ctx context.Context, r gen.ListOrgsRequestObject) (gen.ListOrgsResponseObject, error) {
	under, err := s.under(ctx, r.Params.Under)
	if err != nil {
		return nil, err
	}
	f := models.OrgFilter{ParentID: r.Params.ParentId, Under: under, Level: r.Params.Level, Text: r.Params.Q}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Orgs(ctx, accessOf(ctx).scope, f, p)
	if err != nil {
		return nil, err
	}
	items, err := s.orgsOf(ctx, rows)
	return gen.ListOrgs200JSONResponse{Items: items, Next: next}, err
}

// CreateOrg adds an organisation below one within reach.
func (s *server) CreateOrg(ctx context.Context, r gen.CreateOrgRequestObject) (gen.CreateOrgResponseObject, error) {
	if _, err := s.store.OrgInScope(ctx, accessOf(ctx).scope, r.Body.ParentId); err != nil {
		return nil, err
	}
	o, err := s.store.CreateOrg(ctx, models.NewOrg{
		ParentID: r.Body.ParentId, Level: r.Body.Level, Code: r.Body.Code, Name: r.Body.Name,
	})
	if err != nil {
		return nil, err
	}
	view, err := s.orgOf(ctx, *o)
	return gen.CreateOrg201JSONResponse(view), err
}

// GetOrg returns one organisation.
func (s *server) GetOrg(ctx context.Context, _ gen.GetOrgRequestObject) (gen.GetOrgResponseObject, error) {
	view, err := s.orgOf(ctx, *accessOf(ctx).org)
	return gen.GetOrg200JSONResponse(view), err
}
