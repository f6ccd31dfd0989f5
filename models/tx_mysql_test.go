package models_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/wire"
	"zhengxiao/models"
)

// rival is a store on MySQL with two accounts a and b, beside a second pool on the same
// database that gets in its way. line is the way of the first.
type rival struct {
	*models.Store

	t     *testing.T
	line  *wire.Wire
	other *gorm.DB
}

// onRival runs a test wherever a MySQL server is named.
func onRival(t *testing.T, test func(r rival)) {
	t.Helper()
	if testkit.MySQLDSN() == "" {
		return
	}
	other := testkit.MySQL(t)
	line := wire.New(t, testkit.MySQLAddr(t))
	db := testkit.OpenDSN(t, testkit.DSN(t, other, line.Addr))
	for _, id := range []string{"a", "b"} {
		require.NoError(t, other.Create(&models.User{ID: id, Login: id}).Error)
	}
	test(rival{models.New(db, testkit.NewClock().Now, testkit.Keyring(t)), t, line, other})
}

// count adds one to an account's counter, which shows how often a transaction took effect.
func count(tx *gorm.DB, id string) error {
	return tx.Exec("UPDATE users SET failed = failed + 1 WHERE id = ?", id).Error
}

func (r rival) counted(a, b int) {
	r.t.Helper()
	var got []int
	require.NoError(r.t, r.other.Raw("SELECT failed FROM users ORDER BY id").Scan(&got).Error)
	require.Equal(r.t, []int{a, b}, got)
}

// refused requires that the user learns that nothing was saved, or, if unknown, that they
// must look.
func (r rival) refused(err error, words string) {
	r.t.Helper()
	require.Equal(r.t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(r.t, apperr.MessageOf(err), words)
}

// hold locks account a in another session until give is called.
func (r rival) hold() (give func()) {
	r.t.Helper()
	tx := r.other.Begin()
	require.NoError(r.t, count(tx, "a"))
	return sync.OnceFunc(func() { require.NoError(r.t, tx.Rollback().Error) })
}

// kill ends the transaction's connection from another session.
func (r rival) kill(tx *gorm.DB) {
	r.t.Helper()
	var id int
	require.NoError(r.t, tx.Raw("SELECT CONNECTION_ID()").Scan(&id).Error)
	require.NoError(r.t, r.other.Exec("KILL ?", id).Error)
}

// Two transactions that take the same rows in opposite order both succeed, each once.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	onRival(t, func(r rival) {
		var runs [2]int
		took := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
		cross := func(me int, first, second string) error {
			return r.Tx(t.Context(), func(tx *gorm.DB) error {
				if err := count(tx, first); err != nil {
					return err
				}
				if runs[me]++; runs[me] == 1 {
					close(took[me])
					<-took[1-me]
				}
				return count(tx, second)
			})
		}
		var errs [2]error
		var both sync.WaitGroup
		both.Go(func() { errs[0] = cross(0, "a", "b") })
		both.Go(func() { errs[1] = cross(1, "b", "a") })
		both.Wait()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1])
		require.Equal(t, 3, runs[0]+runs[1], "one of them was given up and ran again")
		r.counted(2, 2)
	})
}

// impatient adds to both accounts, a last, and waits for its lock for one second only.
func impatient(tx *gorm.DB) error {
	if err := tx.Exec("SET innodb_lock_wait_timeout = 1").Error; err != nil {
		return err
	}
	if err := count(tx, "b"); err != nil {
		return err
	}
	return count(tx, "a")
}

// A row that stays locked for long is given up, with nothing saved; one that is free again
// the second time is not.
func TestLockWait(t *testing.T) {
	t.Parallel()
	onRival(t, func(r rival) {
		give := r.hold()
		defer give()
		runs := 0
		r.refused(r.Tx(t.Context(), func(tx *gorm.DB) error { runs++; return impatient(tx) }), "没有保存")
		require.Equal(t, 2, runs)
		runs = 0
		require.NoError(t, r.Tx(t.Context(), func(tx *gorm.DB) error {
			if runs++; runs == 2 {
				give()
			}
			return impatient(tx)
		}))
		require.Equal(t, 2, runs)
		r.counted(1, 1)
	})
}

// A connection that is killed before its transaction commits has saved nothing: the
// transaction runs again.
func TestKilledBeforeCommit(t *testing.T) {
	t.Parallel()
	onRival(t, func(r rival) {
		runs := 0
		require.NoError(t, r.Tx(t.Context(), func(tx *gorm.DB) error {
			runs++
			if err := count(tx, "a"); err != nil {
				return err
			}
			if runs == 1 {
				r.kill(tx)
			}
			return count(tx, "b")
		}))
		require.Equal(t, 2, runs)
		r.counted(1, 1)
	})
}

// When the connection breaks while committing, the transaction does not run again, whether
// it took effect or not, and the user is told to look.
func TestLostWhileCommitting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arrives bool
		saved   int
	}{
		"never heard":        {false, 0},
		"done, not answered": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onRival(t, func(r rival) {
				runs := 0
				err := r.Tx(t.Context(), func(tx *gorm.DB) error {
					runs++
					err := count(tx, "a")
					r.line.BreakAt("COMMIT", test.arrives)
					return err
				})
				r.refused(err, "不能确定")
				require.True(t, models.IsRetryable(err), "who is idempotent may try again")
				require.Equal(t, 1, runs)
				r.counted(test.saved, 0)
			})
		})
	}
}

// Killed when it is about to commit, a transaction took effect just as often as it claims:
// the driver notices in time, and it runs again, or it does not.
func TestKilledWhileCommitting(t *testing.T) {
	t.Parallel()
	onRival(t, func(r rival) {
		runs := 0
		err := r.Tx(t.Context(), func(tx *gorm.DB) error {
			err := count(tx, "a")
			if runs++; runs == 1 {
				r.kill(tx)
			}
			return err
		})
		if err != nil {
			r.refused(err, "不能确定")
		}
		r.counted(runs-1, 0)
	})
}

// A writing statement of its own is like a transaction: given up it runs again, lost it
// does not.
func TestStatementsAlone(t *testing.T) {
	t.Parallel()
	onRival(t, func(r rival) {
		r.line.BreakAt("UPDATE", true)
		r.refused(count(r.DB(t.Context()), "a"), "不能确定")
		r.counted(1, 0)

		one, err := r.DB(t.Context()).DB()
		require.NoError(t, err)
		one.SetMaxOpenConns(1)
		require.NoError(t, r.DB(t.Context()).Exec("SET innodb_lock_wait_timeout = 1").Error)
		give := r.hold()
		defer give()
		r.refused(count(r.DB(t.Context()), "a"), "没有保存")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, count(r.DB(ctx), "b"))
		give()
		r.counted(1, 0)
		require.NoError(t, count(r.DB(t.Context()), "a"))
		r.counted(2, 0)
	})
}
