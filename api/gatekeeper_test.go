package api

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A guess that was let in before the account was locked, and waits for its turn to be
// checked, is not checked any more: however many are sent at once, few get an answer.
func TestGuessesThatWaitedAreRefusedOnceTheAccountIsLocked(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"a user": true, "a stranger": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				clock := testkit.NewClock()
				store := testkit.Store(t, clock)
				lockout := models.Lockout{After: 5, For: 15 * time.Minute}
				g := newGatekeeper(store, Config{Passwords: cheap, Lockout: lockout})
				if known {
					account(t, testkit.NewWorld(t, store, clock), "zhangsan", false)
				}
				g.slots = make(chan struct{}, 1)
				g.slots <- struct{}{}
				answers := make(chan error, 20)
				for i := range cap(answers) {
					guess := "Wrong-Horse-9"
					if i == 0 {
						guess = password
					}
					go func() {
						_, err := g.check(t.Context(), "zhangsan", guess)
						answers <- err
					}()
				}
				synctest.Wait() // all of them are in the queue
				lockAccount(t, g, known)
				<-g.slots
				for range cap(answers) {
					require.Equal(t, apperr.Locked, apperr.CodeOf(<-answers))
				}
			})
		})
	}
}

func lockAccount(t *testing.T, g *gatekeeper, known bool) {
	t.Helper()
	for range g.lockout.After {
		if !known {
			g.countStranger("zhangsan")
			continue
		}
		u, err := g.store.UserByLogin(t.Context(), "zhangsan")
		require.NoError(t, err)
		_, err = g.store.LoginFailed(t.Context(), u.ID, g.lockout)
		require.NoError(t, err)
	}
}
