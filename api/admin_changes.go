package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// ListAdminChanges lists what was asked about 三员 at organisations within reach.
func (s *server) ListAdminChanges(ctx context.Context, r gen.ListAdminChangesRequestObject) (gen.ListAdminChangesResponseObject, error) {
	a := accessOf(ctx)
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.AdminChanges(ctx, a.scope, string(r.Params.Status), r.Params.Q, p)
	return gen.ListAdminChanges200JSONResponse{Items: convert(rows, func(v models.AdminChangeView) gen.AdminChange {
		return gen.AdminChange{
			Id: v.ID, Kind: v.Kind, KindName: v.Kind.Name(), User: gen.Ref{Id: v.UserID, Name: v.Name}, Login: v.Login,
			Role: v.Role, RoleName: v.Role.Name(), Org: gen.Ref{Id: v.OrgID, Name: v.Org}, Reason: v.Reason,
			Status: v.Status, StatusName: v.Status.Name(), AskedBy: v.Asker, AskedAt: v.AskedAt,
			DecidedBy: v.Decider, DecidedAt: at(v.DecidedAt), Comment: v.Comment, Mine: v.AskedBy == a.user.ID,
		}
	}), Next: next}, err
}

// CreateAdminChange asks for a change to one of 三员.
func (s *server) CreateAdminChange(ctx context.Context, r gen.CreateAdminChangeRequestObject) (gen.CreateAdminChangeResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	u, err := s.store.User(ctx, b.UserId)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.OrgInScope(ctx, a.scope, u.OrgID); err != nil {
		return nil, apperr.Wrap(err, apperr.CodeOf(err), "找不到该用户：可能已被删除，或不在您的管理范围内。")
	}
	if b.Kind == models.AdminGrant {
		org, err := s.store.OrgInScope(ctx, a.scope, b.OrgId)
		if err == nil {
			err = models.CheckSeat(b.Role, org)
		}
		if err != nil {
			return nil, err
		}
	}
	c, err := s.store.AskAdminChange(ctx, models.AdminChange{
		Kind: b.Kind, UserID: b.UserId, Role: b.Role, OrgID: b.OrgId, Reason: b.Reason, AskedBy: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateAdminChange201JSONResponse{Id: c.ID}, nil
}

// DecideAdminChange carries such a change out, or not.
func (s *server) DecideAdminChange(ctx context.Context, r gen.DecideAdminChangeRequestObject) (gen.DecideAdminChangeResponseObject, error) {
	a := accessOf(ctx)
	c, err := s.store.AdminChange(ctx, r.ChangeId)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.OrgInScope(ctx, a.scope, c.OrgID); err != nil {
		return nil, apperr.Wrap(err, apperr.CodeOf(err), "找不到该申请：可能已被删除，或不在您的管理范围内。")
	}
	d := models.AdminDecision{ID: c.ID, By: a.user.ID, Approve: r.Body.Approve, Comment: r.Body.Comment}
	var password string
	if c.Kind == models.AdminReset && d.Approve {
		password = auth.InitialPassword("")
		if d.PasswordHash, err = s.logins.hash(ctx, password); err != nil {
			return nil, err
		}
	}
	err = s.store.DecideAdminChange(ctx, d)
	return gen.DecideAdminChange200JSONResponse{Password: password}, err
}
