package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// tooMany requires a refusal that says when it ends, to people and to programs.
func (r reply) tooMany() (seconds int) {
	r.t.Helper()
	p := r.refused(http.StatusTooManyRequests, codeTooMany)
	seconds, err := strconv.Atoi(r.Header().Get("Retry-After"))
	require.NoError(r.t, err)
	require.Positive(r.t, seconds)
	require.Contains(r.t, p.Detail, "秒后重试")
	return seconds
}

func TestBudgetsNameOperations(t *testing.T) {
	t.Parallel()
	ids := operationIDs(t)
	for id, b := range budgets {
		require.Contains(t, ids, id)
		require.Contains(t, rates, b)
	}
	for id := range ids {
		if strings.HasPrefix(id, "export") {
			require.Equal(t, ofExports, budgets[id], id)
		}
	}
}

func TestAnAccountHasABudget(t *testing.T) {
	t.Parallel()
	const factor = 0.01
	r, w := newWorld(t, func(c *Config) { c.Limits = factor })
	me, other := r.as(w.User(w.City, domain.RoleSysadmin).ID), r.as(w.User(w.City, domain.RoleCityOffice).ID)
	for range int(float64(rates[ofGeneral].Burst) * factor) {
		ok[gen.Me](me.get("/api/v1/me"), http.StatusOK)
	}
	seconds := me.get("/api/v1/me").tooMany()
	ok[gen.Me](other.get("/api/v1/me"), http.StatusOK)
	w.Clock.Advance(time.Duration(seconds) * time.Second)
	ok[gen.Me](me.get("/api/v1/me"), http.StatusOK)
}

func TestSearchesForPeopleAndExportsHaveBudgetsOfTheirOwn(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.Limits = 0.1 })
	me := r.as(w.User(w.City, domain.RoleSysadmin).ID)
	for path, burst := range map[string]int{"/api/v1/users": 30, "/api/v1/orgs?format=xlsx": 6} {
		for range burst {
			require.Equal(t, http.StatusOK, me.get(path).Code)
		}
		me.get(path).tooMany()
		require.Equal(t, http.StatusOK, me.get("/api/v1/orgs").Code, "other things go on")
	}
}

// Whoever may look a number up may not go through all there are.
func TestNumbersOfPeopleAreLookedUpOneByOne(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.Limits = 0.1 })
	me := r.as(w.User(w.City, domain.RoleSecurity).ID)
	look := func(i int) reply {
		return me.post("/api/v1/privacy/lookups", gen.LookupRequest{
			Field: "phone", Value: fmt.Sprintf("1390000%04d", i), Purpose: "identity", Words: "核对来电人的身份",
		})
	}
	for i := range 6 {
		require.Empty(t, ok[gen.FoundPeople](look(i), http.StatusOK).Items)
	}
	seconds := look(6).tooMany()
	require.GreaterOrEqual(t, seconds, 10)
	require.Equal(t, http.StatusOK, me.get("/api/v1/orgs").Code, "other things go on")
	w.Clock.Advance(time.Duration(seconds) * time.Second)
	ok[gen.FoundPeople](look(7), http.StatusOK)
}

// from is a request of somebody at an address.
func (r *rig) from(address, method, path, body string, headers ...string) reply {
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, strings.NewReader(body))
	req.RemoteAddr = address + ":40000"
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, req)
	return reply{w, r.t}
}

// One password tried on many accounts locks none of them; the address is what counts, and
// nobody gets another one by saying so.
func TestWhoTriesManyAccountsIsStoppedByAddress(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.TrustedProxies, c.Limits = []string{"198.51.100.1"}, 1 })
	login := func(address string, i int, headers ...string) reply {
		return r.from(address, http.MethodPost, "/api/v1/sessions", fmt.Sprintf(`{"login":"teacher%d","password":"Spring#2026"}`, i), headers...)
	}
	for i := range rates[ofGuesses].Burst {
		login("192.0.2.7", i, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)).refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
	seconds := login("192.0.2.7", 1000, "X-Forwarded-For", "203.0.113.200", "X-Real-IP", "203.0.113.201").tooMany()
	login("192.0.2.8", 1001).refused(http.StatusUnauthorized, apperr.Unauthenticated)
	login("198.51.100.1", 1002, "X-Forwarded-For", "192.0.2.7").tooMany()
	login("198.51.100.1", 1003, "X-Forwarded-For", "192.0.2.9").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	require.Equal(t, http.StatusUnauthorized, r.from("192.0.2.7", http.MethodGet, "/api/v1/me", "").Code, "those who are signed in go on")
	w.Clock.Advance(time.Duration(seconds) * time.Second)
	login("192.0.2.7", 1004).refused(http.StatusUnauthorized, apperr.Unauthenticated)
}

// Many people share an address. Those who give the right password and are asked for their
// code have not guessed.
func TestAskingForTheCodeIsNoGuess(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.Limits = 1 })
	who := w.User(w.City, domain.RoleSecurity)
	require.NoError(t, w.Store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	p := r.enter(who)
	app, _ := enrol(w, p)
	w.Clock.Set(w.Clock.Now().Add(time.Minute))
	login := func(code string) reply {
		return r.from("192.0.2.7", http.MethodPost, "/api/v1/sessions", fmt.Sprintf(`{"login":%q,"password":%q,"code":%q}`, who.Login, secondPassword, code))
	}
	for range rates[ofGuesses].Burst + 1 {
		login("").refused(http.StatusUnauthorized, models.CodeSecondFactor)
	}
	require.Equal(t, http.StatusOK, login(app.code()).Code)
}

func TestAnAddressHasABudgetBeforeAnybodySignsIn(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t, func(c *Config) { c.Limits = 0.001 })
	for range 6 {
		r.from("192.0.2.7", http.MethodGet, "/api/v1/me", "").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
	r.from("192.0.2.7", http.MethodGet, "/api/v1/me", "").tooMany()
	for range 20 {
		r.from("127.0.0.1", http.MethodGet, "/api/v1/me", "").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
}

// A proxy that is named tells addresses by one header; what it passes on besides was
// written by the client.
func TestAddressesAreTakenFromOneHeader(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t, func(c *Config) { c.TrustedProxies, c.Limits = []string{"198.51.100.1"}, 0.001 })
	claim := func(i int) reply {
		own := fmt.Sprintf("203.0.113.%d", i)
		return r.from("198.51.100.1", http.MethodGet, "/api/v1/me", "", "X-Real-IP", own, "X-Forwarded-For", "no address", "Forwarded", "for="+own)
	}
	for i := range 6 {
		claim(i).refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
	claim(6).tooMany()
}

func TestLimitsMayBeOff(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.Limits = -1 })
	me := r.as(w.User(w.City, domain.RoleSysadmin).ID)
	for range 400 {
		require.Equal(t, http.StatusOK, me.get("/api/v1/users").Code)
	}
}

// What is not of the API counts no tries: whoever has no session gets the pages.
func TestPagesAreServedToWhoHasNoSession(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	r.app(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, address := range []string{"/", "/login", "/sso"} {
		require.Equal(t, http.StatusTeapot, r.nobody().get(address).Code, address)
	}
}
