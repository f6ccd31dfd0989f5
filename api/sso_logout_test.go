package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/testkit/ssotest"
	"zhengxiao/models"
)

const ssoEnded = "/api/v1/sso/providers/edu/backchannel-logout"

// tell is the provider's server, which has no session and no browser.
func (d ssoDesk) tell(token string) reply {
	return person{r: d.rig}.send(http.MethodPost, ssoEnded, url.Values{"logout_token": {token}, "more": {"x"}}.Encode(), "Content-Type", formType)
}

func (d ssoDesk) in(b *tab) bool {
	return b.send(http.MethodGet, "/api/v1/me", nil).Code == http.StatusOK
}

// enterAt signs the provider's person in, in one of their sessions there.
func (d ssoDesk) enterAt(sub, sid string) *tab {
	d.t.Helper()
	claims := map[string]any{"sub": sub}
	if sid != "" {
		claims["sid"] = sid
	}
	d.at.Claims(claims)
	b := d.tab()
	ok[gen.SsoDone](d.login(b), 200)
	return b
}

func TestASessionEndsWithTheProvidersItCameOf(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	me, other := d.w.User(d.w.City, domain.RoleCityOffice), d.w.User(d.w.City, domain.RoleBureau)
	d.linked(me)
	require.NoError(t, d.store.LinkLogin(t.Context(), "edu", "p-2", other.ID))
	byPassword := d.byPassword(me)
	one, two, unsaid, theirs := d.enterAt("p-1", "s-1"), d.enterAt("p-1", "s-2"), d.enterAt("p-1", ""), d.enterAt("p-2", "s-3")

	told := d.tell(d.at.Ended("p-1", "s-1", ssotest.Behaves))
	require.Equal(t, http.StatusOK, told.Code, told.Body.String())
	require.Equal(t, "no-store", told.Header().Get("Cache-Control"))
	require.Equal(t, []bool{false, true, false, true}, []bool{d.in(one), d.in(two), d.in(unsaid), d.in(theirs)}, "one that did not say which may be meant")

	require.Equal(t, http.StatusOK, d.tell(d.at.Ended("", "s-3", ssotest.Behaves)).Code)
	require.Equal(t, []bool{true, false}, []bool{d.in(two), d.in(theirs)})
	again := d.enterAt("p-1", "s-4")
	require.Equal(t, http.StatusOK, d.tell(d.at.Ended("p-1", "", ssotest.Behaves)).Code)
	require.Equal(t, []bool{false, false, true}, []bool{d.in(two), d.in(again), d.in(byPassword)}, "who entered by password did not come from there")
	require.Equal(t, http.StatusOK, d.tell(d.at.Ended("p-9", "s-9", ssotest.Behaves)).Code, "nobody is here any more")

	var whose []string
	for _, e := range d.log() {
		if e.Action == "logout.provider" && e.SubjectKind == "session" {
			require.Contains(t, e.Detail, `"edu"`)
			whose = append(whose, e.ActorID)
		}
	}
	require.Equal(t, []string{me.ID, me.ID, other.ID, me.ID, me.ID}, whose)
}

// A second factor that is entered after the end does not let anybody in either.
func TestALoginUnderWayEndsWithTheProviders(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	me := d.w.User(d.w.City, domain.RoleCityOffice)
	d.linked(me)
	require.NoError(t, d.store.SetPassword(t.Context(), me.ID, cheap.Hash(secondPassword), false, ""))
	app, _ := enrol(d.w, d.enter(me))
	underWay := func() (*tab, gen.SsoCompletion) {
		b := d.tab()
		back := d.begin(b, ssoLogin, gen.SsoLogin{})
		b.send(http.MethodPost, ssoComplete, back).refused(401, models.CodeSecondFactor)
		return b, back
	}
	d.w.Clock.Set(d.w.Clock.Now().Add(time.Minute))
	b, back := underWay()
	back.Factor = app.code()
	ok[gen.SsoDone](b.send(http.MethodPost, ssoComplete, back), 200)
	require.True(t, d.in(b))
	late, back := underWay()
	require.Equal(t, http.StatusOK, d.tell(d.at.Ended("p-1", "", ssotest.Behaves)).Code)
	require.False(t, d.in(b), "what a session came of is known when the code came later")
	d.w.Clock.Set(d.w.Clock.Now().Add(time.Minute))
	back.Factor = app.code()
	late.send(http.MethodPost, ssoComplete, back).refused(401, apperr.Unauthenticated)
}

