package api

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/ssotest"
	"zhengxiao/models"
)

// tab is a browser: it keeps cookies and goes where it is sent.
type tab struct {
	r       *rig
	cookies map[string]string
}

func (r *rig) tab() *tab { return &tab{r, map[string]string{}} }

func (b *tab) send(method, path string, body any) reply {
	var all string
	for name, value := range b.cookies {
		all += name + "=" + value + "; "
	}
	a := person{r: b.r}.send(method, path, body, "Cookie", all)
	for _, c := range a.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return a
}

// ssoDesk is a product with one provider.
type ssoDesk struct {
	*rig

	w  *testkit.World
	at *ssotest.Issuer
}

func newSSODesk(t *testing.T, change func(*sso.Settings)) ssoDesk {
	t.Helper()
	r, w := newWorld(t, func(c *Config) { c.ProofFor = 0; c.SecureCookie = true })
	issuer := ssotest.New(t, w.Clock.Now)
	one := ssotest.Settings("edu", issuer.URL)
	if change != nil {
		change(&one)
	}
	r.deps.SSO = sso.New([]sso.Settings{one}, "https://zx.example", w.Clock.Now)
	r.build()
	return ssoDesk{r, w, issuer}
}

// begin sends a browser to the provider and returns what it comes back with.
func (d ssoDesk) begin(b *tab, path string, body any) gen.SsoCompletion {
	d.t.Helper()
	to := ok[gen.SsoAddress](b.send(http.MethodPost, path, body), 200).Address
	state, code, err := d.at.Code(to)
	require.NoError(d.t, err)
	return gen.SsoCompletion{State: state, Code: code}
}

const (
	ssoLogin    = "/api/v1/sso/providers/edu/attempts"
	ssoComplete = "/api/v1/sso/completion"
)

func (d ssoDesk) login(b *tab) reply {
	d.t.Helper()
	return b.send(http.MethodPost, ssoComplete, d.begin(b, ssoLogin, gen.SsoLogin{ReturnTo: "/tasks?done=1"}))
}

func (d ssoDesk) linked(u *models.User) { // at the provider's default person
	d.t.Helper()
	require.NoError(d.t, d.store.LinkLogin(d.t.Context(), "edu", "p-1", u.ID))
}

func TestWhoIsLinkedSignsInThroughTheProvider(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	who := d.w.User(d.w.City, domain.RoleCityOffice)
	d.linked(who)
	b := d.tab()
	require.Equal(t, []gen.SsoProvider{{Id: "edu", Name: "教育云"}},
		ok[gen.SsoProviders](b.send(http.MethodGet, "/api/v1/sso/providers", nil), 200).Items)
	done := ok[gen.SsoDone](d.login(b), 200)
	require.Equal(t, "/tasks?done=1", done.ReturnTo)
	require.Equal(t, who.ID, done.Me.Id)
	me := ok[gen.Me](b.send(http.MethodGet, "/api/v1/me", nil), 200)
	require.Equal(t, "教育云", me.Provider)
	out, err := url.Parse(me.ProviderLogout)
	require.NoError(t, err)
	require.Equal(t, "https://zx.example/login", out.Query().Get("post_logout_redirect_uri"))
	// Somebody who was signed in there for long has proved nothing now.
	b.send(http.MethodPost, "/api/v1/me/links/edu", nil).refused(403, apperr.StepUp)

	require.NoError(t, d.at.Rotate())
	ok[gen.SsoDone](d.login(d.tab()), 200) // new keys are fetched
	require.NoError(t, d.store.SetDisabled(t.Context(), who.ID, true))
	d.login(d.tab()).refused(401, apperr.Unauthenticated)
}

func TestWhatAProviderMustNotSayLetsNobodyIn(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	d.linked(d.w.User(d.w.City, domain.RoleCityOffice))
	ok[gen.SsoDone](d.login(d.tab()), 200)
	for _, fault := range ssotest.WrongTokens {
		t.Log(fault)
		d.at.Misbehave(fault)
		b := d.tab()
		d.login(b).refused(403, sso.CodeRefused)
		require.NotContains(t, b.cookies, "__Host-zx")
	}
	d.at.Misbehave(ssotest.Behaves)
	ok[gen.SsoDone](d.login(d.tab()), 200)
}

