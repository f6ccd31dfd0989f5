package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// access is who is asking and what the access table let them at. Handlers get it from the
// request's context and trust nothing else about the caller.
type access struct {
	user      *models.User
	session   *models.Session      // of a person
	token     *models.MachineToken // of another system
	tokenHash string
	grants    []models.Grant // every role of the user
	near      []models.Grant // those that reach the object
	admitted  []models.Grant // those of them that let this request through
	reached   []reach        // the same, each with what it reaches
	scope     models.Scope   // what the admitted grants reach
	as        models.Grant   // the admitted grant that fits the object best

	c     *models.Case // of a case or file
	state domain.State
	org   *models.Org // of an organisation
	other *models.User
	batch *models.Cohort
	file  *models.File
}

type accessKey struct{}

// accessOf returns the caller of a handler that the access table protects.
func accessOf(ctx context.Context) *access {
	a, _ := ctx.Value(accessKey{}).(*access)
	return a
}

// holds reports whether one of the grants that let the request through has a role.
func (a *access) holds(role ...domain.Role) bool {
	return slices.ContainsFunc(a.admitted, func(g models.Grant) bool { return slices.Contains(role, g.Role) })
}

// actorFor is the caller in the role that an action is taken in.
func (a *access) actorFor(k domain.Kind, visit int) domain.Actor {
	return domain.Suited(a.state, k, visit, convert(a.admitted, a.actorAs))
}

// actorAs is the caller in one role, with everybody for whom the caller stands in there.
func (a *access) actorAs(g models.Grant) domain.Actor {
	actor := domain.Actor{UserID: a.user.ID, Role: g.Role, OrgID: g.OrgID, Proxy: true}
	for _, held := range a.grants {
		switch {
		case held.Role != g.Role || held.OrgID != g.OrgID:
		case held.For == "":
			actor.Proxy = false
		default:
			actor.For = append(actor.For, held.For)
		}
	}
	return actor
}

// enforcer applies the access table.
type enforcer struct {
	store     *models.Store
	idle      time.Duration
	passwords auth.PasswordPolicy
	factor    string        // who must have a second factor
	proof     time.Duration // how long a proof of who is asking stays fresh
	notice    *noticeInForce
	cookie    string
}

// enforce lets a request through when its rule does: signed in, first password changed,
// object within reach (404), role (403).
func (e *enforcer) enforce(c *gin.Context) {
	op, ok := operationOf(c)
	if !ok || op.rule.open {
		c.Next()
		return
	}
	ctx := c.Request.Context()
	a, err := e.enter(ctx, c, op)
	if err == nil {
		a.origin(ctx)
	}
	if err == nil && a.user.MustChange && !op.rule.first {
		err = apperr.New(apperr.PasswordChange, "首次登录须先修改密码，修改后才能继续使用。")
	}
	if err == nil && e.outdated(a) && !op.rule.first {
		err = apperr.New(apperr.PasswordChange, "密码已到期，须先修改密码，修改后才能继续使用。")
	}
	if err == nil && !op.rule.first {
		err = e.informed(ctx, a)
	}
	if err == nil && !op.rule.first {
		var missing bool
		if missing, err = e.unfactored(ctx, a); missing {
			err = apperr.New(codeFactorSetup, "您的身份必须使用动态验证码：请先在“我的账号”中启用，启用后才能继续使用。")
		}
	}
	if err == nil {
		err = e.admit(ctx, a, op, c.Param)
		a.origin(ctx)
	}
	if err == nil {
		err = e.proven(c, a, op)
	}
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.Request = c.Request.WithContext(context.WithValue(ctx, accessKey{}, a))
	c.Next()
}

// origin tells the audit log who asks, in which role, and whose affair it is.
func (a *access) origin(ctx context.Context) {
	o := models.OriginOf(ctx)
	o.ActorID, o.ActorOrg, o.Session = a.user.ID, a.user.OrgID, models.SessionRef(a.tokenHash)
	if a.as.OrgID != "" {
		o.ActorRole, o.ActorOrg = a.as.Role, a.as.OrgID
	}
	switch {
	case a.c != nil:
		o.OrgID = a.c.SchoolID
	case a.org != nil:
		o.OrgID = a.org.ID
	case a.other != nil:
		o.OrgID = a.other.OrgID
	case a.batch != nil:
		o.OrgID = a.batch.OrgID
	}
}

// outdated reports whether the password was too old already when the caller signed in:
// nobody is interrupted while they work.
func (e *enforcer) outdated(a *access) bool {
	set := a.user.PasswordAt
	return set != nil && a.session.Provider == "" && e.passwords.Expired(*set, a.session.CreatedAt)
}

