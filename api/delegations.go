package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListDelegations lists what the caller has delegated, and stands in for.
func (s *server) ListDelegations(ctx context.Context, r gen.ListDelegationsRequestObject) (gen.ListDelegationsResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.Delegations(ctx, a.user.ID, r.Params.All)
	if err != nil {
		return nil, err
	}
	givable := filter(a.grants, func(g models.Grant) bool { return g.For == "" && slices.Contains(domain.DelegableRoles(), g.Role) })
	names, err := s.store.OrgNames(ctx, orgIDs(givable))
	return gen.ListDelegations200JSONResponse{Items: s.delegationsOf(a, rows), Givable: grantsOf(givable, names)}, err
}

// CreateDelegation lets a colleague act in some of the caller's roles for a time.
func (s *server) CreateDelegation(ctx context.Context, r gen.CreateDelegationRequestObject) (gen.CreateDelegationResponseObject, error) {
	a := accessOf(ctx)
	grants := convert(r.Body.Roles, func(g gen.DelegatedRole) models.Grant { return models.Grant{Role: g.Role, OrgID: g.OrgId} })
	made, err := s.store.Delegate(ctx, models.Delegation{
		FromUser: a.user.ID, ToUser: r.Body.ToUser, StartsAt: r.Body.StartsAt.UTC(), EndsAt: r.Body.EndsAt.UTC(), Reason: r.Body.Reason,
	}, grants)
	if apperr.Is(err, apperr.NotFound) {
		return nil, domain.DelegateUnfit()
	}
	if err != nil {
		return nil, err
	}
	all, err := s.store.Delegations(ctx, a.user.ID, true)
	mine := filter(all, func(v models.DelegationView) bool {
		return slices.ContainsFunc(made, func(d models.Delegation) bool { return d.ID == v.ID })
	})
	return gen.CreateDelegation201JSONResponse{Items: s.delegationsOf(a, mine)}, err
}

// EndDelegation ends one of the caller's before its time.
func (s *server) EndDelegation(ctx context.Context, r gen.EndDelegationRequestObject) (gen.EndDelegationResponseObject, error) {
	return gen.EndDelegation204Response{}, s.store.EndDelegation(ctx, r.DelegationId, accessOf(ctx).user.ID)
}

// ListDelegates lists the colleagues who can stand in for the caller.
func (s *server) ListDelegates(ctx context.Context, r gen.ListDelegatesRequestObject) (gen.ListDelegatesResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.Colleagues(ctx, a.user.ID, r.Params.Q)
	return gen.ListDelegates200JSONResponse{Items: convert(rows, personOf)}, err
}

func (s *server) delegationsOf(a *access, rows []models.DelegationView) []gen.Delegation {
	now := s.store.Now()
	return convert(rows, func(d models.DelegationView) gen.Delegation {
		return gen.Delegation{
			Id: d.ID, From: gen.Ref{Id: d.FromUser, Name: d.FromName}, To: gen.Ref{Id: d.ToUser, Name: d.ToName},
			Role: d.Role, RoleName: d.Role.Name(), Org: gen.Ref{Id: d.OrgID, Name: d.OrgName},
			StartsAt: d.StartsAt, EndsAt: d.EndsAt, EndedAt: at(d.EndedAt), Reason: d.Reason,
			Given: d.FromUser == a.user.ID, Active: d.Active(now),
		}
	})
}

func personOf(p models.PersonView) gen.Person {
	return gen.Person{Id: p.ID, Name: p.Name, Org: p.OrgName, Roles: p.RoleNames()}
}

// ListCasePeople lists who can take over a task of a case, or be sent a copy of it.
func (s *server) ListCasePeople(ctx context.Context, r gen.ListCasePeopleRequestObject) (gen.ListCasePeopleResponseObject, error) {
	a := accessOf(ctx)
	if r.Params.For == gen.ListCasePeopleParamsForCopy {
		rows, err := s.store.Readers(ctx, a.c, r.Params.Q)
		return gen.ListCasePeople200JSONResponse{Items: persons(rows, a.user.ID)}, err
	}
	w, open := a.state.Wait(r.Params.Visit)
	if !open || w.UserID != "" || !slices.ContainsFunc(a.admitted, func(g models.Grant) bool { return g.Role == w.Role && g.OrgID == w.OrgID }) {
		return nil, apperr.New(apperr.NotFound, "没有可以由您转办的这项待办，请刷新后查看。")
	}
	rows, err := s.store.HoldersOf(ctx, models.SeatOf(w), r.Params.Q)
	return gen.ListCasePeople200JSONResponse{Items: persons(rows, "")}, err
}

func persons(rows []models.PersonView, except string) []gen.Person {
	return convert(filter(rows, func(p models.PersonView) bool { return p.ID != except }), personOf)
}
