package api

import (
	"context"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// covering loads the object that the path names and returns the grants that reach it.
// Objects out of reach of every grant do not exist for the caller.
func (e *enforcer) covering(ctx context.Context, a *access, o object, all []reach, param func(string) string) ([]reach, error) {
	scope := union(scopesOf(all))
	switch o {
	case objectCase:
		return e.coveringCase(ctx, a, all, param("caseId"))
	case objectFile:
		f, err := e.store.FileByID(ctx, param("fileId"))
		if err != nil {
			return nil, err
		}
		a.file = f
		near, err := e.coveringCase(ctx, a, all, f.CaseID)
		if apperr.Is(err, apperr.NotFound) { // in the words for a file that is not there
			err = apperr.Wrap(err, apperr.NotFound, "找不到该文件：可能已被删除，或不在您的管理范围内。")
		}
		return near, err
	case objectOrg:
		org, err := e.store.OrgInScope(ctx, scope, param("orgId"))
		if err != nil {
			return nil, err
		}
		a.org = org
		return reaching(all, org.Path), nil
	case objectUser:
		u, err := e.store.User(ctx, param("userId"))
		if err != nil {
			return nil, err
		}
		org, err := e.store.OrgInScope(ctx, scope, u.OrgID)
		if err != nil {
			return nil, apperr.Wrap(err, apperr.CodeOf(err), "找不到该用户：可能已被删除，或不在您的管理范围内。")
		}
		a.other, a.org = u, org
		return reaching(all, org.Path), nil
	case objectCohort:
		return e.coveringCohort(ctx, a, all, param("cohortId"))
	default:
		return all, nil
	}
}

func (e *enforcer) coveringCase(ctx context.Context, a *access, all []reach, id string) ([]reach, error) {
	c, err := e.store.CaseInScope(ctx, union(scopesOf(all)), id)
	if err != nil {
		return nil, err
	}
	if a.state, err = c.Decode(); err != nil {
		return nil, err
	}
	a.c = c
	return filter(all, func(r reach) bool {
		return r.scope.CoversCase(c.Path, c.ID)
	}), nil
}

// coveringCohort: a cohort concerns those who run it, those above, and those whose
// schools it may contain.
func (e *enforcer) coveringCohort(ctx context.Context, a *access, all []reach, id string) ([]reach, error) {
	c, err := e.store.Cohort(ctx, id)
	if err != nil {
		return nil, err
	}
	near := filter(all, func(r reach) bool {
		return r.scope.Concerns(c.Path)
	})
	if len(near) == 0 {
		return nil, apperr.New(apperr.NotFound, "找不到该批次：可能已被删除，或不在您的管理范围内。")
	}
	a.batch = c
	return near, nil
}

func reaching(all []reach, path string) []reach {
	return filter(all, func(r reach) bool { return r.scope.Covers(path) })
}

func scopesOf(all []reach) []models.Scope {
	scopes := make([]models.Scope, len(all))
	for i, r := range all {
		scopes[i] = r.scope
	}
	return scopes
}

func filter[T any](list []T, keep func(T) bool) []T {
	kept := make([]T, 0, len(list))
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}
