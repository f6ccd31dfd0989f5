package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// ProveSession takes the password again, for what is too sensitive for a session alone,
// and the code of who has a second factor: what a login asks, a proof asks, too. Guesses
// count as those at the login do. The session has another token afterwards.
func (s *server) ProveSession(ctx context.Context, r gen.ProveSessionRequestObject) (gen.ProveSessionResponseObject, error) {
	a := accessOf(ctx)
	prove := s.provePassword
	if r.Body.Password == "" && r.Body.Code != "" && a.session.Provider != "" {
		prove = s.proveCode
	}
	if err := prove(ctx, a, r.Body.Password, r.Body.Code); err != nil {
		return nil, err
	}
	token := auth.NextToken(a.tokenHash)
	if err := s.store.ProveSession(ctx, a.tokenHash, auth.HashSession(token)); err != nil {
		return nil, err
	}
	if bearer(ctx) {
		return gen.ProveSession200JSONResponse{Token: token}, nil
	}
	return gen.ProveSession204Response{Headers: gen.ProveSession204ResponseHeaders{SetCookie: s.nextCookie(a.session, token)}}, nil
}

// proveCode is for who came from a provider and may have no password here.
func (s *server) proveCode(ctx context.Context, a *access, _, code string) error {
	return s.logins.checkCode(ctx, a.user, code)
}

func (s *server) provePassword(ctx context.Context, a *access, password, code string) error {
	if password == "" {
		return apperr.Field("password", "请输入当前密码。")
	}
	_, err := s.logins.check(ctx, a.user.Login, password, s.logins.second(code))
	switch {
	case apperr.Is(err, apperr.Unauthenticated):
		return apperr.Field("password", wrongCurrent)
	case apperr.Is(err, models.CodeSecondFactor): // about a field, not about the session
		return apperr.Field("code", apperr.MessageOf(err))
	}
	return err
}

const wrongCurrent = "当前密码不正确，请重新输入。"

// confirmPassword checks the caller's own password; a wrong one is about a field, not about
// the session.
func (s *server) confirmPassword(ctx context.Context, a *access, password, field string) error {
	_, err := s.logins.check(ctx, a.user.Login, password)
	if apperr.Is(err, apperr.Unauthenticated) {
		return apperr.Field(field, wrongCurrent)
	}
	return err
}

// sessionsShown is how many logins of one person are listed.
const sessionsShown = 200

func (s *server) sessionsOf(ctx context.Context, userID string) ([]gen.LoginSession, error) {
	rows, err := s.store.Sessions(ctx, userID)
	if len(rows) > sessionsShown {
		rows = rows[:sessionsShown]
	}
	mine := accessOf(ctx).tokenHash
	return convert(rows, func(v models.Session) gen.LoginSession {
		return gen.LoginSession{Id: v.Ref(), Agent: v.Agent, Ip: v.IP, Since: v.CreatedAt, Seen: v.SeenAt, Current: v.TokenHash == mine}
	}), err
}

// ListMySessions lists where the caller is signed in.
func (s *server) ListMySessions(ctx context.Context, _ gen.ListMySessionsRequestObject) (gen.ListMySessionsResponseObject, error) {
	items, err := s.sessionsOf(ctx, accessOf(ctx).user.ID)
	return gen.ListMySessions200JSONResponse{Items: items}, err
}

// EndMySession signs the caller out somewhere.
func (s *server) EndMySession(ctx context.Context, r gen.EndMySessionRequestObject) (gen.EndMySessionResponseObject, error) {
	return gen.EndMySession204Response{}, s.store.EndSession(ctx, accessOf(ctx).user.ID, r.SessionId)
}

// EndOtherSessions signs the caller out everywhere else.
func (s *server) EndOtherSessions(ctx context.Context, _ gen.EndOtherSessionsRequestObject) (gen.EndOtherSessionsResponseObject, error) {
	a := accessOf(ctx)
	return gen.EndOtherSessions204Response{}, s.store.RevokeSessions(ctx, a.user.ID, a.tokenHash)
}

// ListUserSessions lists where an account is signed in. From which address and by what
// program is for security administrators: others need to know only that somebody is.
func (s *server) ListUserSessions(ctx context.Context, _ gen.ListUserSessionsRequestObject) (gen.ListUserSessionsResponseObject, error) {
	u, err := s.looksAfter(ctx)
	if err != nil {
		return nil, err
	}
	items, err := s.sessionsOf(ctx, u.ID)
	if !accessOf(ctx).holds(security...) {
		for i := range items {
			items[i].Ip, items[i].Agent = "", ""
		}
	}
	return gen.ListUserSessions200JSONResponse{Items: items}, err
}

// EndUserSessions signs an account out everywhere.
func (s *server) EndUserSessions(ctx context.Context, _ gen.EndUserSessionsRequestObject) (gen.EndUserSessionsResponseObject, error) {
	u, err := s.looksAfter(ctx)
	if err != nil {
		return nil, err
	}
	return gen.EndUserSessions204Response{}, s.store.RevokeSessions(ctx, u.ID, "")
}

// looksAfter is manages, for what gives nobody anything: a security administrator may do
// it to 三员, too, alone.
func (s *server) looksAfter(ctx context.Context) (*models.User, error) {
	u, err := s.manages(ctx)
	if apperr.Is(err, models.CodeTwoPersons) {
		return accessOf(ctx).other, nil
	}
	return u, err
}
