package sqlitedb_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit/sqlitedb"
)

type counter struct {
	ID int `gorm:"primaryKey"`
	N  int
}

func open(t *testing.T) *gorm.DB {
	t.Helper()
	db, err := sqlitedb.Open(filepath.Join(t.TempDir(), "数据 100%?#.db"))
	require.NoError(t, err)
	t.Cleanup(func() {
		sqlDB, err := db.DB()
		require.NoError(t, err)
		require.NoError(t, sqlDB.Close())
	})
	return db
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	db := open(t)
	for name, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "1", "busy_timeout": "10000", "foreign_keys": "1",
	} {
		var got string
		require.NoError(t, db.Raw("PRAGMA "+name).Scan(&got).Error)
		require.Equal(t, want, got, name)
	}
	require.Equal(t, "UTC", db.NowFunc().Location().String())
}

// Read-then-write transactions that run together must queue: none fails, none is lost.
func TestConcurrentTransactionsQueue(t *testing.T) {
	t.Parallel()
	db := open(t)
	require.NoError(t, db.Exec("CREATE TABLE counters (id integer PRIMARY KEY, n integer)").Error)
	require.NoError(t, db.Create(&counter{ID: 1}).Error)
	const writers, rounds = 8, 10
	errs := make(chan error, writers*rounds)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range rounds {
				errs <- db.Transaction(func(tx *gorm.DB) error {
					var c counter
					if err := tx.First(&c, 1).Error; err != nil {
						return err
					}
					return tx.Model(&c).Update("n", c.N+1).Error
				})
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	var c counter
	require.NoError(t, db.First(&c, 1).Error)
	require.Equal(t, writers*rounds, c.N)
}
