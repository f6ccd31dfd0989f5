package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// GetPolicyForm lists what a policy may lay down.
func (s *server) GetPolicyForm(context.Context, gen.GetPolicyFormRequestObject) (gen.GetPolicyFormResponseObject, error) {
	return gen.GetPolicyForm200JSONResponse{Items: convert(policy.Form(), func(f policy.Field) gen.PolicyField {
		columns := convert(f.Columns, func(c policy.Column) gen.PolicyColumn {
			return gen.PolicyColumn{Key: c.Key, Type: c.Type, Optional: c.Optional}
		})
		return gen.PolicyField{Path: f.Path, Title: f.Title, Type: f.Type, Optional: f.Optional, Columns: columns}
	})}, nil
}

// ListOverlays lists the levels above and below the caller with what is in force.
func (s *server) ListOverlays(ctx context.Context, r gen.ListOverlaysRequestObject) (gen.ListOverlaysResponseObject, error) {
	a, now := accessOf(ctx), s.store.Now()
	orgs, err := s.store.LawfulOrgs(ctx, a.scope)
	if err != nil {
		return nil, err
	}
	versions, err := s.store.OverlayVersions(ctx, r.Params.Programme, convert(orgs, func(o models.Org) string { return o.ID })...)
	return gen.ListOverlays200JSONResponse{Items: convert(orgs, func(o models.Org) gen.OverlaySummary {
		l := law{level: o.Level, ref: gen.Ref{Id: o.ID, Name: o.Name}, path: o.Path, programme: r.Params.Programme}
		v := gen.OverlaySummary{
			Level: gen.PolicyLevel(o.Level), Scope: l.ref, Programme: l.programme, Versions: len(versions[o.ID]), Upcoming: []gen.OverlayVersion{},
		}
		if err := a.mayEdit(l); err != nil {
			v.WhyNot = apperr.MessageOf(err)
		}
		v.MayEdit = v.WhyNot == ""
		if current, ok := models.InForce(versions[o.ID], now); ok {
			view := overlayVersion(current)
			v.InForce = &view
		}
		for _, next := range versions[o.ID] {
			if next.EffectiveFrom.After(now) {
				v.Upcoming = append(v.Upcoming, overlayVersion(next))
			}
		}
		return v
	})}, err
}

func overlayVersion(o models.OverlayView) gen.OverlayVersion {
	return gen.OverlayVersion{
		Version: o.Version, Reason: o.Reason, EffectiveFrom: o.EffectiveFrom, PublishedAt: o.CreatedAt, PublishedBy: o.ByName, Digest: o.Digest,
	}
}

// GetOverlay shows the version of a level that is in force with what it is laid on. A new
// version is written on that, not on what is still to come.
func (s *server) GetOverlay(ctx context.Context, r gen.GetOverlayRequestObject) (gen.GetOverlayResponseObject, error) {
	l, err := s.lawOf(ctx, r.ScopeId, r.Programme)
	if err != nil {
		return nil, err
	}
	now := s.store.Now()
	by, err := s.store.OverlayVersions(ctx, l.programme, l.ref.Id)
	if err != nil {
		return nil, err
	}
	below, layers, err := s.belowOf(ctx, l, now, false)
	if err != nil {
		return nil, err
	}
	doc := gen.OverlayDocument{
		Level: gen.PolicyLevel(l.level), Scope: l.ref, Programme: l.programme, Patch: json.RawMessage("{}"), Below: below, Value: below,
		Versions: convert(by[l.ref.Id], overlayVersion), Upcoming: []gen.OverlayVersion{},
	}
	if err := accessOf(ctx).mayEdit(l); err != nil {
		doc.WhyNot = apperr.MessageOf(err)
	}
	doc.MayEdit = doc.WhyNot == ""
	if newest := by[l.ref.Id]; len(newest) > 0 {
		doc.BaseVersion = newest[0].Version
	}
	for _, o := range by[l.ref.Id] {
		if o.EffectiveFrom.After(now) {
			doc.Upcoming = append(doc.Upcoming, overlayVersion(o))
		}
	}
	if current, ok := models.InForce(by[l.ref.Id], now); ok {
		doc.InForce, doc.Patch = current.Version, json.RawMessage(current.Body)
		layers = append(layers, current)
	}
	if merged, err := policy.Merge(below, doc.Patch); err == nil { // else the levels above have changed since: the check tells
		doc.Value = merged
	}
	if doc.Settings, err = s.traced(ctx, l.programme, doc.Value, layers); err != nil {
		return nil, err
	}
	doc.NewerLayers, err = s.newerLayers(ctx, l)
	return gen.GetOverlay200JSONResponse(doc), err
}

// newerLayers names the levels whose rules have changed since a cohort was drafted.
func (s *server) newerLayers(ctx context.Context, l law) ([]string, error) {
	if l.cohort == nil {
		return nil, nil
	}
	on, err := s.layersBelow(ctx, l, s.store.Now(), false)
	if err != nil {
		return nil, err
	}
	now, err := s.layersBelow(ctx, l, s.store.Now(), true)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range now {
		if slices.ContainsFunc(on, func(p models.OverlayView) bool { return p.ID == o.ID }) {
			continue
		}
		org, err := s.store.Org(ctx, o.ScopeID)
		if err != nil {
			return nil, err
		}
		names = append(names, org.Name)
	}
	return names, nil
}

