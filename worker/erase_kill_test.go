package worker_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// erasedDB names the database that a child process of the test below erases from,
// erasedKeys its keys.
const (
	erasedDB   = "ZX_TEST_ERASE_DB"
	erasedKeys = "ZX_TEST_ERASE_KEYS"
	leavers    = 40
)

func kept(context.Context, string, string) (bool, error) { return false, nil }

// later is when everybody of the test below has left long ago.
func later() time.Time { return testkit.NewClock().Now().AddDate(4, 0, 0) }

// A process of its own, which is killed amid erasing.
func TestEraseUntilKilled(t *testing.T) {
	t.Parallel()
	path := os.Getenv(erasedDB)
	if path == "" {
		return // only as that child
	}
	db, err := sqlitedb.Open(path)
	require.NoError(t, err)
	store := models.New(db, later, ring(t, os.Getenv(erasedKeys)))
	for {
		more, err := store.Erase(t.Context(), kept)
		require.NoError(t, err)
		if !more {
			return
		}
		fmt.Println("step") //nolint:forbidigo // tells the parent
	}
}

// A process is killed amid erasing; another one goes on, and nobody is forgotten.
func TestAKilledErasureIsResumed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := testkit.SQLite(t)
	keys, err := secret.Generate("test")
	require.NoError(t, err)
	clock := testkit.NewClock()
	store := models.New(db, clock.Now, ring(t, keys))
	w := testkit.NewWorld(t, store, clock)
	first, second := w.User(w.City, domain.RoleSecurity), w.User(w.City, domain.RoleSecurity)
	for range leavers {
		require.NoError(t, store.SetDisabled(ctx, w.User(w.School, domain.RoleTeacher).ID, true))
	}
	clock.Set(later())
	r, err := store.PrepareErasure(ctx, models.NewErasure{Org: w.City, Classes: []string{"account"}, Reason: "到期", By: first.ID})
	require.NoError(t, err)
	work := func() {
		for more := true; more; {
			more, err = store.Erase(ctx, kept)
			require.NoError(t, err)
		}
	}
	work()
	require.NoError(t, store.ProposeErasure(ctx, r.ID, first.ID, ""))
	require.NoError(t, store.DecideErasure(ctx, r.ID, second.ID, true, ""))

	child := testkit.StartChild(t, "TestEraseUntilKilled", erasedDB+"="+testkit.File(t, db), erasedKeys+"="+keys)
	child.Await(3, func(line string) bool { return line == "step" })
	child.Kill()
	left := func() int64 {
		var n int64
		require.NoError(t, db.Model(&models.ErasureItem{}).Where("run_id = ? AND state = ?", r.ID, models.ItemDue).Count(&n).Error)
		return n
	}
	require.Positive(t, left(), "it was killed too late")
	require.Less(t, left(), int64(leavers))
	work()
	require.Zero(t, left())
	var erased int64
	require.NoError(t, db.Model(&models.User{}).Where("erased_at IS NOT NULL").Count(&erased).Error)
	require.EqualValues(t, leavers, erased)
	v, err := store.Erasure(ctx, models.Scope{All: true}, r.ID)
	require.NoError(t, err)
	require.Equal(t, models.ErasureDone, v.Status)
}
