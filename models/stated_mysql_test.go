package models_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Who writes a row at the same time as others says what it was when the turn came: what is
// said of it has no gaps and nothing twice.
func TestWritesAtOnceAreStatedInTurn(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, models.New(testkit.MySQL(t), clock.Now, testkit.Keyring(t)), clock)
	by, keys := signer(t)
	require.NoError(t, w.Store.BeginAudit(t.Context(), by))
	right := func(context.Context) (models.Verdict, error) { return models.Right, nil }
	together := func(fn func(i int) error) {
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() { require.NoError(t, fn(i)) })
		}
		all.Wait()
	}
	for range 6 {
		u := w.User(w.School, domain.RoleTeacher)
		g := models.Grant{UserID: u.ID, Role: domain.RolePrincipal, OrgID: u.OrgID}
		together(func(int) error { return w.Store.Grant(t.Context(), g) })
		together(func(int) error { return w.Store.PutCalendar(t.Context(), u.ID, []byte("{}"), u.ID) })
		together(func(i int) error {
			if i%3 == 0 {
				return w.Store.Guess(t.Context(), models.Account(u.ID), models.Lockout{After: 9, For: time.Hour}, right)
			}
			return w.Store.SetDisabled(t.Context(), u.ID, true)
		})
		together(func(i int) error {
			if i%2 == 0 {
				return w.Store.SetPassword(t.Context(), u.ID, fmt.Sprint(i), false, "")
			}
			_ = w.Store.Revoke(t.Context(), g) // one of them does, the others find it gone
			return nil
		})
	}
	_, err := w.Store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	r, err := w.Store.Verify(t.Context(), keys, nil)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}
