package api

import (
	"strings"
	"sync"
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

// phone is somebody's authenticator app.
type phone struct {
	t      *testing.T
	clock  *testkit.Clock
	secret string
}

func (p phone) code() string {
	p.t.Helper()
	code, err := auth.TOTP(p.secret, auth.TOTPAt(p.clock.Now()))
	require.NoError(p.t, err)
	return code
}

// enrol sets a second factor up and returns the phone and the recovery codes.
func enrol(w *testkit.World, p person) (phone, []string) {
	begun := ok[gen.NewSecondFactor](p.post("/api/v1/me/second-factor", nil), 200)
	app := phone{w.T, w.Clock, begun.Secret}
	codes := ok[gen.RecoveryCodes](p.post("/api/v1/me/second-factor/confirmation", gen.FactorCode{Code: app.code()}), 200).Codes
	return app, codes
}

func loginWith(r *rig, u *models.User, code string) reply {
	return r.nobody().post("/api/v1/sessions", gen.LoginRequest{Login: u.Login, Password: secondPassword, Code: code, Bearer: true})
}

func TestALoginWithASecondFactorWantsItsCodeOnce(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	begun := ok[gen.NewSecondFactor](p.post("/api/v1/me/second-factor", nil), 200)
	require.True(t, strings.HasPrefix(begun.Image, "data:image/svg+xml;base64,"))
	require.Contains(t, begun.Address, begun.Secret)
	p.post("/api/v1/me/second-factor/confirmation", gen.FactorCode{Code: "000000"}).refused(422, apperr.Invalid)
	require.Equal(t, 200, loginWith(r, who, "").Code, "nothing is asked before it is confirmed")

	app, codes := enrol(w, p)
	require.Len(t, codes, 10)
	p.post("/api/v1/me/second-factor", nil).refused(409, apperr.Conflict)
	loginWith(r, who, "").refused(401, models.CodeSecondFactor)
	loginWith(r, who, app.code()).refused(401, models.CodeSecondFactor) // the code that confirmed it

	w.Clock.Set(w.Clock.Now().Add(30 * time.Second))
	code := app.code()
	require.Equal(t, 200, loginWith(r, who, code).Code)
	loginWith(r, who, code).refused(401, models.CodeSecondFactor)
	require.Equal(t, 200, loginWith(r, who, strings.ToLower(codes[0])).Code)
	loginWith(r, who, codes[0]).refused(401, models.CodeSecondFactor)
	require.Equal(t, 9, ok[gen.SecondFactor](p.get("/api/v1/me/second-factor"), 200).RecoveryCodesLeft)

	fresh := ok[gen.RecoveryCodes](p.post("/api/v1/me/second-factor/recovery-codes", nil), 200).Codes
	loginWith(r, who, codes[1]).refused(401, models.CodeSecondFactor)
	require.Equal(t, 200, loginWith(r, who, fresh[1]).Code)

	var f models.SecondFactor
	require.NoError(t, w.Store.DB(t.Context()).Where("user_id = ?", who.ID).Take(&f).Error)
	require.NotContains(t, f.SecretEnc, app.secret)
}

// A sealed secret that is moved to another account does not open there.
func TestASecretBelongsToItsAccount(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	enrol(w, p)
	other := w.User(w.City, domain.RoleSecurity)
	require.NoError(t, w.Store.SetPassword(t.Context(), other.ID, cheap.Hash(secondPassword), false, ""))
	enrol(w, r.enter(other))
	var f models.SecondFactor
	require.NoError(t, w.Store.DB(t.Context()).Where("user_id = ?", who.ID).Take(&f).Error)
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.SecondFactor{}).Where("user_id = ?", other.ID).Update("secret_enc", f.SecretEnc).Error)
	require.Equal(t, 500, loginWith(r, other, "123456").Code)
}

// The right password does not forget wrong codes: they lock the account like wrong passwords.
func TestGuessingAtCodesLocksTheAccount(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	app, _ := enrol(w, p)
	for range 4 {
		loginWith(r, who, "abcdef").refused(401, models.CodeSecondFactor)
	}
	loginWith(r, who, "abcdef").refused(429, apperr.Locked)
	w.Clock.Set(w.Clock.Now().Add(time.Minute))
	loginWith(r, who, app.code()).refused(429, apperr.Locked)
}