func TestWhatDoesNotEndAProvidersSessionsEndsNone(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	d.linked(d.w.User(d.w.City, domain.RoleCityOffice))
	b := d.enterAt("p-1", "s-1")
	for _, fault := range ssotest.WrongEnds {
		d.tell(d.at.Ended("p-1", "s-1", fault)).refused(400, models.CodeLogoutToken)
		require.True(t, d.in(b), fault)
	}
	for _, raw := range []string{"", "x", "a.b.c", strings.Repeat("a", 16384), "e30.e30."} {
		d.tell(raw).refused(400, models.CodeLogoutToken)
	}
	good := d.at.Ended("p-1", "s-1", ssotest.Behaves)
	form := url.Values{"logout_token": {good}}.Encode()
	ask := func(path, body string, headers ...string) reply {
		return person{r: d.rig}.send(http.MethodPost, path, body, append([]string{"Content-Type", formType}, headers...)...)
	}
	ask("/api/v1/sso/providers/other/backchannel-logout", form).refused(404, apperr.NotFound)
	ask(ssoEnded, form+"&logout_token=x").refused(422, apperr.Invalid)
	ask(ssoEnded, form+"&more=%00").refused(422, apperr.Invalid)
	ask(ssoEnded, form+"&more=%zz").refused(422, apperr.Invalid)
	ask(ssoEnded, form, "Content-Type", "application/json").refused(415, codeMediaType)
	ask(ssoEnded, form, "Sec-Fetch-Site", "cross-site").refused(403, apperr.Forbidden)
	ask(ssoEnded+"?"+form, "x=y").refused(422, apperr.Invalid) // addresses are logged
	ask(ssoEnded, strings.Repeat("a", maxForm+1)).refused(413, apperr.TooLarge)
	d.at.Misbehave(ssotest.ServerError)
	require.NoError(t, d.at.Rotate())
	d.tell(d.at.Ended("p-1", "s-1", ssotest.Behaves)).refused(503, sso.CodeDown)
	d.at.Misbehave(ssotest.Behaves)
	require.True(t, d.in(b))

	good = d.at.Ended("p-1", "s-1", ssotest.Behaves)
	require.Equal(t, http.StatusOK, d.tell(good).Code)
	require.False(t, d.in(b))
	b = d.enterAt("p-1", "s-1")
	d.tell(good).refused(400, models.CodeLogoutToken)
	d.w.Clock.Set(d.w.Clock.Now().Add(3 * time.Minute))
	d.tell(good).refused(400, models.CodeLogoutToken)
	require.True(t, d.in(b), "a token is good once")

	require.NotEmpty(t, d.refused("logout.provider"))
}

// Each token that is not believed may cost a question to the provider: who sends many is
// not asked for.
func TestForgedWordOfAProviderIsSoonNotListenedTo(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.Limits = 1 })
	issuer := ssotest.New(t, w.Clock.Now)
	r.deps.SSO = sso.New([]sso.Settings{ssotest.Settings("edu", issuer.URL)}, "https://zx.example", w.Clock.Now)
	r.build()
	var last reply
	for range rates[ofNotices].Burst + 1 {
		last = r.from("203.0.113.9", http.MethodPost, ssoEnded, "logout_token=x", "Content-Type", formType)
	}
	last.tooMany()
	r.from("203.0.113.10", http.MethodPost, ssoEnded, "logout_token=x", "Content-Type", formType).refused(400, models.CodeLogoutToken)
}
