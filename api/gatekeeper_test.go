package api

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// burst sends n requests at once and counts the answers by status.
func burst(n int, send func(i int) reply) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers := map[int]int{}
	for i := range n {
		wg.Go(func() {
			code := send(i).Code
			mu.Lock()
			answers[code]++
			mu.Unlock()
		})
	}
	wg.Wait()
	return answers
}

// However many guesses are sent at once, to however many processes, no more are looked at
// than may be wrong; logins that nobody has are no different.
func TestGuessesAtOnceAreNoMoreThanMayBeWrong(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, store *models.Store, clock *testkit.Clock) {
		t.Helper()
		w := testkit.NewWorld(t, store, clock)
		processes := []*rig{newRig(t, store), newRig(t, store)}
		account(t, w, "zhangsan", false)
		for _, name := range []string{"zhangsan", "nobody"} {
			answers := burst(20, func(i int) reply { return login(processes[i%2], name, "Wrong-Horse-9") })
			require.Equal(t, map[int]int{http.StatusUnauthorized: 4, http.StatusTooManyRequests: 16}, answers, name)
			for _, r := range processes {
				login(r, name, password).refused(429, apperr.Locked)
			}
		}
		w.Clock.Advance(15*time.Minute + time.Second)
		answers := burst(12, func(i int) reply { return login(processes[i%2], "zhangsan", password) })
		require.Equal(t, map[int]int{http.StatusOK: 12}, answers, "right ones never count")
	})
}

func TestCodesAndProofsAtOnceAreNoMoreThanMayBeWrong(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, store *models.Store, clock *testkit.Clock) {
		t.Helper()
		w := testkit.NewWorld(t, store, clock)
		processes := []*rig{newRig(t, store), newRig(t, store)}
		who := w.User(w.City, domain.RoleSecurity)
		require.NoError(t, store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
		p := processes[0].enter(who)
		prove := func(body gen.SessionProof) func(int) reply {
			return func(i int) reply {
				return person{processes[i%2], p.token, who.ID}.post("/api/v1/sessions/current/proof", body)
			}
		}
		refusals := map[int]int{http.StatusUnprocessableEntity: 4, http.StatusTooManyRequests: 16}
		require.Equal(t, refusals, burst(20, prove(gen.SessionProof{Password: "Wrong-Horse-9"})), "passwords")
		w.Clock.Advance(16 * time.Minute)
		enrol(w, p)
		require.Equal(t, refusals, burst(20, prove(gen.SessionProof{Password: secondPassword, Code: "000000"})), "codes of a proof")
		w.Clock.Advance(16 * time.Minute)
		answers := burst(20, func(i int) reply { return loginWith(processes[i%2], who, "000000") })
		require.Equal(t, map[int]int{http.StatusUnauthorized: 4, http.StatusTooManyRequests: 16}, answers, "codes of a login")
	})
}

// both runs a test on SQLite, and on MySQL where there is one.
func both(t *testing.T, test func(t *testing.T, store *models.Store, clock *testkit.Clock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		clock := testkit.NewClock()
		test(t, testkit.Store(t, clock), clock)
	})
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		clock := testkit.NewClock()
		test(t, models.New(testkit.MySQL(t), clock.Now, testkit.Keyring(t)), clock)
	})
}