func TestAProviderThatIsAwayStopsNobodyElse(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	who := d.w.User(d.w.City, domain.RoleSecurity)
	require.NoError(t, d.store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	d.linked(who)
	for _, fault := range []ssotest.Fault{ssotest.ServerError, ssotest.WrongMetaIss, ssotest.PlainTokens} {
		d.at.Misbehave(fault)
		d.tab().send(http.MethodPost, ssoLogin, gen.SsoLogin{}).refused(503, sso.CodeDown)
		d.w.Clock.Set(d.w.Clock.Now().Add(time.Minute))
	}
	d.enter(who)
	d.at.Misbehave(ssotest.Behaves)
	b := d.tab()
	back := d.begin(b, ssoLogin, gen.SsoLogin{})
	d.at.Misbehave(ssotest.ServerError)
	b.send(http.MethodPost, ssoComplete, back).refused(503, sso.CodeDown)
}

// One that never answers keeps only those waiting who asked for it.
func TestAProviderThatHangsKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	who := d.w.User(d.w.City, domain.RoleCityOffice)
	d.linked(who)
	through := d.tab()
	ok[gen.SsoDone](d.login(through), 200)
	one := ssotest.Settings("edu", d.at.URL)
	d.deps.SSO = sso.New([]sso.Settings{one}, "https://zx.example", d.w.Clock.Now) // which knows nothing of it yet
	d.build()
	d.at.Misbehave(ssotest.Hangs)
	answers := make(chan reply)
	go func() { answers <- d.tab().send(http.MethodPost, ssoLogin, gen.SsoLogin{}) }()
	d.at.AwaitHanging()
	d.byPassword(d.w.User(d.w.City, domain.RoleBureau))
	require.Len(t, ok[gen.SsoProviders](d.tab().send(http.MethodGet, "/api/v1/sso/providers", nil), 200).Items, 1)
	require.Empty(t, ok[gen.Me](through.send(http.MethodGet, "/api/v1/me", nil), 200).ProviderLogout)
	d.at.Misbehave(ssotest.ServerError)
	(<-answers).refused(503, sso.CodeDown)
}

// What came back is good in the browser that asked, once, for a while.
func TestAnAnswerIsBoundToTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	d.linked(d.w.User(d.w.City, domain.RoleCityOffice))
	mine, theirs := d.tab(), d.tab()
	back := d.begin(mine, ssoLogin, gen.SsoLogin{})
	other := d.begin(theirs, ssoLogin, gen.SsoLogin{})
	d.tab().send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
	theirs.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
	// A code of another request does not fit the verifier of this one.
	mine.send(http.MethodPost, ssoComplete, gen.SsoCompletion{State: back.State, Code: other.Code}).refused(403, sso.CodeRefused)
	mine.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated) // that was the one try

	back = d.begin(mine, ssoLogin, gen.SsoLogin{})
	back.Iss = "https://somebody.example"
	mine.send(http.MethodPost, ssoComplete, back).refused(403, sso.CodeRefused)
	back = d.begin(mine, ssoLogin, gen.SsoLogin{})
	ok[gen.SsoDone](mine.send(http.MethodPost, ssoComplete, back), 200)
	mine.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
	back = d.begin(mine, ssoLogin, gen.SsoLogin{})
	d.w.Clock.Set(d.w.Clock.Now().Add(11 * time.Minute))
	mine.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
	back = d.begin(mine, ssoLogin, gen.SsoLogin{})
	back.Code, back.Error = "", "access_denied"
	mine.send(http.MethodPost, ssoComplete, back).refused(403, sso.CodeRefused)
}

func TestOnlyOwnPagesAreReturnedTo(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{
		"", "//evil.example", "https://evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "/a\r\nb", "evil", "/\t/evil.example",
	} {
		require.Equal(t, "/", ownPath(foreign), foreign)
	}
	require.Equal(t, "/cases/1?tab=2#x", ownPath("/cases/1?tab=2#x"))
}

