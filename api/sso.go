package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
)

// codeUnlinked is a person whom a provider knows and this product does not.
const codeUnlinked apperr.Code = "sso_unlinked"

// attemptAge is how long the browser keeps the secret of a request to a provider.
const attemptAge = 10 * time.Minute

func (c Config) attemptCookieName() string { return c.cookieName() + "-sso" }

func (c Config) attemptCookie(secret string) *http.Cookie {
	age := int(attemptAge.Seconds())
	if secret == "" {
		age = -1
	}
	return &http.Cookie{ //nolint:gosec // Secure is off only on plain http, where a browser would drop the cookie
		Name: c.attemptCookieName(), Value: secret, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: c.SecureCookie, SameSite: http.SameSiteLaxMode,
	}
}

// secretsOf are what goes to a provider, made of what only the browser has: nothing that is
// stored here helps anybody to finish somebody else's login.
func secretsOf(secret string) sso.Secrets {
	derive := func(use string) string {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(use))
		return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	return sso.Secrets{State: derive("state"), Nonce: derive("nonce"), Verifier: derive("verifier")}
}

// ownPath is a page of this product to return to; anything else becomes the first page.
func ownPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(text, "/") ||
		strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\r\n\t") {
		return "/"
	}
	return text
}

// ListSsoProviders lists where people may sign in.
func (s *server) ListSsoProviders(context.Context, gen.ListSsoProvidersRequestObject) (gen.ListSsoProvidersResponseObject, error) {
	return gen.ListSsoProviders200JSONResponse{Items: convert(s.sso.All(), func(p *sso.Provider) gen.SsoProvider {
		return gen.SsoProvider{Id: p.ID, Name: p.Name}
	})}, nil
}

// askProvider begins a request to a provider.
func (s *server) askProvider(ctx context.Context, id string, a models.SSOAttempt) (address, cookie string, err error) {
	p, err := s.sso.Get(id)
	if err != nil {
		return "", "", err
	}
	secret := auth.NewToken()
	address, err = p.Address(ctx, secretsOf(secret), a.Purpose != models.SSOLogin)
	if err != nil {
		return "", "", err
	}
	a.ID, a.Provider = auth.HashToken(secret), p.ID
	return address, s.config.attemptCookie(secret).String(), s.store.BeginSSO(ctx, a)
}

// BeginSsoLogin sends a browser to a provider to sign in.
func (s *server) BeginSsoLogin(ctx context.Context, r gen.BeginSsoLoginRequestObject) (gen.BeginSsoLoginResponseObject, error) {
	a := models.SSOAttempt{Purpose: models.SSOLogin, ReturnTo: ownPath(r.Body.ReturnTo)}
	address, cookie, err := s.askProvider(ctx, r.ProviderId, a)
	return gen.BeginSsoLogin200JSONResponse{
		Body: gen.SsoAddress{Address: address}, Headers: gen.BeginSsoLogin200ResponseHeaders{SetCookie: cookie},
	}, err
}

// BeginSsoLink sends who is signed in to a provider to link the account there.
func (s *server) BeginSsoLink(ctx context.Context, r gen.BeginSsoLinkRequestObject) (gen.BeginSsoLinkResponseObject, error) {
	a := models.SSOAttempt{Purpose: models.SSOLink, Session: accessOf(ctx).session.Ref(), ReturnTo: "/account"}
	address, cookie, err := s.askProvider(ctx, r.ProviderId, a)
	return gen.BeginSsoLink200JSONResponse{
		Body: gen.SsoAddress{Address: address}, Headers: gen.BeginSsoLink200ResponseHeaders{SetCookie: cookie},
	}, err
}

// BeginSsoProof sends who is signed in to a provider to prove who they are once more.
func (s *server) BeginSsoProof(ctx context.Context, r gen.BeginSsoProofRequestObject) (gen.BeginSsoProofResponseObject, error) {
	a := models.SSOAttempt{Purpose: models.SSOProof, Session: accessOf(ctx).session.Ref(), ReturnTo: "/account"}
	address, cookie, err := s.askProvider(ctx, r.ProviderId, a)
	return gen.BeginSsoProof200JSONResponse{
		Body: gen.SsoAddress{Address: address}, Headers: gen.BeginSsoProof200ResponseHeaders{SetCookie: cookie},
	}, err
}

var errForeignAnswer = apperr.New(apperr.Unauthenticated, "登录请求不是由这个浏览器发起的，或已过期。请返回登录页重新开始。")

// asked returns the request that a browser comes back from, once, and its secrets.
func (s *server) asked(ctx context.Context, state string) (*models.SSOAttempt, sso.Secrets, error) {
	var secret string
	if c, ok := ctx.(*gin.Context); ok {
		if cookie, err := c.Request.Cookie(s.config.attemptCookieName()); err == nil {
			secret = cookie.Value
		}
	}
	secrets := secretsOf(secret)
	if secret == "" || subtle.ConstantTimeCompare([]byte(state), []byte(secrets.State)) != 1 {
		return nil, secrets, errForeignAnswer
	}
	a, err := s.store.TakeSSO(ctx, auth.HashToken(secret))
	return a, secrets, err
}

