package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const password = "Correct-Horse-9"

// account is a user who can sign in.
func account(t *testing.T, w *testkit.World, login string, mustChange bool) *models.User {
	t.Helper()
	u, err := w.Store.CreateUser(t.Context(), models.NewUser{
		Login: login, Name: "张三", PasswordHash: cheap.Hash(password), MustChange: mustChange,
		OrgID: w.School.ID, Roles: []domain.Role{domain.RoleTeacher},
	})
	require.NoError(t, err)
	return u
}

func login(r *rig, name, pass string) reply {
	return r.nobody().post("/api/v1/sessions", gen.LoginRequest{Login: name, Password: pass, Bearer: true})
}

func TestLoginGivesATokenToProgramsAndACookieToBrowsers(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SecureCookie = true })
	account(t, w, "zhangsan", false)

	program := login(r, "ZhangSan ", password)
	info := ok[gen.SessionInfo](program, 200)
	require.Len(t, info.Token, 54)
	require.Empty(t, program.Header().Get("Set-Cookie"))
	me := ok[gen.Me](r.nobody().send(http.MethodGet, "/api/v1/me", nil, "Authorization", "Bearer "+info.Token), 200)
	require.Equal(t, "zhangsan", me.Login)
	require.Equal(t, w.School.Name, me.Org.Name)
	require.Equal(t, []gen.Grant{{Role: domain.RoleTeacher, RoleName: "教师", Org: gen.Ref{Id: w.School.ID, Name: w.School.Name}}}, me.Grants)

	browser := r.nobody().post("/api/v1/sessions", gen.LoginRequest{Login: "zhangsan", Password: password})
	require.Empty(t, ok[gen.SessionInfo](browser, 200).Token)
	cookie := browser.Result().Cookies()[0]
	require.Equal(t, "__Host-zx", cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.True(t, cookie.Secure)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	ok[gen.Me](r.nobody().send(http.MethodGet, "/api/v1/me", nil, "Cookie", "__Host-zx="+cookie.Value), 200)

	out := r.nobody().send(http.MethodDelete, "/api/v1/sessions/current", nil, "Cookie", "__Host-zx="+cookie.Value)
	require.Equal(t, http.StatusNoContent, out.Code)
	require.Contains(t, out.Header().Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, `"storage"`, out.Header().Get("Clear-Site-Data"))
	r.nobody().send(http.MethodGet, "/api/v1/me", nil, "Cookie", "__Host-zx="+cookie.Value).refused(401, apperr.Unauthenticated)
}

func TestCookieOnPlainHTTPHasAPlainName(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	account(t, w, "zhangsan", false)
	cookie := r.nobody().post("/api/v1/sessions", gen.LoginRequest{Login: "zhangsan", Password: password}).Header().Get("Set-Cookie")
	require.True(t, strings.HasPrefix(cookie, "zx="), cookie)
	require.NotContains(t, cookie, "Secure")
}

func TestLockoutIsTheSameForLoginsThatDoNotExist(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	account(t, w, "zhangsan", false)
	answers := map[string][]gen.Problem{}
	for _, name := range []string{"zhangsan", "nobody"} {
		for i := range 6 {
			status, code := 401, apperr.Unauthenticated
			if i >= 4 {
				status, code = 429, apperr.Locked
			}
			p := login(r, name, fmt.Sprintf("wrong-%d", i)).refused(status, code)
			p.RequestId = ""
			answers[name] = append(answers[name], p)
		}
	}
	require.Equal(t, answers["zhangsan"], answers["nobody"])
	var known, unknown []string // entries, which take time
	for _, e := range r.log() {
		if e.Action != "login" || e.Code != string(models.WrongPassword) {
			continue
		}
		require.NotContains(t, fmt.Sprint(e), "nobody", "some type their password there")
		if e.ActorID != "" {
			known = append(known, e.Detail)
			continue
		}
		require.Empty(t, e.SubjectID)
		unknown = append(unknown, strings.Replace(e.Detail, `,"unknown":true`, "", 1))
	}
	require.Len(t, known, 5)
	require.Equal(t, known, unknown)
	login(r, "zhangsan", password).refused(429, apperr.Locked)

	w.Clock.Advance(15*time.Minute + time.Second)
	ok[gen.SessionInfo](login(r, "zhangsan", password), 200)
	login(r, "nobody", password).refused(401, apperr.Unauthenticated)
}

