package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// law is a level of rules: the 细则 of a province, a city or a district, or the 考核方案 of a
// cohort.
type law struct {
	level     models.Level // or cohort
	ref       gen.Ref
	path      string // of the organisation, or of the one that runs the cohort
	programme string
	cohort    *models.Cohort
}

const levelCohort models.Level = "cohort"

// lawOf finds what a path names, if it concerns the caller.
func (s *server) lawOf(ctx context.Context, id, programme string) (law, error) {
	missing := apperr.New(apperr.NotFound, "找不到该级细则或考核方案：可能已被删除，或不在您的管理范围内。")
	if !slices.Contains(policy.Programmes(), programme) {
		return law{}, missing
	}
	l := law{programme: programme}
	org, err := s.store.Org(ctx, id)
	switch {
	case err == nil:
		l.level, l.ref, l.path = org.Level, gen.Ref{Id: org.ID, Name: org.Name}, org.Path
	case apperr.Is(err, apperr.NotFound):
		if l.cohort, err = s.store.Cohort(ctx, id); err != nil {
			return law{}, err
		}
		l.level, l.ref, l.path = levelCohort, gen.Ref{Id: l.cohort.ID, Name: l.cohort.Name}, l.cohort.Path
	default:
		return law{}, err
	}
	if l.level == models.LevelSchool || !accessOf(ctx).scope.Concerns(l.path) || l.cohort != nil && l.cohort.Programme != programme {
		return law{}, missing
	}
	return l, nil
}

// lawOffice is who makes the rules of a level.
var lawOffice = map[models.Level]domain.Role{
	models.LevelProvince: domain.RoleSysadmin, models.LevelCity: domain.RoleCityOffice, models.LevelDistrict: domain.RoleDistrict,
}

// mayEdit says why the caller may not change the rules of a level; nil when they may.
func (a *access) mayEdit(l law) error {
	own := func(r reach) bool {
		switch l.level {
		case levelCohort:
			return slices.Contains(lawmakers, r.grant.Role) && r.scope.Covers(l.path)
		case models.LevelProvince:
			return r.grant.Role == lawOffice[l.level] && r.scope.Covers(l.path)
		default:
			return r.grant.Role == lawOffice[l.level] && r.grant.OrgID == l.ref.Id
		}
	}
	switch {
	case l.cohort != nil && l.cohort.Status == models.CohortClosed:
		return apperr.New(apperr.Conflict, "该批次已经结束，考核方案只能查看。")
	case slices.ContainsFunc(a.reached, own):
		return nil
	case l.cohort != nil:
		return apperr.New(apperr.Forbidden, "该批次由上级单位组织，其考核方案您只能查看；如需调整，请联系上级单位。")
	default:
		return apperr.Newf(apperr.Forbidden, "“%s”的细则由该单位的%s修改，您只能查看；如需调整，请与其联系。", l.ref.Name, lawOffice[l.level].Name())
	}
}

// layersBelow lists what a law is laid on, as of a time. A cohort stays on what was in
// force when it was drafted, until its scheme takes over what is in force now.
func (s *server) layersBelow(ctx context.Context, l law, at time.Time, take bool) ([]models.OverlayView, error) {
	if l.cohort != nil && !take {
		at = l.cohort.CreatedAt
		if l.cohort.LayersAt != nil {
			at = *l.cohort.LayersAt
		}
	}
	layers, err := s.store.Layers(ctx, l.programme, l.path, at)
	return slices.DeleteFunc(layers, func(o models.OverlayView) bool { return o.ScopeID == l.ref.Id }), err
}

// belowOf is the policy that a law is laid on. A cohort that was not drafted on overlays of
// a known time keeps the policy that it was drafted on.
func (s *server) belowOf(ctx context.Context, l law, at time.Time, take bool) ([]byte, []models.OverlayView, error) {
	if l.cohort != nil && l.cohort.LayersAt == nil && !take {
		versions, err := s.store.OverlayVersions(ctx, l.programme, l.ref.Id)
		if err != nil {
			return nil, nil, err
		}
		digest := l.cohort.PolicyDigest
		if own := versions[l.ref.Id]; len(own) > 0 {
			digest = own[len(own)-1].Replaced
		}
		row, err := s.policyText(ctx, digest)
		if err != nil {
			return nil, nil, err
		}
		layers, err := s.store.PolicyOrigin(ctx, accessOf(ctx).scope, l.path, *row)
		return []byte(row.Body), convert(layers, func(o models.Overlay) models.OverlayView { return models.OverlayView{Overlay: o} }), err
	}
	layers, err := s.layersBelow(ctx, l, at, take)
	if err != nil {
		return nil, nil, err
	}
	merged, err := models.Merged(l.programme, layers)
	return merged, layers, conflicting(err)
}

