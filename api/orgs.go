package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

func orgOf(o models.Org) gen.Org {
	return gen.Org{Id: o.ID, ParentId: some(o.ParentID), Level: o.Level, Code: o.Code, Name: o.Name}
}

// ListOrgs lists the organisations that the caller's roles reach.
func (s *server) ListOrgs(ctx context.Context, r gen.ListOrgsRequestObject) (gen.ListOrgsResponseObject, error) {
	f := models.OrgFilter{ParentID: r.Params.ParentId, Level: r.Params.Level, Text: r.Params.Q}
	rows, next, err := s.store.Orgs(ctx, accessOf(ctx).scope, f, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListOrgs200JSONResponse{Items: convert(rows, orgOf), Next: next}, err
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
	return gen.CreateOrg201JSONResponse(orgOf(*o)), nil
}

// GetOrg returns one organisation.
func (s *server) GetOrg(ctx context.Context, _ gen.GetOrgRequestObject) (gen.GetOrgResponseObject, error) {
	return gen.GetOrg200JSONResponse(orgOf(*accessOf(ctx).org)), nil
}
