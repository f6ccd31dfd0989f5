package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListUsers lists accounts below the caller's organisations.
func (s *server) ListUsers(ctx context.Context, r gen.ListUsersRequestObject) (gen.ListUsersResponseObject, error) {
	under, err := s.under(ctx, r.Params.Under)
	if err != nil {
		return nil, err
	}
	f := models.UserFilter{OrgID: r.Params.OrgId, Under: under, Role: string(r.Params.Role), Text: r.Params.Q, Disabled: r.Params.Disabled}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Users(ctx, accessOf(ctx).scope, f, p)
	if err != nil {
		return nil, err
	}
	items, err := s.usersOf(ctx, rows)
	return gen.ListUsers200JSONResponse{Items: items, Next: next}, err
}

func (s *server) usersOf(ctx context.Context, rows []models.User) ([]gen.User, error) {
	grants, err := s.store.GrantsOf(ctx, convert(rows, func(u models.User) string { return u.ID }))
	if err != nil {
		return nil, err
	}
	var orgs []string
	for _, u := range rows {
		orgs = append(append(orgs, u.OrgID), orgIDs(grants[u.ID])...)
	}
	names, err := s.store.OrgNames(ctx, orgs)
	return convert(rows, func(u models.User) gen.User {
		return gen.User{
			Id: u.ID, Login: u.Login, Name: u.Name, Org: gen.Ref{Id: u.OrgID, Name: names[u.OrgID]},
			IdNumber: u.IDNumberMask, Disabled: u.Disabled, MustChange: u.MustChange, LockedUntil: at(u.LockedUntil),
			Grants: grantsOf(grants[u.ID], names),
		}
	}), err
}

func (s *server) userOf(ctx context.Context, u models.User) (gen.User, error) {
	list, err := s.usersOf(ctx, []models.User{u})
	if err != nil {
		return gen.User{}, err
	}
	return list[0], nil
}

// CreateUser adds an account with a one-time password, shown only here.
func (s *server) CreateUser(ctx context.Context, r gen.CreateUserRequestObject) (gen.CreateUserResponseObject, error) {
	a := accessOf(ctx)
	org, err := s.store.OrgInScope(ctx, a.scope, r.Body.OrgId)
	if err != nil {
		return nil, err
	}
	for _, role := range r.Body.Roles {
		if err := a.mayGive(role, org); err != nil {
			return nil, err
		}
	}
	password := auth.InitialPassword(r.Body.Login)
	hash, err := s.logins.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	u, err := s.store.CreateUserBy(ctx, a.user.ID, a.scope, models.NewUser{
		Login: r.Body.Login, Name: r.Body.Name, PasswordHash: hash, MustChange: true, OrgID: org.ID,
		IDNumber: r.Body.IdNumber, Phone: r.Body.Phone, Roles: r.Body.Roles,
	})
	if err != nil {
		return nil, err
	}
	user, err := s.userOf(ctx, *u)
	return gen.CreateUser201JSONResponse{User: user, Password: password}, err
}

// GetUser returns one account.
func (s *server) GetUser(ctx context.Context, _ gen.GetUserRequestObject) (gen.GetUserResponseObject, error) {
	user, err := s.userOf(ctx, *accessOf(ctx).other)
	return gen.GetUser200JSONResponse(user), err
}

// AddGrant gives a role at an organisation.
func (s *server) AddGrant(ctx context.Context, r gen.AddGrantRequestObject) (gen.AddGrantResponseObject, error) {
	if r.UserId == accessOf(ctx).user.ID {
		return nil, apperr.New(apperr.Conflict, "不能给自己授予身份，请由其他管理员办理。")
	}
	if err := s.giving(ctx, r.Role, r.OrgId); err != nil {
		return nil, err
	}
	err := s.store.Grant(ctx, models.Grant{UserID: r.UserId, Role: r.Role, OrgID: r.OrgId})
	return gen.AddGrant204Response{}, err
}

// RemoveGrant takes a role away.
func (s *server) RemoveGrant(ctx context.Context, r gen.RemoveGrantRequestObject) (gen.RemoveGrantResponseObject, error) {
	if err := s.giving(ctx, r.Role, r.OrgId); err != nil {
		return nil, err
	}
	err := s.store.Revoke(ctx, models.Grant{UserID: r.UserId, Role: r.Role, OrgID: r.OrgId})
	return gen.RemoveGrant204Response{}, err
}

func (s *server) giving(ctx context.Context, role domain.Role, orgID string) error {
	a := accessOf(ctx)
	org, err := s.store.OrgInScope(ctx, a.scope, orgID)
	if err != nil {
		return err
	}
	return a.mayGive(role, org)
}

// manages checks that the caller may manage an account: every role it holds must be one
// the caller could give, or a school could take over its superior's account.
func (s *server) manages(ctx context.Context) (*models.User, error) {
	a := accessOf(ctx)
	grants, err := s.store.Grants(ctx, a.other.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		org, err := s.store.Org(ctx, g.OrgID)
		if err != nil {
			return nil, err
		}
		if err := a.mayGive(g.Role, org); apperr.Is(err, models.CodeTwoPersons) {
			return nil, err
		} else if err != nil {
			return nil, apperr.Newf(apperr.Forbidden, "该用户还担任“%s”，您不能管理其账号，请联系上级管理员。", g.Role.Name())
		}
	}
	return a.other, nil
}

// DisableUser switches an account off; nobody locks themselves out.
func (s *server) DisableUser(ctx context.Context, _ gen.DisableUserRequestObject) (gen.DisableUserResponseObject, error) {
	u, err := s.manages(ctx)
	if err != nil {
		return nil, err
	}
	if u.ID == accessOf(ctx).user.ID {
		return nil, apperr.New(apperr.Conflict, "不能停用自己的账号，请由其他管理员办理。")
	}
	return gen.DisableUser204Response{}, s.store.SetDisabled(ctx, u.ID, true)
}

// EnableUser switches an account on again.
func (s *server) EnableUser(ctx context.Context, _ gen.EnableUserRequestObject) (gen.EnableUserResponseObject, error) {
	u, err := s.manages(ctx)
	if err != nil {
		return nil, err
	}
	return gen.EnableUser204Response{}, s.store.SetDisabled(ctx, u.ID, false)
}

// ResetPassword gives an account a new one-time password, shown only here.
func (s *server) ResetPassword(ctx context.Context, _ gen.ResetPasswordRequestObject) (gen.ResetPasswordResponseObject, error) {
	u, err := s.manages(ctx)
	if err != nil {
		return nil, err
	}
	password := auth.InitialPassword(u.Login)
	hash, err := s.logins.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	if err := s.store.SetPassword(ctx, u.ID, hash, true, ""); err != nil {
		return nil, err
	}
	return gen.ResetPassword200JSONResponse{Password: password}, nil
}
