package testkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

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
var migratedImage = sync.OnceValues(func() (image []byte, err error) {
	dir, err := os.MkdirTemp("", "zhengxiao-migrated-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := sqlitedb.Open(filepath.Join(dir, "source.db"))
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := models.Migrate(context.Background(), db); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "image.db")
	if err := db.Exec("VACUUM INTO ?", file).Error; err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

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
