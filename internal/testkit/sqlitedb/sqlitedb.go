// Package sqlitedb opens gorm on SQLite, for tests of the store and for the embedded
// edition. The production binary links no SQLite.
package sqlitedb

import (
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// SQLite has one writer at a time; a few more connections let readers go on beside it.
const maxConns = 8

// Open opens or creates the database file at path. Every transaction takes the write lock
// when it begins (immediate), so two of them queue instead of failing half-way, and a
// power cut may lose the last commits but a crash of the process loses none (WAL, NORMAL).
func Open(path string) (*gorm.DB, error) {
	db, err := gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: dsn(path)}, &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            false, // can hang with few connections
		NowFunc:                func() time.Time { return time.Now().UTC() },
		Logger: logger.NewSlogLogger(slog.Default(), logger.Config{
			LogLevel:                  logger.Warn,
			SlowThreshold:             time.Second,
			IgnoreRecordNotFoundError: true,
			ParameterizedQueries:      true, // values may be personal data
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("open sqlite %s: %w", path, err)
	}
	sqlDB, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open sqlite %s: %w", path, err)
	}
	sqlDB.SetMaxOpenConns(maxConns)
	sqlDB.SetMaxIdleConns(maxConns)
	return db, nil
}

// dsn names the file and how it is used. SQLite compares times as text: written in one
// zone and format they sort as they should, whatever zone they come in.
func dsn(path string) string {
	q := url.Values{
		"_pragma":      {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)"},
		"_txlock":      {"immediate"},
		"_timezone":    {"UTC"},
		"_time_format": {"sqlite"},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
