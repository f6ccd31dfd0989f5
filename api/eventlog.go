package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListEvents is the log of everything that happened to the cases the caller reaches, with
// experts as anonymous as on the timeline of each.
func (s *server) ListEvents(ctx context.Context, r gen.ListEventsRequestObject) (gen.ListEventsResponseObject, error) {
	a, p := accessOf(ctx), r.Params
	f := models.EventFilter{
		CaseID: p.CaseId, ActorID: p.Actor, Kind: domain.Kind(p.Kind), Stage: p.Stage, From: p.From, To: p.To, Text: p.Q,
	}
	if err := s.hideExperts(ctx, a, &f); err != nil {
		return nil, err
	}
	rows, next, err := s.store.Events(ctx, a.scope, f, sorted(p.Cursor, p.Limit, p.Sort))
	if err != nil {
		return nil, err
	}
	known, err := s.casesOfExperts(ctx, a, rows)
	if err != nil {
		return nil, err
	}
	files, err := s.store.EventFiles(ctx, convert(rows, func(e models.CaseEvent) models.Event { return e.Event }))
	if err != nil {
		return nil, err
	}
	names, err := s.concerned(ctx, convert(rows, func(e models.CaseEvent) models.TimelineEvent { return e.TimelineEvent }))
	if err != nil {
		return nil, err
	}
	list := gen.ListEvents200JSONResponse{Items: []gen.EventRow{}, Next: next}
	for _, e := range rows {
		entry, err := a.timelineEntry(e.TimelineEvent, known[e.CaseID], names)
		if err != nil {
			return nil, err
		}
		for _, f := range files[e.Key()] {
			entry.Files = append(entry.Files, *fileRef(f))
		}
		list.Items = append(list.Items, gen.EventRow{
			CaseId: e.CaseID, CohortId: e.CohortID, School: gen.Ref{Id: e.SchoolID, Name: e.SchoolName},
			District: gen.Ref{Id: e.DistrictID, Name: e.DistrictName}, Event: entry,
		})
	}
	return list, nil
}

// hideExperts keeps a search for one person from telling which cases an expert scores.
func (s *server) hideExperts(ctx context.Context, a *access, f *models.EventFilter) error {
	if f.ActorID == "" || f.ActorID == a.user.ID {
		f.Experts = models.Scope{All: true}
		return nil
	}
	f.Experts = union(scopesOf(filter(a.reached, func(r reach) bool { return slices.Contains(panelRunners, r.grant.Role) })))
	mine, err := s.store.ScopeOf(ctx, models.Grant{UserID: a.user.ID, Role: domain.RoleExpert})
	if err != nil {
		return err
	}
	cases, err := s.store.CasesByID(ctx, mine.CaseIDs)
	if err != nil {
		return err
	}
	for id, c := range cases {
		state, err := c.Decode()
		if err != nil {
			return err
		}
		if a.sits(state) {
			f.Blind = append(f.Blind, id)
		}
	}
	return nil
}

// casesOfExperts tells of every case in which an expert acted whether the caller may know
// its experts.
func (s *server) casesOfExperts(ctx context.Context, a *access, rows []models.CaseEvent) (map[string]bool, error) {
	var ids []string
	for _, e := range rows {
		if e.ActorRole == domain.RoleExpert {
			ids = append(ids, e.CaseID)
		}
	}
	cases, err := s.store.CasesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for id, c := range cases {
		if known[id], err = a.seesExpertsOf(c); err != nil {
			return nil, err
		}
	}
	return known, nil
}