// CheckOverlay judges a draft without storing anything, against what will be in force when
// it takes effect.
func (s *server) CheckOverlay(ctx context.Context, r gen.CheckOverlayRequestObject) (gen.CheckOverlayResponseObject, error) {
	l, err := s.lawOf(ctx, r.ScopeId, r.Programme)
	if err != nil {
		return nil, err
	}
	now, err := s.takesEffect(l, r.Body.EffectiveFrom)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, l, r.Body.Patch, now, r.Body.TakeLayers)
	if err != nil {
		return nil, err
	}
	check := gen.OverlayCheck{Valid: len(j.problems) == 0, Problems: problemsOf(j.problems), Changes: []gen.PolicyChange{}}
	if j.merged == nil {
		return gen.CheckOverlay200JSONResponse(check), nil
	}
	check.Digest = policy.Digest(j.merged)
	current, layers, err := s.currentPolicy(ctx, l, now)
	if err != nil {
		return nil, conflicting(err)
	}
	check.Changes, err = s.changesOf(ctx, l.programme, current, j.merged, layers)
	return gen.CheckOverlay200JSONResponse(check), err
}

func problemsOf(list []*apperr.Error) []gen.PolicyProblem {
	return convert(list, func(p *apperr.Error) gen.PolicyProblem {
		return gen.PolicyProblem{Path: p.Field, Code: string(p.Code), Message: p.Message}
	})
}

// changesOf lists what differs, each old value with the level that set it.
func (s *server) changesOf(ctx context.Context, programme string, from, to []byte, layers []models.OverlayView) ([]gen.PolicyChange, error) {
	changes, err := policy.Diff(from, to)
	if err != nil {
		return nil, err
	}
	settings, err := s.traced(ctx, programme, from, layers)
	if err != nil {
		return nil, err
	}
	by := map[string]gen.PolicySetting{}
	for _, v := range settings {
		by[v.Path] = v
	}
	return convert(changes, func(c policy.Change) gen.PolicyChange {
		was := by[c.Path]
		return gen.PolicyChange{Path: c.Path, Title: c.Title, Old: c.Old, New: c.New, Level: was.Level, Source: was.Source}
	}), nil
}

// PublishOverlay stores a draft as the next version of its level.
func (s *server) PublishOverlay(ctx context.Context, r gen.PublishOverlayRequestObject) (gen.PublishOverlayResponseObject, error) {
	l, err := s.lawOf(ctx, r.ScopeId, r.Programme)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	if err := a.mayEdit(l); err != nil {
		return nil, err
	}
	at, err := s.takesEffect(l, r.Body.EffectiveFrom)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, l, r.Body.Patch, at, r.Body.TakeLayers)
	if err != nil {
		return nil, err
	}
	if len(j.problems) > 0 {
		return nil, j.problems[0]
	}
	o := models.Overlay{
		Programme: l.programme, Level: string(l.level), ScopeID: l.ref.Id, Body: string(r.Body.Patch), Reason: r.Body.Reason,
		EffectiveFrom: r.Body.EffectiveFrom.UTC(), CreatedBy: a.user.ID,
	}
	stored, err := s.publish(ctx, l, o, j, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.PublishOverlay201JSONResponse(overlayVersion(models.OverlayView{Overlay: *stored, ByName: a.user.Name})), nil
}

// takesEffect is when a draft would take effect: from then on, or at once.
func (s *server) takesEffect(l law, from time.Time) (time.Time, error) {
	now := s.store.Now()
	switch {
	case from.IsZero():
		return now, nil
	case l.cohort != nil:
		return now, apperr.Field("effective_from", "考核方案发布后即刻生效，用于此后立项的项目；请不要填写生效时间。")
	case from.Before(now):
		return now, apperr.Field("effective_from", "生效时间不能早于现在；如需立即生效，请留空。")
	}
	return from.UTC(), nil
}

func (s *server) publish(ctx context.Context, l law, o models.Overlay, j judged, body *gen.NewOverlay) (*models.Overlay, error) {
	if l.cohort == nil {
		return s.store.PublishOverlay(ctx, o, body.BaseVersion)
	}
	n := models.Scheme{Overlay: o, On: body.BaseVersion, Merged: j.merged}
	if body.TakeLayers {
		now := s.store.Now()
		n.LayersAt = &now
	}
	return s.store.PublishScheme(ctx, n)
}

// GetOverlayVersion shows one version and what it changed.
func (s *server) GetOverlayVersion(ctx context.Context, r gen.GetOverlayVersionRequestObject) (gen.GetOverlayVersionResponseObject, error) {
	l, err := s.lawOf(ctx, r.ScopeId, r.Programme)
	if err != nil {
		return nil, err
	}
	by, err := s.store.OverlayVersions(ctx, l.programme, l.ref.Id)
	if err != nil {
		return nil, err
	}
	versions := by[l.ref.Id]
	i := slices.IndexFunc(versions, func(o models.OverlayView) bool { return o.Version == r.N })
	if i < 0 {
		return nil, apperr.Newf(apperr.NotFound, "没有第%d版，请从历次版本中选择。", r.N)
	}
	base, err := policy.Base(l.programme)
	if err != nil {
		return nil, err
	}
	before, now := json.RawMessage("{}"), json.RawMessage(versions[i].Body)
	if i+1 < len(versions) {
		before = json.RawMessage(versions[i+1].Body)
	}
	changes, err := policy.DiffPatches(base, before, now)
	return gen.GetOverlayVersion200JSONResponse{
		Version: overlayVersion(versions[i]), Patch: now,
		Changes: convert(changes, func(c policy.Change) gen.PolicyChange {
			return gen.PolicyChange{Path: c.Path, Title: c.Title, Old: c.Old, New: c.New}
		}),
	}, err
}