func TestAPasswordIsHashedAnewWhereItWasHashedAtAnotherCost(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	id := account(t, w, "zhangsan", false).ID
	stored := func() string { return loaded(t, w, id).PasswordHash }
	require.NoError(t, w.Store.RenewHash(t.Context(), id, stored(), auth.Params{Memory: 16, Time: 1, Threads: 1}.Hash(password)))
	before := stored()

	login(r, "zhangsan", "wrong").refused(401, apperr.Unauthenticated)
	require.Equal(t, before, stored(), "only who knows it can hash it")
	ok[gen.SessionInfo](login(r, "zhangsan", password), 200)
	require.True(t, cheap.Outdated(before))
	require.False(t, cheap.Outdated(stored()))
	after := stored()
	ok[gen.SessionInfo](login(r, "zhangsan", password), 200)
	require.Equal(t, after, stored(), "once is enough")

	require.NoError(t, w.Store.RenewHash(t.Context(), id, before, before))
	require.Equal(t, after, stored(), "another password may be in force by now")
}

func TestNobodySignsInWithAHashThatIsNone(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	u := account(t, w, "zhangsan", false)
	require.NoError(t, w.Store.RenewHash(t.Context(), u.ID, loaded(t, w, u.ID).PasswordHash, "")) // as an erasure leaves it
	login(r, "zhangsan", password).refused(401, apperr.Unauthenticated)
}

func loaded(t *testing.T, w *testkit.World, id string) *models.User {
	t.Helper()
	u, err := w.Store.User(t.Context(), id)
	require.NoError(t, err)
	return u
}

func TestFirstPasswordMustBeChangedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	account(t, w, "zhangsan", true)
	token := ok[gen.SessionInfo](login(r, "zhangsan", password), 200).Token
	other := ok[gen.SessionInfo](login(r, "zhangsan", password), 200).Token
	p, q := person{r: r, token: token}, person{r: r, token: other}

	p.get("/api/v1/tasks").refused(403, apperr.PasswordChange)
	require.True(t, ok[gen.Me](p.get("/api/v1/me"), 200).MustChange)

	change := func(now, next string) reply {
		return p.post("/api/v1/me/password", gen.PasswordChange{Current: now, Password: next})
	}
	require.Equal(t, "current", change("wrong", "Another-Horse-9").refused(422, apperr.Invalid).Field)
	require.Equal(t, "password", change(password, password).refused(422, apperr.Invalid).Field)
	require.Equal(t, "password", change(password, "short").refused(422, apperr.Invalid).Field)
	p = p.next(change(password, "Another-Horse-9"))

	ok[gen.TaskPage](p.get("/api/v1/tasks"), 200)
	q.get("/api/v1/me").refused(401, apperr.Unauthenticated)
	login(r, "zhangsan", password).refused(401, apperr.Unauthenticated)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end func(*testing.T, *rig, *testkit.World, *models.User, person)
	}{
		"idle": {func(_ *testing.T, _ *rig, w *testkit.World, _ *models.User, _ person) {
			w.Clock.Advance(2*time.Hour + time.Second)
		}},
		"absolutely": {func(t *testing.T, _ *rig, w *testkit.World, _ *models.User, p person) {
			t.Helper()
			for range 12 {
				w.Clock.Advance(59 * time.Minute)
				ok[gen.Me](p.get("/api/v1/me"), 200)
			}
			w.Clock.Advance(13 * time.Minute)
		}},
		"when the account is disabled": {func(t *testing.T, r *rig, w *testkit.World, u *models.User, _ person) {
			t.Helper()
			admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
			require.Equal(t, 204, admin.post("/api/v1/users/"+u.ID+"/disable", nil).Code)
			login(r, "zhangsan", password).refused(401, apperr.Unauthenticated)
			require.Equal(t, 204, admin.post("/api/v1/users/"+u.ID+"/enable", nil).Code)
		}},
		"when the password is reset": {func(t *testing.T, r *rig, w *testkit.World, u *models.User, _ person) {
			t.Helper()
			admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
			once := ok[gen.OneTimePassword](admin.post("/api/v1/users/"+u.ID+"/password", nil), 200)
			require.True(t, ok[gen.SessionInfo](login(r, "zhangsan", once.Password), 200).Me.MustChange)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := newWorld(t)
			u := account(t, w, "zhangsan", false)
			p := person{r: r, token: ok[gen.SessionInfo](login(r, "zhangsan", password), 200).Token}
			ok[gen.Me](p.get("/api/v1/me"), 200)
			tc.end(t, r, w, u, p)
			p.get("/api/v1/me").refused(401, apperr.Unauthenticated)
		})
	}
}