// currentPolicy is the policy in force on a level, in canonical form.
func (s *server) currentPolicy(ctx context.Context, l law, at time.Time) ([]byte, []models.OverlayView, error) {
	if l.cohort != nil {
		row, err := s.policyText(ctx, l.cohort.PolicyDigest)
		if err != nil {
			return nil, nil, err
		}
		layers, err := s.layersBelow(ctx, l, at, false)
		if err != nil {
			return nil, nil, err
		}
		versions, err := s.store.OverlayVersions(ctx, l.programme, l.ref.Id)
		if o, ok := models.InForce(versions[l.ref.Id], at); ok {
			layers = append(layers, o)
		}
		return []byte(row.Body), layers, err
	}
	layers, err := s.store.Layers(ctx, l.programme, l.path, at)
	if err != nil {
		return nil, nil, err
	}
	merged, err := models.Merged(l.programme, layers)
	return merged, layers, err
}

// judged is a draft laid on what is below it.
type judged struct {
	merged   []byte
	problems []*apperr.Error
}

// judge merges a draft and looks for everything that is wrong with it, also in what the
// organisations below would get.
func (s *server) judge(ctx context.Context, l law, patch []byte, at time.Time, take bool) (judged, error) {
	below, _, err := s.belowOf(ctx, l, at, take)
	if err != nil {
		return judged{}, err
	}
	merged, err := policy.Merge(below, patch)
	if problems, wrong := errors.AsType[policy.Errors](err); wrong {
		return judged{problems: problems}, nil
	}
	if err != nil || l.cohort != nil {
		return judged{merged: merged}, err
	}
	problems, err := s.breaks(ctx, l, patch, at)
	return judged{merged: merged, problems: problems}, err
}

// conflicting is the answer when the rules above no longer make a policy together.
func conflicting(err error) error {
	if problems, wrong := errors.AsType[policy.Errors](err); wrong {
		return apperr.Wrap(err, apperr.Conflict, "上级现行的细则合并后有冲突，请先联系上级单位修改："+problems[0].Message)
	}
	return err
}

// breaks lists what a draft would make wrong in the rules of organisations below.
func (s *server) breaks(ctx context.Context, l law, patch []byte, at time.Time) ([]*apperr.Error, error) {
	orgs, err := s.store.LawfulBelow(ctx, l.programme, l.path)
	if err != nil {
		return nil, err
	}
	var problems []*apperr.Error
	for _, org := range orgs {
		layers, err := s.store.Layers(ctx, l.programme, org.Path, at)
		if err != nil {
			return nil, err
		}
		_, err = models.Merged(l.programme, replaced(layers, l, patch))
		if found, wrong := errors.AsType[policy.Errors](err); wrong {
			for _, p := range found {
				problems = append(problems, apperr.Newf(p.Code, "发布后，“%s”现行的细则将与本级冲突：%s", org.Name, p.Message).On(p.Field))
			}
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return problems, nil
}

// replaced puts a draft in the place of its level's version, or above the levels above it.
func replaced(layers []models.OverlayView, l law, patch []byte) []models.OverlayView {
	draft := models.OverlayView{Overlay: models.Overlay{ScopeID: l.ref.Id, Level: string(l.level), Body: string(patch)}}
	rank := []models.Level{models.LevelProvince, models.LevelCity, models.LevelDistrict}
	at := slices.Index(rank, l.level)
	layers = slices.DeleteFunc(layers, func(o models.OverlayView) bool { return o.ScopeID == l.ref.Id })
	i := slices.IndexFunc(layers, func(o models.OverlayView) bool { return slices.Index(rank, models.Level(o.Level)) > at })
	if i < 0 {
		i = len(layers)
	}
	return slices.Insert(layers, i, draft)
}

// policyInForce stores the policy that a new cohort at path is drafted on.
func (s *server) policyInForce(ctx context.Context, programme, path string, at time.Time) (string, error) {
	layers, err := s.store.Layers(ctx, programme, path, at)
	if err != nil {
		return "", err
	}
	merged, err := models.Merged(programme, layers)
	if err != nil {
		return "", conflicting(err)
	}
	digest := policy.Digest(merged)
	return digest, s.store.PutPolicy(ctx, digest, programme, merged)
}
