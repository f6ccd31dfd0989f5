package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// streaming is an answer that writes itself until it is over.
type streaming func(w http.ResponseWriter)

// VisitGetLiveResponse writes the answer.
func (f streaming) VisitGetLiveResponse(w http.ResponseWriter) error {
	f(w)
	return nil
}

// GetLive tells the caller of changes within reach, as they are committed, until the
// session ends. It says where something changed and never what: the pages ask for that
// with everything that guards the answer, such as blind scoring.
func (s *server) GetLive(ctx context.Context, r gen.GetLiveRequestObject) (gen.GetLiveResponseObject, error) {
	a := accessOf(ctx)
	l, head, err := s.live.join(ctx, a)
	if err != nil {
		return nil, err
	}
	st := &stream{hub: s.live, listener: l, viewer: viewer{user: a.user.ID, grants: a.grants, scope: a.scope}, pos: head}
	last := cmp.Or(r.Params.LastEventID, r.Params.After)
	return streaming(func(w http.ResponseWriter) {
		defer s.live.leave(l)
		st.out = newEventWriter(w)
		if last == "" {
			st.out.event("hello", head, struct{}{})
		} else {
			st.resume(last)
		}
		if err := st.run(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "live stream was cut off", "error", err)
		}
	}), nil
}

// stream is one browser being told.
type stream struct {
	hub      *hub
	listener *listener
	viewer   viewer
	pos      int64 // everything up to here was told
	out      *eventWriter
}

// resume goes on after what the client says it was told last. No row was ever given a
// negative position: what cannot be read leads to a reset.
func (s *stream) resume(last string) {
	pos, err := strconv.ParseInt(last, 10, 64)
	if err != nil || pos < 0 {
		pos = -1
	}
	s.pos = pos
}

// run tells until the client, the session or the server goes. Errors are the database's
// or the connection's; the client comes back after either.
func (s *stream) run(ctx context.Context) error {
	beat, stopBeat := s.hub.ticker(beatEvery)
	defer stopBeat()
	refresh, stopRefresh := s.hub.ticker(refreshEvery)
	defer stopRefresh()
	end := streamsEnd(ctx)
	for {
		grown, err := s.tell(ctx)
		if err != nil {
			return err
		}
		select {
		case <-grown:
		case <-beat:
			s.out.beat(s.pos)
		case <-refresh:
			err = s.refresh(ctx)
		case <-s.listener.ended:
			return s.goodbye()
		case <-end:
			return nil
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// goodbye ends a stream whose session may not go on. With other roles its next stream has
// another scope, in which the client has missed everything.
func (s *stream) goodbye() error {
	if !s.listener.changed {
		return nil
	}
	s.out.event("reset", max(s.pos, 0), struct{}{})
	return s.out.flush()
}

// tell sends everything there is, and returns what is closed when there is more.
func (s *stream) tell(ctx context.Context) (<-chan struct{}, error) {
	for {
		rows, grown, err := s.hub.since(ctx, s.pos)
		if errors.Is(err, models.ErrFeedGap) {
			err = s.reset(ctx)
		}
		if err == nil {
			err = s.send(ctx, rows)
		}
		if err == nil {
			err = s.out.flush()
		}
		if err != nil || len(rows) == 0 {
			return grown, err
		}
		select {
		case <-s.listener.ended: // not a word more
			return grown, nil
		default:
		}
	}
}

// reset goes on at the newest position and has the client read everything again.
func (s *stream) reset(ctx context.Context) error {
	head, err := s.hub.store.FeedHead(ctx)
	s.pos = head
	s.out.event("reset", head, struct{}{})
	return err
}

func (s *stream) send(ctx context.Context, rows []models.FeedRow) error {
	for _, row := range rows {
		if s.viewer.learns(row) {
			if err := s.refresh(ctx); err != nil {
				return err
			}
		}
		s.pos = *row.Pos
		if s.viewer.hears(row) {
			s.out.change(s.pos, row.Topic, row.CaseID)
		}
	}
	return nil
}

// refresh looks again at which single cases the viewer may see, and tells of those that
// came or went.
func (s *stream) refresh(ctx context.Context) error {
	if !s.viewer.byCase() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	var scopes []models.Scope
	for _, g := range s.viewer.grants {
		scope, err := s.hub.store.ScopeOf(ctx, g)
		if err != nil {
			return err
		}
		scopes = append(scopes, scope)
	}
	before, now := s.viewer.scope.CaseIDs, union(scopes)
	s.viewer.scope = now
	for _, id := range unique(slices.Concat(before, now.CaseIDs)) {
		if slices.Contains(before, id) != slices.Contains(now.CaseIDs, id) {
			s.out.change(s.pos, models.FeedCase, id)
		}
	}
	return s.out.flush()
}

// viewer is for whom a stream is.
type viewer struct {
	user   string
	grants []models.Grant
	scope  models.Scope
}

// byCase reports whether some of the scope is single cases, which come and go.
func (v viewer) byCase() bool {
	return slices.ContainsFunc(v.grants, func(g models.Grant) bool {
		return slices.Contains([]domain.Role{domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleExpert}, g.Role)
	})
}

// learns reports whether a row may be the first the viewer hears of a case, as an
// invitation is.
func (v viewer) learns(r models.FeedRow) bool {
	return r.UserID == v.user && r.CaseID != "" && !slices.Contains(v.scope.CaseIDs, r.CaseID)
}

// hears reports whether a row is for the viewer.
func (v viewer) hears(r models.FeedRow) bool {
	switch {
	case r.UserID != "":
		return r.UserID == v.user
	case r.Role != "":
		return slices.ContainsFunc(v.grants, func(g models.Grant) bool {
			return g.Role == r.Role && (r.OrgID == "" || g.OrgID == r.OrgID)
		})
	case r.Topic == models.FeedCohort:
		return v.scope.Concerns(r.Path)
	}
	return v.scope.CoversCase(r.Path, r.CaseID)
}