// byPassword is a browser that signed in by password.
func (d ssoDesk) byPassword(u *models.User) *tab {
	d.t.Helper()
	require.NoError(d.t, d.store.SetPassword(d.t.Context(), u.ID, cheap.Hash(secondPassword), false, ""))
	b := d.tab()
	ok[gen.SessionInfo](b.send(http.MethodPost, "/api/v1/sessions", gen.LoginRequest{Login: u.Login, Password: secondPassword}), 200)
	return b
}

func TestAnAccountIsLinkedFromWithinItsOwnSession(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	d.login(d.tab()).refused(403, codeUnlinked)
	who, other := d.w.User(d.w.City, domain.RoleCityOffice), d.w.User(d.w.City, domain.RoleBureau)
	b := d.byPassword(who)
	d.tab().send(http.MethodPost, "/api/v1/me/links/edu", nil).refused(401, apperr.Unauthenticated)
	back := d.begin(b, "/api/v1/me/links/edu", nil)
	// Signed in anew in the same browser is another session.
	ok[gen.SessionInfo](b.send(http.MethodPost, "/api/v1/sessions", gen.LoginRequest{Login: who.Login, Password: secondPassword}), 200)
	b.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
	before := b.cookies["__Host-zx"]
	done := ok[gen.SsoDone](b.send(http.MethodPost, ssoComplete, d.begin(b, "/api/v1/me/links/edu", nil)), 200)
	require.Equal(t, gen.SsoDonePurpose("link"), done.Purpose)
	require.Equal(t, before, b.cookies["__Host-zx"])
	require.True(t, ok[gen.LinkedLogins](b.send(http.MethodGet, "/api/v1/me/links", nil), 200).Items[0].Linked)

	theirs := d.byPassword(other)
	theirs.send(http.MethodPost, ssoComplete, d.begin(theirs, "/api/v1/me/links/edu", nil)).refused(409, apperr.Conflict)

	// A proof at the provider does for what is sensitive, if it was seen just now by whom it concerns.
	d.w.Clock.Set(d.w.Clock.Now().Add(11 * time.Minute))
	b.send(http.MethodDelete, "/api/v1/me/links/edu", nil).refused(403, apperr.StepUp)
	theirs.send(http.MethodPost, ssoComplete, d.begin(theirs, "/api/v1/sessions/current/sso-proof/edu", nil)).refused(403, sso.CodeRefused)
	d.at.Claims(map[string]any{"sub": "p-1", "auth_time": d.w.Clock.Now().Add(-time.Hour).Unix()})
	b.send(http.MethodPost, ssoComplete, d.begin(b, "/api/v1/sessions/current/sso-proof/edu", nil)).refused(403, sso.CodeRefused)
	d.at.Claims(map[string]any{"sub": "p-1"})
	ok[gen.SsoDone](b.send(http.MethodPost, ssoComplete, d.begin(b, "/api/v1/sessions/current/sso-proof/edu", nil)), 200)

	require.NotEqual(t, before, b.cookies["__Host-zx"])

	through := d.tab()
	ok[gen.SsoDone](d.login(through), 200)
	require.Equal(t, 204, b.send(http.MethodDelete, "/api/v1/me/links/edu", nil).Code)
	through.send(http.MethodGet, "/api/v1/me", nil).refused(401, apperr.Unauthenticated)
	d.login(d.tab()).refused(403, codeUnlinked)
}

