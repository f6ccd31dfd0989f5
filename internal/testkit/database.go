package testkit

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
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
func Keyring(t testing.TB) *secret.Keyring {
	t.Helper()
	text, err := secret.Generate("test")
	require.NoError(t, err)
	keys, err := secret.ParseKeyring(text)
	require.NoError(t, err)
	return keys
}

// Store is a store over a fresh SQLite database.
func Store(t *testing.T, c *Clock) *models.Store {
	t.Helper()
	return models.New(SQLite(t), c.Now, Keyring(t))
}

// SQLite is a fresh, migrated database file.
func SQLite(t testing.TB) *gorm.DB {
	t.Helper()
	db, err := sqlitedb.Open(filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	return migrated(t, closed(t, db))
}

// MySQLDSN is where tests find a MySQL server, "" when there is none.
func MySQLDSN() string { return os.Getenv("ZX_TEST_MYSQL_DSN") }

// MySQL is a fresh, migrated database on the server of MySQLDSN, dropped at the end.
func MySQL(t testing.TB) *gorm.DB {
	t.Helper()
	return migrated(t, EmptyMySQL(t))
}

// EmptyMySQL is MySQL without any table.
func EmptyMySQL(t testing.TB) *gorm.DB {
	t.Helper()
	c, err := mysql.ParseDSN(MySQLDSN())
	require.NoError(t, err)
	server, err := sql.Open("mysql", MySQLDSN())
	require.NoError(t, err)
	c.DBName = "zx_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err = server.ExecContext(t.Context(), "CREATE DATABASE "+c.DBName)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := server.Exec("DROP DATABASE " + c.DBName) //nolint:noctx // the test's context has ended
		require.NoError(t, err)
		require.NoError(t, server.Close())
	})
	db, err := models.OpenMySQL(models.MySQL{DSN: c.FormatDSN(), MaxOpen: 8})
	require.NoError(t, err)
	return closed(t, db)
}

// closed closes the database when the test has ended.
func closed(t testing.TB, db *gorm.DB) *gorm.DB {
	t.Helper()
	t.Cleanup(func() {
		pool, err := db.DB()
		require.NoError(t, err)
		require.NoError(t, pool.Close())
	})
	return db
}

func migrated(t testing.TB, db *gorm.DB) *gorm.DB {
	t.Helper()
	require.NoError(t, models.Migrate(t.Context(), db))
	return db
}