func TestOneCodeLetsOneOfManyIn(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	app, _ := enrol(w, p)
	w.Clock.Set(w.Clock.Now().Add(time.Minute))
	code := app.code()
	var mu sync.Mutex
	var wg sync.WaitGroup
	entered := 0
	for range 3 {
		wg.Go(func() {
			if loginWith(r, who, code).Code == 200 {
				mu.Lock()
				entered++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, entered)
}

func TestWhoMustHaveASecondFactorSetsItUpFirst(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SecondFactor = FactorPrivileged })
	security, teacher := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.School, domain.RoleTeacher).ID)
	require.Equal(t, 200, teacher.get("/api/v1/tasks").Code)
	security.get("/api/v1/tasks").refused(403, codeFactorSetup)
	require.True(t, ok[gen.Me](security.get("/api/v1/me"), 200).SecondFactorSetup)
	enrol(w, security)
	require.Equal(t, 200, security.get("/api/v1/tasks").Code)
	require.False(t, ok[gen.Me](security.get("/api/v1/me"), 200).SecondFactorSetup)
	security.send("DELETE", "/api/v1/me/second-factor", nil).refused(409, apperr.Conflict)
}

// What a login asks, a proof asks: the password alone, or the code alone, is not enough for
// who has a second factor.
func TestAProofOfWhoHasASecondFactorWantsBoth(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	app, codes := enrol(w, p)
	require.True(t, ok[gen.Me](p.get("/api/v1/me"), 200).SecondFactor)
	w.Clock.Set(w.Clock.Now().Add(11 * time.Minute))
	prove := func(password, code string) reply {
		return p.post("/api/v1/sessions/current/proof", gen.SessionProof{Password: password, Code: code})
	}
	drop := func() reply { return p.send("DELETE", "/api/v1/me/second-factor", nil) }
	require.Equal(t, "code", prove(secondPassword, "").refused(422, apperr.Invalid).Field)
	require.Equal(t, "password", prove("", app.code()).refused(422, apperr.Invalid).Field)
	require.Equal(t, "code", prove(secondPassword, "000000").refused(422, apperr.Invalid).Field)
	require.Equal(t, "password", prove("wrong", app.code()).refused(422, apperr.Invalid).Field)
	drop().refused(403, apperr.StepUp)
	code := app.code()
	p = p.next(prove(secondPassword, code))
	require.Equal(t, "code", prove(secondPassword, code).refused(422, apperr.Invalid).Field, "each is good once")
	p = p.next(prove(secondPassword, codes[0])) // a recovery code does, too

	// Who came from a provider may have no password to give.
	token := auth.NewToken()
	require.NoError(t, r.store.CreateSession(t.Context(), models.Session{TokenHash: auth.HashToken(token), UserID: who.ID, Provider: "edu"}, time.Hour))
	p = person{r, token, who.ID}
	drop().refused(403, apperr.StepUp)
	p = p.next(prove("", codes[1]))
	require.Equal(t, 204, drop().Code)
	require.Equal(t, 200, prove(secondPassword, "").Code, "without a factor the password does")
}

func TestALostSecondFactorIsResetAndItsOwnerTold(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office, head := r.as(w.User(w.District, domain.RoleDistrict).ID), w.User(w.School, domain.RolePrincipal)
	require.NoError(t, w.Store.SetPassword(t.Context(), head.ID, cheap.Hash(secondPassword), false, ""))
	p := r.enter(head)
	enrol(w, p)
	reset := "/api/v1/users/" + head.ID + "/second-factor"
	r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).send("DELETE", reset, nil).refused(403, apperr.Forbidden)
	require.Equal(t, 204, office.send("DELETE", reset, nil).Code)
	office.send("DELETE", reset, nil).refused(409, apperr.Conflict)
	require.Equal(t, 200, loginWith(r, head, "").Code)
	require.Equal(t, "动态验证码已被重置", ok[gen.NoticePage](p.get("/api/v1/notices"), 200).Items[0].Title)
}
