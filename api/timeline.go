package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListTimeline tells what happened to a case. What experts did and said stays anonymous
// for those who may not know them.
func (s *server) ListTimeline(ctx context.Context, r gen.ListTimelineRequestObject) (gen.ListTimelineResponseObject, error) {
	a := accessOf(ctx)
	rows, next, err := s.store.Timeline(ctx, a.c.ID, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	files, err := s.store.EventFiles(ctx, convert(rows, func(e models.TimelineEvent) models.Event { return e.Event }))
	if err != nil {
		return nil, err
	}
	list := gen.ListTimeline200JSONResponse{Items: []gen.TimelineEntry{}, Next: next}
	reader := s.reader(a)
	names, err := s.concerned(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		entry, err := a.timelineEntry(e, a.seesExperts(), names)
		if err != nil {
			return nil, err
		}
		for _, f := range files[e.Key()] {
			may, err := reader.mayRead(ctx, f.File)
			if err != nil {
				return nil, err
			}
			if may {
				entry.Files = append(entry.Files, *fileRef(f))
			}
		}
		list.Items = append(list.Items, entry)
	}
	return list, nil
}

// chainMark is as much of a hash as people compare.
const chainMark = 12

// concerned names the people that events are about: for whom somebody acted, who took a
// task over, who was sent a copy, whose place on the roster is concerned.
func (s *server) concerned(ctx context.Context, rows []models.TimelineEvent) (map[string]string, error) {
	var ids, requests []string
	for _, e := range rows {
		body, err := bodyOf(e)
		if err != nil {
			return nil, err
		}
		ids = append(append(ids, e.OnBehalf, body.User), body.Users...)
		if body.Request != "" {
			requests = append(requests, body.Request)
		}
	}
	names, err := s.store.UserNames(ctx, unique(ids))
	if err != nil || len(requests) == 0 {
		return names, err
	}
	teachers, err := s.store.RequestTeachers(ctx, requests)
	maps.Copy(names, teachers)
	return names, err
}

func bodyOf(e models.TimelineEvent) (domain.Body, error) {
	var body domain.Body
	if e.Body == "" {
		return body, nil
	}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return body, fmt.Errorf("decode event %d of case %s: %w", e.Seq, e.CaseID, err)
	}
	return body, nil
}

// timelineEntry tells one event, to somebody who may know the case's experts or not.
func (a *access) timelineEntry(e models.TimelineEvent, seesExperts bool, names map[string]string) (gen.TimelineEntry, error) {
	v := gen.TimelineEntry{
		Seq: e.Seq, Kind: string(e.Kind), Name: e.Kind.Name(), Actor: e.ActorName, ActorRole: e.ActorRole.Name(), At: e.At,
		StageBefore: e.StageBefore, StageAfter: e.StageAfter, Round: e.Round,
		StageBeforeName: e.StageBefore.Name(), StageAfterName: e.StageAfter.Name(),
		Hash: e.Hash[:min(chainMark, len(e.Hash))], PrevHash: e.PrevHash[:min(chainMark, len(e.PrevHash))],
	}
	if e.ActorRole == domain.RoleSystem {
		v.Actor = e.ActorRole.Name()
	}
	if e.ActorRole == domain.RoleExpert && e.ActorID != a.user.ID && !seesExperts {
		v.Actor = e.ActorRole.Name()
		return v, nil
	}
	if e.ActorRole != domain.RoleSystem {
		v.ActorId, v.Org = e.ActorID, e.OrgName
	}
	body, err := bodyOf(e)
	if err != nil {
		return v, err
	}
	v.OnBehalf = names[e.OnBehalf]
	for _, id := range append([]string{body.User, body.Request}, body.Users...) {
		if names[id] != "" {
			v.Concerns = append(v.Concerns, names[id])
		}
	}
	v.RosterStatus = body.RosterStatus
	v.Comment, v.Reasons = body.Comment, reasonsOf(body.Reasons)
	v.Revision, v.To, v.Until, v.Verdict = body.Revision, body.To, at(body.Until), body.Verdict
	return v, nil
}
