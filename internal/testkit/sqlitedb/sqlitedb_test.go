package sqlitedb_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

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

// Times compare as instants, whatever zone they are written or asked for in and however
// many digits their fractions have.
func TestTimesOfAnyZoneCompare(t *testing.T) {
	t.Parallel()
	db := open(t)
	type moment struct {
		ID int `gorm:"primaryKey"`
		At time.Time
	}
	require.NoError(t, db.Exec("CREATE TABLE moments (id integer PRIMARY KEY, at DATETIME NOT NULL)").Error)
	china, west := time.FixedZone("", 8*60*60), time.FixedZone("", -5*60*60)
	noon := time.Date(2026, 9, 7, 12, 0, 0, 0, time.UTC)
	times := []time.Time{ // oldest first; read as they stand in their zones the order is another
		noon.Add(-time.Hour).In(china), noon.In(west), noon.Add(time.Microsecond), noon.Add(50 * time.Millisecond).In(china),
		noon.Add(500 * time.Millisecond), noon.Add(550 * time.Millisecond).In(west), noon.Add(time.Second),
	}
	for i, at := range times {
		require.NoError(t, db.Create(&moment{ID: i + 1, At: at}).Error)
	}
	var readable int
	require.NoError(t, db.Raw("SELECT COUNT(*) FROM moments WHERE datetime(at) IS NOT NULL").Scan(&readable).Error)
	require.Equal(t, len(times), readable, "by SQLite's own functions")
	for i, at := range times {
		for _, zone := range []*time.Location{time.UTC, china, west} {
			var before []int
			require.NoError(t, db.Model(&moment{}).Where("at < ?", at.In(zone)).Order("at").Pluck("id", &before).Error)
			require.Len(t, before, i)
			var same moment
			require.NoError(t, db.Where("at = ?", at.In(zone)).Take(&same).Error)
			require.Equal(t, moment{ID: i + 1, At: at.UTC()}, same)
		}
	}
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
