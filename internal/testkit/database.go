package testkit

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// Keyring is a new random keyring.
func Keyring(tb testing.TB) *secret.Keyring {
	tb.Helper()
	text, err := secret.Generate("test")
	require.NoError(tb, err)
	keys, err := secret.ParseKeyring(text)
	require.NoError(tb, err)
	return keys
}

// Store is a store over a fresh SQLite database.
func Store(t *testing.T, c *Clock) *models.Store {
	t.Helper()
	return models.New(SQLite(t), c.Now, Keyring(t))
}

// SQLite is a fresh, migrated database file.
func SQLite(tb testing.TB) *gorm.DB {
	tb.Helper()
	image, err := migratedImage()
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "test.db")
	require.NoError(tb, os.WriteFile(file, image, 0o600))
	db, err := sqlitedb.Open(file)
	require.NoError(tb, err)
	return closed(tb, db)
}

// migratedImage is the file of a migrated database. The migrations take longer than most
// tests, so a process runs them once.
var migratedImage = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "zhengxiao-migrated-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := sqlitedb.Open(filepath.Join(dir, "source.db"))
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := models.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	image := filepath.Join(dir, "image.db")
	if err := db.Exec("VACUUM INTO ?", image).Error; err != nil {
		return nil, err
	}
	return os.ReadFile(image) //nolint:gosec // a file of its own making
})

// MySQLDSN is where tests find a MySQL server, "" when there is none.
func MySQLDSN() string { return os.Getenv("ZX_TEST_MYSQL_DSN") }

// MySQL is a fresh, migrated database on the server of MySQLDSN, dropped at the end.
func MySQL(tb testing.TB) *gorm.DB {
	tb.Helper()
	return migrated(tb, EmptyMySQL(tb))
}

// EmptyMySQL is MySQL without any table.
func EmptyMySQL(tb testing.TB) *gorm.DB {
	tb.Helper()
	c, err := mysql.ParseDSN(MySQLDSN())
	require.NoError(tb, err)
	server, err := sql.Open("mysql", MySQLDSN())
	require.NoError(tb, err)
	c.DBName = "zx_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err = server.ExecContext(tb.Context(), "CREATE DATABASE "+c.DBName)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_, err := server.Exec("DROP DATABASE " + c.DBName) //nolint:noctx // the test's context has ended
		require.NoError(tb, err)
		require.NoError(tb, server.Close())
	})
	db, err := models.OpenMySQL(models.MySQL{DSN: c.FormatDSN(), MaxOpen: 8})
	require.NoError(tb, err)
	return closed(tb, db)
}

// closed closes the database when the test has ended.
func closed(tb testing.TB, db *gorm.DB) *gorm.DB {
	tb.Helper()
	tb.Cleanup(func() {
		pool, err := db.DB()
		require.NoError(tb, err)
		require.NoError(tb, pool.Close())
	})
	return db
}

func migrated(tb testing.TB, db *gorm.DB) *gorm.DB {
	tb.Helper()
	require.NoError(tb, models.Migrate(tb.Context(), db))
	return db
}
