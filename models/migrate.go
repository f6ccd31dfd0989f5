package models

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

//go:embed migrations/*.sql
var migrations embed.FS

// columnTypes are the types that the two dialects spell differently. MySQL's plain
// DATETIME is whole seconds, and SQLite's driver reads times only from DATETIME columns.
// utf8mb4_0900_bin compares like SQLite: by bytes, trailing spaces included. FAR_END is
// FarEnd as the driver writes it; DAY_OF … IN_CHINA numbers the day of a time.
var columnTypes = map[goose.Dialect]*strings.Replacer{
	goose.DialectMySQL: strings.NewReplacer(
		"${TIME}", "DATETIME(6)", "${TEXT}", "LONGTEXT", "${BLOB}", "LONGBLOB",
		"${FAR_END}", "'9999-12-31 00:00:00'",
		"${DAY_OF}", "DATEDIFF(DATE_ADD(", "${IN_CHINA}", ", INTERVAL 8 HOUR), '1970-01-01')",
		"${TABLE}", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin"),
	goose.DialectSQLite3: strings.NewReplacer(
		"${TIME}", "DATETIME", "${TEXT}", "TEXT", "${BLOB}", "BLOB",
		"${FAR_END}", "'9999-12-31 00:00:00+00:00'",
		"${DAY_OF}", "CAST(STRFTIME('%s', ", "${IN_CHINA}", ", '+8 hours') AS INTEGER) / 86400",
		" ${TABLE}", ""),
}

// Migrate brings the schema up to date. It is safe to run again; the schema only goes
// forward. However long a change takes, it is not given up half-way.
func Migrate(ctx context.Context, db *gorm.DB) (err error) {
	conns, err := db.DB()
	if p, ok := db.ConnPool.(pool); ok {
		if conns, err = p.patient(); err == nil {
			defer func() { err = errors.Join(err, conns.Close()) }()
		}
	}
	if err != nil {
		return fmt.Errorf("open pool for migration: %w", err)
	}
	dialect := goose.DialectMySQL
	if db.Name() == "sqlite" {
		dialect = goose.DialectSQLite3
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, conns, rendered{dir, columnTypes[dialect]},
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("load migrations: %w", err)
	}
	up := func(ctx context.Context) error {
		_, err := provider.Up(ctx)
		return err
	}
	if dialect == goose.DialectMySQL {
		err = alone(ctx, conns, up)
	} else {
		err = up(ctx)
	}
	if err != nil {
		return fmt.Errorf("migrate schema: %w", err)
	}
	return nil
}

// migrationWait is how many seconds a migration waits for another one to finish.
const migrationWait = 120

// alone runs migrate while no other process migrates the same MySQL database: its DDL is
// not transactional, so two at once would leave the schema half done.
func alone(ctx context.Context, conns *sql.DB, migrate func(context.Context) error) (err error) {
	conn, err := conns.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect for lock: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	const name = "CONCAT('zx_migrate:', LEFT(SHA2(DATABASE(), 256), 32))"
	var got sql.NullBool
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", ?)", migrationWait).Scan(&got); err != nil {
		return fmt.Errorf("take lock: %w", err)
	}
	if !got.Bool {
		return fmt.Errorf("another migration has been running for %d s", migrationWait)
	}
	err = migrate(ctx)
	_, unlock := conn.ExecContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK("+name+")")
	return errors.Join(err, unlock)
}

// rendered is a file system whose files have their placeholders replaced.
type rendered struct {
	fs.FS

	types *strings.Replacer
}

func (r rendered) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	raw, err := fs.ReadFile(r.FS, name)
	if err != nil {
		return nil, err
	}
	return &renderedFile{File: f, Reader: bytes.NewReader([]byte(r.types.Replace(string(raw))))}, nil
}

type renderedFile struct {
	fs.File
	*bytes.Reader
}

// Read reads the rendered text.
func (f *renderedFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }
