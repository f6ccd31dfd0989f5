package api

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/ssotest"
	"zhengxiao/models"
)

const (
	mePath    = "/api/v1/me"
	loginPath = "/api/v1/sessions"
	proofPath = "/api/v1/sessions/current/proof"
	ssoProof  = "/api/v1/sessions/current/sso-proof/edu"
)

// browser is a tab in which somebody is signed in with their password.
func (r *rig) browser(u *models.User) *tab {
	r.t.Helper()
	b := r.tab()
	b.enter(u)
	return b
}

func (b *tab) enter(u *models.User) {
	b.r.t.Helper()
	ok[gen.SessionInfo](b.send(http.MethodPost, loginPath, gen.LoginRequest{Login: u.Login, Password: secondPassword}), 200)
}

// before is another browser with the cookies that this one has now, as a thief has them.
func (b *tab) before() *tab {
	copied := b.r.tab()
	maps.Copy(copied.cookies, b.cookies)
	return copied
}

func (b *tab) me() reply { return b.send(http.MethodGet, mePath, nil) }

// current are the sessions of a browser's person: this one, and how many.
func (b *tab) current() (gen.LoginSession, int) {
	b.r.t.Helper()
	list := ok[gen.SessionList](b.send(http.MethodGet, "/api/v1/me/sessions", nil), 200).Items
	for _, s := range list {
		if s.Current {
			return s, len(list)
		}
	}
	b.r.t.Fatal("no session is the current one")
	return gen.LoginSession{}, 0
}

// twoAccounts are two people with passwords, on each database.
func twoAccounts(t *testing.T, test func(t *testing.T, r *rig, clock *testkit.Clock, one, two *models.User)) {
	t.Helper()
	both(t, func(t *testing.T, store *models.Store, clock *testkit.Clock) {
		t.Helper()
		w := testkit.NewWorld(t, store, clock)
		r := newRig(t, store, func(c *Config) { c.ProofFor = 0 })
		one, two := w.User(w.City, domain.RoleSecurity), w.User(w.School, domain.RoleTeacher)
		for _, u := range []*models.User{one, two} {
			require.NoError(t, store.SetPassword(t.Context(), u.ID, cheap.Hash(secondPassword), false, ""))
		}
		test(t, r, clock, one, two)
	})
}

// ended are the entries of sessions that a login took the place of.
func (r *rig) ended() []models.AuditEntry {
	var list []models.AuditEntry
	for _, e := range r.log() {
		if e.Action == "session.end" {
			list = append(list, e)
		}
	}
	return list
}

// Who signs in goes on under a token of their own: what the browser still had is over,
// whosever it was, and nothing else is.
func TestALoginEndsTheSessionThatTheBrowserBrings(t *testing.T) {
	t.Parallel()
	twoAccounts(t, func(t *testing.T, r *rig, _ *testkit.Clock, one, two *models.User) {
		t.Helper()
		elsewhere, b := r.browser(one), r.browser(one)
		old, was := b.before(), ok[gen.SessionList](b.send(http.MethodGet, "/api/v1/me/sessions", nil), 200).Items
		require.Len(t, was, 2)
		brought, _ := b.current()

		wrong := b.before()
		wrong.send(http.MethodPost, loginPath, gen.LoginRequest{Login: two.Login, Password: "Wrong-Horse-9"}).refused(401, apperr.Unauthenticated)
		require.Equal(t, 200, old.me().Code, "a wrong password ends nothing")
		require.Empty(t, r.ended())

		b.enter(one)
		old.me().refused(401, apperr.Unauthenticated)
		next, n := b.current()
		require.NotEqual(t, brought.Id, next.Id)
		require.Equal(t, 2, n, "it takes the place of the one before")
		require.Len(t, r.ended(), 1)
		entry := r.ended()[0]
		require.Equal(t, []string{one.ID, "session", brought.Id}, []string{entry.ActorID, entry.SubjectKind, entry.SubjectID})
		require.Contains(t, entry.Detail, next.Id)

		mine := b.before()
		b.enter(two)
		mine.me().refused(401, apperr.Unauthenticated)
		require.Equal(t, 200, elsewhere.me().Code, "of the same person, in another browser")
		require.Len(t, r.ended(), 2)
		require.Equal(t, two.ID, r.ended()[1].ActorID)
		require.Contains(t, r.ended()[1].Detail, one.ID)

		over := mine.before()
		over.enter(two)
		require.Len(t, r.ended(), 2, "what was over is not ended again")
		token := r.enter(one).token
		info := person{r, token, one.ID}.post(loginPath, gen.LoginRequest{Login: one.Login, Password: secondPassword, Bearer: true})
		ok[gen.SessionInfo](info, 200)
		person{r, token, one.ID}.get(mePath).refused(401, apperr.Unauthenticated)
	})
}

// A proof gives the session another token. It is the same session for everything else.
func TestAProofChangesTheTokenAndNotTheSession(t *testing.T) {
	t.Parallel()
	twoAccounts(t, func(t *testing.T, r *rig, clock *testkit.Clock, one, _ *models.User) {
		t.Helper()
		elsewhere, b := r.browser(one), r.browser(one)
		was, _ := b.current()
		clock.Advance(11 * time.Minute)
		old := b.before()
		b.send(http.MethodPost, proofPath, gen.SessionProof{Password: "Wrong-Horse-9"}).refused(422, apperr.Invalid)
		require.Equal(t, 200, old.me().Code, "a wrong password changes nothing")

		given := b.send(http.MethodPost, proofPath, gen.SessionProof{Password: secondPassword})
		require.Equal(t, http.StatusNoContent, given.Code)
		cookie := given.Result().Cookies()[0]
		require.True(t, cookie.HttpOnly)
		require.Equal(t, int((12*time.Hour - 11*time.Minute).Seconds()), cookie.MaxAge, "it lasts no longer for that")
		old.me().refused(401, apperr.Unauthenticated)
		old.send(http.MethodPost, proofPath, gen.SessionProof{Password: secondPassword}).refused(401, apperr.Unauthenticated)
		now, n := b.current()
		require.Equal(t, []any{was.Id, was.Since, 2}, []any{now.Id, now.Since, n})
		require.Equal(t, 200, b.send(http.MethodGet, "/api/v1/users?format=xlsx", nil).Code)
		elsewhere.send(http.MethodGet, "/api/v1/users?format=xlsx", nil).refused(403, apperr.StepUp)

		old = b.before()
		changed := gen.PasswordChange{Current: secondPassword, Password: "Guangzhou#Yuexiu-9"}
		require.Equal(t, http.StatusNoContent, b.send(http.MethodPost, "/api/v1/me/password", changed).Code)
		old.me().refused(401, apperr.Unauthenticated)
		elsewhere.me().refused(401, apperr.Unauthenticated)
		now, n = b.current()
		require.Equal(t, []any{was.Id, 1}, []any{now.Id, n})

		old = b.before()
		require.Equal(t, http.StatusNoContent, b.send(http.MethodDelete, "/api/v1/sessions/current", nil).Code)
		old.me().refused(401, apperr.Unauthenticated)
	})
}

// A program has its token changed as a browser has.
func TestAProofOfAProgramAnswersItsNextToken(t *testing.T) {
	t.Parallel()
	twoAccounts(t, func(t *testing.T, r *rig, _ *testkit.Clock, one, _ *models.User) {
		t.Helper()
		p := r.enter(one)
		next := p.proves(secondPassword, "")
		require.NotEqual(t, p.token, next.token)
		p.get(mePath).refused(401, apperr.Unauthenticated)
		require.Equal(t, 200, next.get(mePath).Code)
		require.Len(t, ok[gen.SessionList](next.get("/api/v1/me/sessions"), 200).Items, 1)
	})
}

// Of proofs that are given at once, by tabs of one browser, one changes the token.
func TestOfProofsAtOnceOneChangesTheToken(t *testing.T) {
	t.Parallel()
	twoAccounts(t, func(t *testing.T, r *rig, _ *testkit.Clock, one, _ *models.User) {
		t.Helper()
		p := r.enter(one)
		answers := burst(6, func(int) reply { return p.post(proofPath, gen.SessionProof{Password: secondPassword}) })
		require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusUnauthorized: 5}, answers)
		p.get(mePath).refused(401, apperr.Unauthenticated)
	})
}

// A proof at a provider and a login there do what those with a password do; what the session
// came of stays with it, and so does what it began.
func TestAProviderChangesTokensAsAPasswordDoes(t *testing.T) {
	t.Parallel()
	d := newSSODesk(t, nil)
	me := d.w.User(d.w.City, domain.RoleCityOffice)
	d.linked(me)
	b := d.byPassword(me)
	byPassword := b.before()
	d.at.Claims(map[string]any{"sub": "p-1", "sid": "s-1"})
	ok[gen.SsoDone](d.login(b), 200)
	byPassword.me().refused(401, apperr.Unauthenticated)
	require.Len(t, d.ended(), 1)

	d.w.Clock.Advance(11 * time.Minute)
	was, _ := b.current()
	first, second := d.begin(b, ssoProof, nil), b.before()
	other := d.begin(second, ssoProof, nil) // in another tab, at the same time
	old := b.before()
	done := b.send(http.MethodPost, ssoComplete, first)
	require.Equal(t, gen.SsoDonePurpose("proof"), ok[gen.SsoDone](done, 200).Purpose)
	old.me().refused(401, apperr.Unauthenticated)
	now, n := b.current()
	require.Equal(t, []any{was.Id, 1}, []any{now.Id, n})
	require.NotContains(t, done.Body.String(), "token")
	second.cookies["__Host-zx"] = b.cookies["__Host-zx"]
	ok[gen.SsoDone](second.send(http.MethodPost, ssoComplete, other), 200)

	require.Equal(t, http.StatusOK, d.tell(d.at.Ended("p-1", "s-1", ssotest.Behaves)).Code)
	require.False(t, d.in(second), "it is still the provider's session that it came of")
}

// Signing out is free; who signs somebody out elsewhere shows who they are first.
func TestEndingOtherLoginsWantsAFreshProof(t *testing.T) {
	t.Parallel()
	twoAccounts(t, func(t *testing.T, r *rig, clock *testkit.Clock, one, _ *models.User) {
		t.Helper()
		elsewhere, b := r.browser(one), r.browser(one)
		there, _ := elsewhere.current()
		clock.Advance(11 * time.Minute)
		b.send(http.MethodDelete, "/api/v1/me/sessions/"+there.Id, nil).refused(403, apperr.StepUp)
		b.send(http.MethodDelete, "/api/v1/me/sessions", nil).refused(403, apperr.StepUp)
		require.Equal(t, 200, elsewhere.me().Code)
		require.Equal(t, http.StatusNoContent, b.send(http.MethodPost, proofPath, gen.SessionProof{Password: secondPassword}).Code)
		require.Equal(t, http.StatusNoContent, b.send(http.MethodDelete, "/api/v1/me/sessions/"+there.Id, nil).Code)
		elsewhere.me().refused(401, apperr.Unauthenticated)

		third := r.browser(one)
		clock.Advance(11 * time.Minute)
		require.Equal(t, http.StatusNoContent, third.send(http.MethodDelete, "/api/v1/sessions/current", nil).Code)
		require.Equal(t, 200, b.me().Code)
	})
}
