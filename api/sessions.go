package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// cookieName follows the browser's rule: the __Host- prefix is only accepted over https.
func (c Config) cookieName() string {
	if c.SecureCookie {
		return "__Host-zx"
	}
	return "zx"
}

func (c Config) sessionCookie(token string, age time.Duration) string {
	cookie := http.Cookie{ //nolint:gosec // Secure is off only on plain http, where a browser would drop the cookie
		Name: c.cookieName(), Value: token, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: c.SecureCookie, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

// Login starts a session: in a cookie for browsers, in the answer for programs that ask
// for it.
func (s *server) Login(ctx context.Context, r gen.LoginRequestObject) (gen.LoginResponseObject, error) {
	user, err := s.logins.check(ctx, r.Body.Login, r.Body.Password, s.logins.second(r.Body.Code))
	if err != nil {
		return nil, err
	}
	token, info, err := s.signIn(ctx, user, models.Session{})
	if err != nil {
		return nil, err
	}
	resp := gen.Login200JSONResponse{Body: info}
	if r.Body.Bearer {
		resp.Body.Token = token
	} else {
		resp.Headers.SetCookie = s.config.sessionCookie(token, s.config.SessionAbsolute)
	}
	return resp, nil
}

// signIn starts a session for who has shown who they are. The one that the request brings
// along ends: nobody goes on under a token from before.
func (s *server) signIn(ctx context.Context, user *models.User, row models.Session) (token string, info gen.SessionInfo, err error) {
	token = auth.NewSession()
	row.TokenHash, row.UserID = auth.HashSession(token), user.ID
	var before string
	if c, ok := ctx.(*gin.Context); ok {
		before = auth.HashSession(s.access.token(c))
		row.IP, row.Agent = c.ClientIP(), clip(c.Request.UserAgent(), 200)
	}
	if err := s.store.ReplaceSession(ctx, before, row, s.config.SessionAbsolute); err != nil {
		return "", info, err
	}
	if err := s.store.LimitSessions(ctx, user.ID, s.config.SessionMost, s.config.SessionIdle, row.TokenHash); err != nil {
		return "", info, err
	}
	grants, err := s.store.GrantsNow(ctx, user.ID)
	if err != nil {
		return "", info, err
	}
	row.CreatedAt = s.store.Now()
	me, err := s.me(ctx, &access{user: user, session: &row, grants: grants})
	return token, gen.SessionInfo{ExpiresAt: s.store.Now().Add(s.config.SessionAbsolute), Me: me}, err
}

// clip cuts text to n bytes of valid UTF-8.
func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ToValidUTF8(text, "")
}

// Logout ends the session that asks.
func (s *server) Logout(ctx context.Context, _ gen.LogoutRequestObject) (gen.LogoutResponseObject, error) {
	if err := s.store.RevokeSession(ctx, accessOf(ctx).tokenHash); err != nil {
		return nil, err
	}
	// The page clears up by itself; this does it where the page no longer can.
	return gen.Logout204Response{Headers: gen.Logout204ResponseHeaders{SetCookie: s.config.sessionCookie("", 0), ClearSiteData: `"storage"`}}, nil
}

// GetMe says who is signed in.
func (s *server) GetMe(ctx context.Context, _ gen.GetMeRequestObject) (gen.GetMeResponseObject, error) {
	me, err := s.me(ctx, accessOf(ctx))
	return gen.GetMe200JSONResponse(me), err
}

func (s *server) me(ctx context.Context, a *access) (gen.Me, error) {
	u, policy := a.user, s.config.PasswordPolicy
	names, err := s.store.OrgNames(ctx, append(orgIDs(a.grants), u.OrgID))
	old := s.access.outdated(a)
	me := gen.Me{
		Id: u.ID, Login: u.Login, Name: u.Name, MustChange: u.MustChange || old, PasswordExpired: old, PasswordRule: policy.Rule(),
		PrivacyRead: u.PrivacyVersion, Org: gen.Ref{Id: u.OrgID, Name: names[u.OrgID]}, Grants: grantsOf(a.grants, names),
	}
	if err == nil {
		me.PrivacyNotice, err = s.access.uninformed(ctx, a)
	}
	if err == nil {
		me.SecondFactorSetup, err = s.access.unfactored(ctx, a)
	}
	if err == nil {
		var factor *models.SecondFactor
		factor, err = s.store.SecondFactor(ctx, u.ID)
		me.SecondFactor = factor != nil
	}
	if p, found := s.providerOf(a.session); found {
		me.Provider, me.ProviderLogout = p.Name, p.LogoutAddress(ctx)
	} else if u.PasswordAt != nil && policy.Expiring(*u.PasswordAt, s.store.Now()) {
		me.PasswordExpiresAt = u.PasswordAt.Add(policy.MaxAge)
	}
	return me, err
}

func orgIDs(grants []models.Grant) []string {
	return convert(grants, func(g models.Grant) string { return g.OrgID })
}

func grantsOf(grants []models.Grant, names map[string]string) []gen.Grant {
	return convert(grants, func(g models.Grant) gen.Grant {
		return gen.Grant{Role: g.Role, RoleName: g.Role.Name(), Org: gen.Ref{Id: g.OrgID, Name: names[g.OrgID]}}
	})
}

// ChangePassword replaces the caller's password and ends their other sessions.
func (s *server) ChangePassword(ctx context.Context, r gen.ChangePasswordRequestObject) (gen.ChangePasswordResponseObject, error) {
	a := accessOf(ctx)
	if err := s.confirmPassword(ctx, a, r.Body.Current, "current"); err != nil {
		return nil, err
	}
	if r.Body.Current == r.Body.Password {
		return nil, apperr.Field("password", "新密码不能与当前密码相同，请换一个。")
	}
	names, err := s.store.OrgNames(ctx, append(orgIDs(a.grants), a.user.OrgID))
	if err != nil {
		return nil, err
	}
	around := append(slices.Collect(maps.Values(names)), a.user.Name)
	if err := s.config.PasswordPolicy.Check(a.user.Login, r.Body.Password, around...); err != nil {
		return nil, err
	}
	if err := s.unused(ctx, a.user.ID, r.Body.Password); err != nil {
		return nil, err
	}
	hash, err := s.logins.hash(ctx, r.Body.Password)
	if err != nil {
		return nil, err
	}
	token := auth.NextToken(a.tokenHash)
	if err := s.store.ChangePassword(ctx, a.user.ID, hash, a.tokenHash, auth.HashSession(token)); err != nil {
		return nil, err
	}
	if bearer(ctx) {
		return gen.ChangePassword200JSONResponse{Token: token}, nil
	}
	return gen.ChangePassword204Response{Headers: gen.ChangePassword204ResponseHeaders{SetCookie: s.nextCookie(a.session, token)}}, nil
}

// nextCookie is of another token for a session that ends when it would have.
func (s *server) nextCookie(row *models.Session, token string) string {
	return s.config.sessionCookie(token, row.ExpiresAt.Sub(s.store.Now()))
}

// bearer reports whether a program asks, which has no cookie.
func bearer(ctx context.Context) bool {
	c, ok := ctx.(*gin.Context)
	return ok && c.GetHeader("Authorization") != ""
}

// unused refuses one of the last passwords of an account.
func (s *server) unused(ctx context.Context, userID, password string) error {
	old, err := s.store.OldPasswords(ctx, userID, s.config.PasswordPolicy.Last-1)
	if err != nil {
		return err
	}
	for _, hash := range old {
		same, err := s.logins.matches(ctx, hash, password)
		if err != nil {
			return err
		}
		if same {
			return apperr.Newf(apperr.Invalid, "新密码不能与最近 %d 次用过的密码相同，请换一个。", s.config.PasswordPolicy.Last).On("password")
		}
	}
	return nil
}

// ListMyCredits lists the caller's own ledger.
func (s *server) ListMyCredits(ctx context.Context, _ gen.ListMyCreditsRequestObject) (gen.ListMyCreditsResponseObject, error) {
	rows, err := s.store.CreditsOf(ctx, accessOf(ctx).user.ID)
	return gen.ListMyCredits200JSONResponse{Items: convert(rows, func(c models.Credit) gen.MyCredit {
		return gen.MyCredit{CaseId: c.CaseID, Year: c.Year, Hours: c.Hours, State: c.State, StateName: c.State.Name()}
	})}, err
}