// token is the session's, from the Authorization header of a program or the cookie of a
// browser. Other systems are programs: a browser that bears one of their tokens was
// given it by somebody else.
func (e *enforcer) token(c *gin.Context) string {
	if scheme, token, ok := strings.Cut(c.GetHeader("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	token, err := c.Request.Cookie(e.cookie)
	if err != nil || strings.HasPrefix(token.Value, models.MachinePrefix) {
		return ""
	}
	return token.Value
}

// enter finds out who is asking: a person, or another system.
func (e *enforcer) enter(ctx context.Context, c *gin.Context, op operation) (*access, error) {
	token := e.token(c)
	if strings.HasPrefix(token, models.MachinePrefix) {
		return e.machine(ctx, c, token, op)
	}
	return e.signedIn(ctx, token, op.rule)
}

func (e *enforcer) signedIn(ctx context.Context, token string, r rule) (*access, error) {
	if token == "" {
		return nil, apperr.New(apperr.Unauthenticated, "请先登录。")
	}
	hash, session := auth.HashSession(token), e.store.Session
	if r.stream {
		session = e.store.PeekSession
	}
	row, user, err := session(ctx, hash, e.idle)
	if err != nil {
		return nil, err
	}
	grants, err := e.store.GrantsNow(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	return &access{user: user, session: row, tokenHash: hash, grants: grants}, nil
}

// reach is one grant and what it reaches.
type reach struct {
	grant models.Grant
	scope models.Scope
}

// admitTo applies the rule of a named operation, for a request that stands for several.
func (e *enforcer) admitTo(ctx context.Context, a *access, id string, param func(string) string) error {
	return e.admitBy(ctx, a, id, rules[id], param)
}

func (e *enforcer) admit(ctx context.Context, a *access, op operation, param func(string) string) error {
	return e.admitBy(ctx, a, op.id(), op.rule, param)
}

func (e *enforcer) admitBy(ctx context.Context, a *access, id string, r rule, param func(string) string) error {
	reaches := make([]reach, 0, len(a.grants))
	for _, g := range a.grants {
		scope, err := e.store.ScopeOf(ctx, g)
		if err != nil {
			return err
		}
		reaches = append(reaches, reach{g, scope})
	}
	allowed := r.roles
	if id == "takeAction" {
		kind := domain.Kind(param("kind"))
		if !kind.Human() {
			return errNoRoute
		}
		allowed = domain.RolesFor(kind)
	}
	covering, err := e.covering(ctx, a, r.object, reaches, param)
	if err != nil {
		return err
	}
	return a.choose(covering, allowed, r)
}

// choose keeps the grants whose role may, and picks the one to act as.
func (a *access) choose(covering []reach, allowed []domain.Role, r rule) error {
	scopes := []models.Scope{}
	var waiting error
	for _, c := range covering {
		if (c.grant.For != "" && r.own) || slices.ContainsFunc(a.near, c.grant.SameSeat) {
			continue // the own role comes first and does for both
		}
		a.near = append(a.near, c.grant)
		if allowed != nil && !slices.Contains(allowed, c.grant.Role) {
			continue
		}
		if err := a.undeclared(c.grant, r); err != nil {
			waiting = err
			continue
		}
		a.admitted = append(a.admitted, c.grant)
		a.reached = append(a.reached, c)
		scopes = append(scopes, c.scope)
	}
	if waiting != nil && len(a.admitted) == 0 {
		return waiting
	}
	if len(a.admitted) == 0 && (allowed != nil || r.object != objectNone) {
		return apperr.New(apperr.Forbidden, "您的身份不能进行这项操作；如确有需要，请联系管理员。")
	}
	a.scope = union(scopes)
	a.as = a.fitting()
	return nil
}

// undeclared keeps materials from experts who have not yet declared that they have no
// conflict.
func (a *access) undeclared(g models.Grant, r rule) error {
	if !r.ready || g.Role != domain.RoleExpert {
		return nil
	}
	switch a.state.Panel[a.user.ID].Status {
	case domain.MemberReady, domain.MemberScored:
		return nil
	case domain.MemberInvited, domain.MemberAccepted:
		return apperr.New(domain.CodeNotAccepted, "请先接受邀请并提交回避声明，之后才能查看材料。")
	default:
		return apperr.New(apperr.Forbidden, "您已不在该项目的考核专家组中，不能查看材料。")
	}
}

// fitting prefers the grant at the school or its superior organisation, which is what
// the rules of a case look at.
func (a *access) fitting() models.Grant {
	if len(a.admitted) == 0 {
		return models.Grant{}
	}
	if a.c != nil {
		for _, g := range a.admitted {
			if g.OrgID == a.c.SchoolID || g.OrgID == a.c.DistrictID {
				return g
			}
		}
	}
	return a.admitted[0]
}

func union(scopes []models.Scope) models.Scope {
	var u models.Scope
	for _, s := range scopes {
		u.All = u.All || s.All
		u.Paths = append(u.Paths, s.Paths...)
		u.CaseIDs = append(u.CaseIDs, s.CaseIDs...)
		u.OrgPaths = append(u.OrgPaths, s.OrgPaths...)
	}
	return u
}