func TestRolesFollowTheProviderAtEachLogin(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	one := ssotest.Settings("edu", d.at.URL)
	one.Roles = &sso.Mapping{Claim: "realm.roles", Rules: []sso.Rule{
		{Value: "office", Role: domain.RoleCityOffice, Org: d.w.City.Code}, {Value: "bureau", Role: domain.RoleBureau, Org: d.w.City.Code},
		{Value: "lost", Role: domain.RoleDistrict, Org: "no-such-org"}, {Value: "school", Role: domain.RoleSchoolAdmin, Org: d.w.City.Code},
	}}
	d.deps.SSO = sso.New([]sso.Settings{one}, "https://zx.example", d.w.Clock.Now)
	d.build()
	who := d.w.User(d.w.City, domain.RoleInspector)
	d.linked(who)
	roles := func(values ...string) []domain.Role {
		d.at.Claims(map[string]any{"sub": "p-1", "realm": map[string]any{"roles": values}})
		return convert(ok[gen.SsoDone](d.login(d.tab()), 200).Me.Grants, func(g gen.Grant) domain.Role { return g.Role })
	}
	require.ElementsMatch(t, []domain.Role{domain.RoleInspector, domain.RoleCityOffice, domain.RoleBureau}, roles("office", "bureau", "lost", "school"))
	require.ElementsMatch(t, []domain.Role{domain.RoleInspector, domain.RoleBureau}, roles("bureau"))
	require.NoError(t, d.store.Grant(t.Context(), models.Grant{UserID: who.ID, Role: domain.RoleCityOffice, OrgID: d.w.City.ID}))
	require.ElementsMatch(t, []domain.Role{domain.RoleInspector, domain.RoleCityOffice, domain.RoleBureau}, roles("office", "bureau"))
	require.ElementsMatch(t, []domain.Role{domain.RoleInspector, domain.RoleCityOffice}, roles(), "what people gave stays")
}

func TestAccountsAreMadeOnlyWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	one := ssotest.Settings("edu", d.at.URL)
	one.Create = &sso.Create{Org: d.w.City.Code, LoginClaim: "preferred_username", NameClaim: "name"}
	d.deps.SSO = sso.New([]sso.Settings{one}, "https://zx.example", d.w.Clock.Now)
	d.build()
	d.at.Claims(map[string]any{"sub": "p-9", "preferred_username": "wang.new", "name": "王新"})
	b := d.tab()
	first := ok[gen.SsoDone](d.login(b), 200).Me
	require.Equal(t, "wang.new", first.Login)
	require.False(t, first.MustChange)
	require.Empty(t, first.Grants)
	require.Equal(t, first.Id, ok[gen.SsoDone](d.login(d.tab()), 200).Me.Id)
	// Nothing else lets its owner in.
	b.send(http.MethodPost, ssoComplete, d.begin(b, "/api/v1/sessions/current/sso-proof/edu", nil))
	b.send(http.MethodDelete, "/api/v1/me/links/edu", nil).refused(409, apperr.Conflict)
	// A name that somebody here has is not taken over.
	known := d.w.User(d.w.City, domain.RoleBureau)
	d.at.Claims(map[string]any{"sub": "p-10", "preferred_username": known.Login, "name": "冒名"})
	d.login(d.tab()).refused(403, codeUnlinked)
}

func TestASecondFactorIsAskedForUnlessTheProviderVouches(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, func(s *sso.Settings) { s.SecondFactor = []string{"otp"} })
	who := d.w.User(d.w.City, domain.RoleCityOffice)
	require.NoError(t, d.store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	app, _ := enrol(d.w, d.enter(who))
	d.linked(who)
	d.w.Clock.Set(d.w.Clock.Now().Add(30 * time.Second))
	b := d.tab()
	back := d.begin(b, ssoLogin, gen.SsoLogin{})
	b.send(http.MethodPost, ssoComplete, back).refused(401, models.CodeSecondFactor)
	require.NotContains(t, b.cookies, "__Host-zx")
	b.send(http.MethodPost, ssoComplete, gen.SsoCompletion{State: back.State, Factor: "000000"}).refused(401, models.CodeSecondFactor)
	done := ok[gen.SsoDone](b.send(http.MethodPost, ssoComplete, gen.SsoCompletion{State: back.State, Factor: app.code()}), 200)
	require.Equal(t, who.ID, done.Me.Id)

	d.at.Claims(map[string]any{"sub": "p-1", "amr": []string{"pwd", "otp"}})
	ok[gen.SsoDone](d.login(d.tab()), 200)
	d.at.Claims(map[string]any{"sub": "p-1"})
	for range 4 {
		back = d.begin(b, ssoLogin, gen.SsoLogin{})
		back.Factor = "000000"
		b.send(http.MethodPost, ssoComplete, back).refused(401, models.CodeSecondFactor)
	}
	back = d.begin(b, ssoLogin, gen.SsoLogin{})
	back.Factor = "000000"
	b.send(http.MethodPost, ssoComplete, back).refused(429, apperr.Locked)
}
