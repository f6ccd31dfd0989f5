package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListRoster lists the teachers of a case, and how their statuses changed once the roster
// was frozen.
func (s *server) ListRoster(ctx context.Context, r gen.ListRosterRequestObject) (gen.ListRosterResponseObject, error) {
	id := accessOf(ctx).c.ID
	f := models.RosterFilter{Text: r.Params.Q, GroupID: r.Params.GroupId}
	rows, next, err := s.store.Roster(ctx, id, f, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	changes, err := s.rosterChanges(ctx, id, rows)
	return gen.ListRoster200JSONResponse{Next: next, Items: convert(rows, func(t models.RosterRow) gen.RosterRow {
		return gen.RosterRow{
			UserId: t.UserID, Name: t.Name, Subject: t.Subject, GroupId: t.GroupID, FullTime: t.FullTime, Status: t.Status,
			Changes: changes[t.UserID],
		}
	})}, err
}

// rosterChanges are the changes of some teachers' statuses by teacher.
func (s *server) rosterChanges(ctx context.Context, caseID string, of []models.RosterRow) (map[string][]gen.RosterChange, error) {
	rows, err := s.store.RosterChanges(ctx, caseID, convert(of, func(t models.RosterRow) string { return t.UserID }))
	if err != nil {
		return nil, err
	}
	names, err := s.store.UserNames(ctx, unique(convert(rows, func(c models.RosterChange) string { return c.ChangedBy })))
	by := map[string][]gen.RosterChange{}
	for _, c := range rows {
		by[c.UserID] = append(by[c.UserID], gen.RosterChange{
			From: c.OldStatus, To: c.NewStatus, Reason: c.Reason, By: names[c.ChangedBy], At: c.ChangedAt,
		})
	}
	return by, err
}

// PutRoster adds or changes teachers until the roster is frozen.
func (s *server) PutRoster(ctx context.Context, r gen.PutRosterRequestObject) (gen.PutRosterResponseObject, error) {
	id := accessOf(ctx).c.ID
	err := s.store.PutRoster(ctx, id, convert(r.Body.Rows, func(t gen.RosterRowDraft) models.RosterEntry {
		status := t.Status
		if status == "" {
			status = domain.RosterActive
		}
		return models.RosterEntry{UserID: t.UserId, Subject: t.Subject, FullTime: t.FullTime, Status: status}
	}))
	if err != nil {
		return nil, err
	}
	teachers, fullTime, err := s.store.CountRoster(ctx, id)
	return gen.PutRoster200JSONResponse{Teachers: teachers, FullTime: fullTime}, err
}
