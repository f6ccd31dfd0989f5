package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/schema/sqlite"
	moderncsqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"zhengxiao/internal/apperr"
)

// A full integrity check reads the whole file; beyond this size only the catalogue is read,
// to keep the start short.
const fullCheckLimit = 64 << 20

// prepareFile checks an existing database and fills a new one. The schema is created in
// one transaction, so a start that is killed leaves an empty database, not half of one.
func prepareFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("open engine database: %w", err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)

	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return fileError(err, path)
	}
	if tables == 0 {
		return createSchema(ctx, db, path)
	}
	return checkFile(ctx, db, path)
}

func createSchema(ctx context.Context, db *sql.DB, path string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fileError(err, path)
	}
	defer func() { _ = tx.Rollback() }()
	schema := schemaTx{exec: func(stmt string, args ...any) error {
		_, err := tx.ExecContext(ctx, stmt, args...)
		return err
	}}
	if err := sqlite.SetupSchemaOnDB(schema); err != nil {
		return fileError(err, path)
	}
	if err := tx.Commit(); err != nil {
		return fileError(err, path)
	}
	return nil
}

func checkFile(ctx context.Context, db *sql.DB, path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > fullCheckLimit {
		return nil
	}
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return fileError(err, path)
	}
	if result != "ok" {
		return corrupt(errors.New(result), path)
	}
	var found int
	err := db.QueryRowContext(ctx,
		"SELECT count(*) FROM sqlite_master WHERE name IN ('namespaces', 'executions', 'executions_visibility')").Scan(&found)
	if err != nil {
		return fileError(err, path)
	}
	if found != 3 {
		return corrupt(errors.New("not a database of the engine: tables are missing"), path)
	}
	return nil
}

// fileError separates damage from everything else (locks, permissions, a full disk).
func fileError(err error, path string) error {
	if e, ok := errors.AsType[*moderncsqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return corrupt(err, path)
		case sqlite3.SQLITE_FULL:
			return apperr.Wrap(err, apperr.DiskFull, fmt.Sprintf("磁盘空间不足，无法写入工作流引擎的数据文件 %s。请清理磁盘后重新启动。", path))
		}
	}
	return fmt.Errorf("prepare engine database %s: %w", path, err)
}

func corrupt(err error, path string) error {
	return apperr.Wrap(err, apperr.Corrupt, fmt.Sprintf(
		"工作流引擎的数据文件 %s 已损坏，系统没有启动，也没有改动任何数据。请先备份整个数据文件夹，再用最近的备份恢复该文件后重新启动；没有备份时请联系系统管理员。", path))
}

// schemaTx lets the server's schema run inside our transaction; only Exec is ever called.
type schemaTx struct {
	sqlplugin.AdminDB

	exec func(stmt string, args ...any) error
}

func (s schemaTx) Exec(stmt string, args ...any) error { return s.exec(stmt, args...) }