// CompleteSso finishes what was begun at a provider.
func (s *server) CompleteSso(ctx context.Context, r gen.CompleteSsoRequestObject) (gen.CompleteSsoResponseObject, error) {
	a, secrets, err := s.asked(ctx, r.Body.State)
	if err != nil {
		return nil, err
	}
	p, err := s.sso.Get(a.Provider)
	if err != nil {
		return nil, err
	}
	if r.Body.Error != "" {
		return nil, apperr.Newf(sso.CodeRefused, "在“%s”上没有完成登录（已取消或被拒绝），请返回登录页重新开始。", p.Name)
	}
	resp := gen.CompleteSso200JSONResponse{Body: gen.SsoDone{Purpose: gen.SsoDonePurpose(a.Purpose), ReturnTo: a.ReturnTo}}
	if a.UserID != "" { // only the second factor was missing
		return s.finishLogin(ctx, resp, p, a, sso.Identity{}, r.Body.Factor)
	}
	id, err := p.Redeem(ctx, sso.Answer{Code: r.Body.Code, Issuer: r.Body.Iss}, secrets, a.CreatedAt)
	if err != nil {
		return nil, err
	}
	if a.Purpose != models.SSOLogin {
		return s.finishWithin(ctx, resp, p, a, id)
	}
	u, err := s.personOf(ctx, p, id)
	if err != nil {
		return nil, err
	}
	a.UserID, a.ProviderSession = u.ID, models.At(p.ID, id.Sub, id.SID)
	if now := s.store.Now(); p.Proves(id, now.Add(-s.config.ProofFor)) {
		at := id.AuthTime
		if at.After(now) {
			at = now
		}
		a.ProvedAt = &at
	}
	return s.finishLogin(ctx, resp, p, a, id, r.Body.Factor)
}

// personOf is whose account a provider's person has here, with the roles that the provider
// gives now.
func (s *server) personOf(ctx context.Context, p *sso.Provider, id sso.Identity) (*models.User, error) {
	u, err := s.store.LinkedUser(ctx, p.ID, id.Subject)
	if err != nil {
		return nil, err
	}
	if u == nil {
		if u, err = s.newcomer(ctx, p, id); err != nil {
			return nil, err
		}
	}
	if u.Disabled {
		return nil, errDisabled()
	}
	models.OriginOf(ctx).ActorID = u.ID
	if err := s.store.Locked(u.LockedUntil); err != nil {
		return nil, err
	}
	if p.Roles == nil {
		return u, nil
	}
	return u, s.store.Remap(ctx, u.ID, p.ID, s.seatsOf(ctx, p, id))
}

// seatsOf are the roles of a mapping that exist here. One that does not gives nothing.
func (s *server) seatsOf(ctx context.Context, p *sso.Provider, id sso.Identity) []models.Grant {
	var grants []models.Grant
	for _, seat := range id.Roles {
		org, err := s.store.OrgByCode(ctx, seat.Org)
		if err == nil {
			err = models.CheckSeat(seat.Role, org)
		}
		if err != nil {
			s.log.WarnContext(ctx, "a mapped role cannot be given", "provider", p.ID, "role", seat.Role, "org", seat.Org, "error", err)
			continue
		}
		grants = append(grants, models.Grant{Role: seat.Role, OrgID: org.ID})
	}
	return grants
}

// newcomer makes an account, where the provider's settings say so.
func (s *server) newcomer(ctx context.Context, p *sso.Provider, id sso.Identity) (*models.User, error) {
	if p.Create == nil {
		return nil, apperr.Newf(codeUnlinked,
			"“%s”上的这个账号还没有绑定本系统的账号。请先用账号和密码登录，在“我的账号”中绑定，之后即可由此登录。", p.Name)
	}
	org, err := s.store.OrgByCode(ctx, p.Create.Org)
	if err != nil {
		return nil, err
	}
	n := models.NewUser{Login: id.Login, Name: id.Name, OrgID: org.ID, PasswordHash: auth.HashOneTime(auth.NewToken())}
	u, err := s.store.CreateLinked(ctx, p.ID, id.Subject, n)
	if apperr.Is(err, apperr.Conflict) {
		return nil, apperr.Newf(codeUnlinked, "账号“%s”已存在但没有绑定“%s”。请先用账号和密码登录，在“我的账号”中绑定。", id.Login, p.Name)
	}
	return u, err
}

func errDisabled() error {
	return apperr.New(apperr.Unauthenticated, "账号已停用，请联系管理员。")
}

// finishLogin starts the session, after the second factor where the account has one and the
// provider does not vouch for another.
func (s *server) finishLogin(
	ctx context.Context, resp gen.CompleteSso200JSONResponse, p *sso.Provider, a *models.SSOAttempt, id sso.Identity, factor string,
) (gen.CompleteSsoResponseObject, error) {
	u, err := s.store.User(ctx, a.UserID)
	if err != nil {
		return nil, err
	}
	if u.Disabled {
		return nil, errDisabled()
	}
	if err := s.store.Locked(u.LockedUntil); err != nil {
		return nil, err
	}
	if !id.Factors {
		asked, err := s.logins.factor(ctx, u, factor)
		if err != nil {
			if apperr.Is(err, models.CodeSecondFactor) {
				if err := s.store.BeginSSO(ctx, *a); err != nil {
					return nil, err
				}
			}
			return nil, err
		}
		if asked {
			now := s.store.Now()
			a.ProvedAt = &now
		}
	}
	token, info, err := s.signIn(ctx, u, models.Session{
		Provider: p.ID, Factored: id.Factors, ProvedAt: a.ProvedAt, ProviderSession: a.ProviderSession,
	})
	if err != nil {
		return nil, err
	}
	resp.Body.Me, resp.Body.ExpiresAt = info.Me, info.ExpiresAt
	resp.Headers.SetCookie = s.config.sessionCookie(token, s.config.SessionAbsolute)
	return resp, nil
}

// finishWithin finishes what the session in this browser began, and no other.
func (s *server) finishWithin(
	ctx context.Context, resp gen.CompleteSso200JSONResponse, p *sso.Provider, a *models.SSOAttempt, id sso.Identity,
) (gen.CompleteSsoResponseObject, error) {
	c, ok := ctx.(*gin.Context)
	if !ok {
		return nil, errForeignAnswer
	}
	hash := auth.HashSession(s.access.token(c))
	if models.SessionRef(hash) != a.Session {
		return nil, errForeignAnswer
	}
	row, u, err := s.store.PeekSession(ctx, hash, s.config.SessionIdle)
	if err != nil {
		return nil, err
	}
	models.OriginOf(ctx).ActorID = u.ID
	resp.Headers.SetCookie = s.config.attemptCookie("").String() // has done its work
	if a.Purpose == models.SSOLink {
		return resp, s.store.LinkLogin(ctx, p.ID, id.Subject, u.ID)
	}
	known, err := s.store.LinkedUser(ctx, p.ID, id.Subject)
	switch {
	case err != nil:
		return nil, err
	case known == nil || known.ID != u.ID:
		return nil, apperr.Newf(sso.CodeRefused, "在“%s”上登录的不是您绑定的账号，没有通过验证。请用绑定的账号重试。", p.Name)
	case !p.Proves(id, a.CreatedAt):
		return nil, apperr.Newf(sso.CodeRefused, "“%s”没有重新验证您的身份，不能办理这项操作。请用密码或动态验证码验证，或联系系统管理员。", p.Name)
	}
	token := auth.NextToken(hash)
	if err := s.store.ProveSession(ctx, hash, auth.HashSession(token)); err != nil {
		return nil, err
	}
	if bearer(ctx) {
		resp.Body.Token = token
	} else {
		resp.Headers.SetCookie = s.nextCookie(row, token) // the attempt's runs out by itself
	}
	return resp, nil
}

// providerOf is where a session was begun.
func (s *server) providerOf(row *models.Session) (*sso.Provider, bool) {
	if row == nil || row.Provider == "" {
		return nil, false
	}
	p, err := s.sso.Get(row.Provider)
	return p, err == nil
}

// ListMyLinks lists the providers and where the caller has an account.
func (s *server) ListMyLinks(ctx context.Context, _ gen.ListMyLinksRequestObject) (gen.ListMyLinksResponseObject, error) {
	rows, err := s.store.LinkedLogins(ctx, accessOf(ctx).user.ID)
	return gen.ListMyLinks200JSONResponse{Items: convert(s.sso.All(), func(p *sso.Provider) gen.LinkedLogin {
		item := gen.LinkedLogin{Id: p.ID, Name: p.Name}
		if i := slices.IndexFunc(rows, func(l models.LinkedLogin) bool { return l.Provider == p.ID }); i >= 0 {
			item.Linked, item.Since, item.Used = true, rows[i].CreatedAt, at(rows[i].UsedAt)
		}
		return item
	})}, err
}

// DropLink ends a link, unless nothing else lets its owner in.
func (s *server) DropLink(ctx context.Context, r gen.DropLinkRequestObject) (gen.DropLinkResponseObject, error) {
	u := accessOf(ctx).user
	if auth.OneTime(u.PasswordHash) && !u.MustChange {
		return nil, apperr.New(apperr.Conflict, "您的账号没有密码，解除绑定后将无法登录。请先由管理员重置密码。")
	}
	return gen.DropLink204Response{}, s.store.UnlinkLogin(ctx, r.ProviderId, u.ID)
}
