package api

import (
	"context"
	"fmt"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// ListPolicies lists the embedded base policies and those of the cohorts that concern the
// caller.
func (s *server) ListPolicies(ctx context.Context, _ gen.ListPoliciesRequestObject) (gen.ListPoliciesResponseObject, error) {
	list := gen.ListPolicies200JSONResponse{Items: []gen.PolicySummary{}}
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		if err != nil {
			return nil, err
		}
		p, err := policy.Parse(body)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, gen.PolicySummary{
			Programme: programme, Title: p.Title, Digest: policy.Digest(body), Builtin: true, Cohorts: []gen.Ref{},
		})
	}
	cohorts, err := s.store.CohortPolicies(ctx, accessOf(ctx).scope)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, p := range list.Items {
		at[p.Digest] = i
	}
	for _, c := range cohorts {
		i, listed := at[c.PolicyDigest]
		if !listed {
			p, err := s.store.Policy(ctx, c.PolicyDigest)
			if err != nil {
				return nil, err
			}
			i, at[c.PolicyDigest] = len(list.Items), len(list.Items)
			list.Items = append(list.Items, gen.PolicySummary{Programme: c.Programme, Title: p.Title, Digest: c.PolicyDigest, Cohorts: []gen.Ref{}})
		}
		list.Items[i].Cohorts = append(list.Items[i].Cohorts, gen.Ref{Id: c.ID, Name: c.Name})
	}
	return list, nil
}

// GetPolicy returns a merged policy: one that a cohort uses, or a base policy.
func (s *server) GetPolicy(ctx context.Context, r gen.GetPolicyRequestObject) (gen.GetPolicyResponseObject, error) {
	row, err := s.policyText(ctx, r.Digest)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse([]byte(row.Body))
	if err != nil {
		return nil, err
	}
	settings, err := s.settingsOf(ctx, *row)
	return gen.GetPolicy200JSONResponse{Digest: row.Digest, Programme: row.Programme, Value: p, Settings: settings}, err
}

// policyText finds a policy among the stored ones and the embedded ones.
func (s *server) policyText(ctx context.Context, digest string) (*models.PolicyRow, error) {
	row, err := s.store.PolicyText(ctx, digest)
	if !apperr.Is(err, apperr.NotFound) {
		return row, err
	}
	for _, programme := range policy.Programmes() {
		body, errBase := policy.Base(programme)
		if errBase != nil {
			return nil, errBase
		}
		if policy.Digest(body) == digest {
			return &models.PolicyRow{Digest: digest, Programme: programme, Body: string(body)}, nil
		}
	}
	return nil, err
}

// origin is a layer of a policy as people know it.
type origin struct {
	level  gen.PolicyLevel
	org    *gen.Ref
	source string
}

// settingsOf lists the values of a policy with the level that set each.
func (s *server) settingsOf(ctx context.Context, row models.PolicyRow) ([]gen.PolicySetting, error) {
	a := accessOf(ctx)
	home, err := s.store.Org(ctx, a.user.OrgID)
	if err != nil {
		return nil, err
	}
	overlays, err := s.store.PolicyOrigin(ctx, a.scope, home.Path, row)
	if err != nil {
		return nil, err
	}
	return s.traced(ctx, row.Programme, []byte(row.Body), convert(overlays, func(o models.Overlay) models.OverlayView {
		return models.OverlayView{Overlay: o}
	}))
}

// traced lists the values of a policy, each with the layer above the base that set it.
func (s *server) traced(ctx context.Context, programme string, canonical []byte, overlays []models.OverlayView) ([]gen.PolicySetting, error) {
	names, layers, err := policy.BaseLayers(programme)
	if err != nil {
		return nil, err
	}
	var origins []origin
	for _, name := range names {
		origins = append(origins, origin{level: gen.PolicyLevelBase, source: "内置基础政策 " + name})
	}
	for _, o := range overlays {
		layers = append(layers, []byte(o.Body))
		org, err := s.scopeOf(ctx, o.Overlay)
		if err != nil {
			return nil, err
		}
		source := fmt.Sprintf("第%d版", o.Version)
		if o.Reason != "" {
			source += "：" + o.Reason
		}
		origins = append(origins, origin{level: gen.PolicyLevel(o.Level), org: org, source: source})
	}
	settings, err := policy.Trace(canonical, layers...)
	return convert(settings, func(v policy.Setting) gen.PolicySetting {
		from := origin{level: gen.PolicyLevelUnknown, source: "来历无从查证"}
		if v.Layer >= 0 {
			from = origins[v.Layer]
		}
		return gen.PolicySetting{Path: v.Path, Title: v.Title, Value: v.Value, Level: from.level, Org: from.org, Source: from.source}
	}), err
}

// scopeOf names the organisation or the cohort that an overlay belongs to.
func (s *server) scopeOf(ctx context.Context, o models.Overlay) (*gen.Ref, error) {
	if o.Level == string(gen.PolicyLevelCohort) {
		c, err := s.store.Cohort(ctx, o.ScopeID)
		if err != nil {
			return nil, err
		}
		return &gen.Ref{Id: c.ID, Name: c.Name}, nil
	}
	org, err := s.store.Org(ctx, o.ScopeID)
	if err != nil {
		return nil, err
	}
	return &gen.Ref{Id: org.ID, Name: org.Name}, nil
}
