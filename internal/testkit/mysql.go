package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/models"
)

// MySQLDSN is where tests find a MySQL server, "" when there is none.
func MySQLDSN() string { return os.Getenv("ZX_TEST_MYSQL_DSN") }

// MySQL is a fresh, migrated database on the server of MySQLDSN, dropped at the end.
func MySQL(tb testing.TB) *gorm.DB {
	tb.Helper()
	schema, err := mysqlSchema()
	require.NoError(tb, err)
	db := EmptyMySQL(tb)
	pool, err := db.DB()
	require.NoError(tb, err)
	conn, err := pool.Conn(tb.Context())
	require.NoError(tb, err)
	defer func() { require.NoError(tb, conn.Close()) }()
	for _, statement := range schema {
		_, err := conn.ExecContext(tb.Context(), statement)
		require.NoError(tb, err, statement)
	}
	return db
}

// mysqlSchema is what makes an empty database a migrated one. Running the migrations takes
// longer than most tests, so a process does it once, in a database of its own.
var mysqlSchema = sync.OnceValues(func() (schema []string, err error) {
	ctx := context.Background()
	server, err := sql.Open("mysql", MySQLDSN())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	name, dsn, err := newDatabase(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() {
		_, dropped := server.ExecContext(ctx, "DROP DATABASE "+name)
		err = errors.Join(err, dropped)
	}()
	db, err := models.OpenMySQL(models.MySQL{DSN: dsn, MaxOpen: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := models.Migrate(ctx, db); err != nil {
		return nil, err
	}
	tables, err := db.Migrator().GetTables()
	if err != nil {
		return nil, err
	}
	schema = append(schema, "SET FOREIGN_KEY_CHECKS = 0")
	for _, table := range tables {
		var create string
		if err := pool.QueryRowContext(ctx, "SHOW CREATE TABLE "+table).Scan(&table, &create); err != nil {
			return nil, err
		}
		rows, err := inserts(db, table)
		if err != nil {
			return nil, err
		}
		schema = append(append(schema, create), rows...)
	}
	return append(schema, "SET FOREIGN_KEY_CHECKS = 1"), nil
})

// inserts writes a table's rows, which the migrations made, as statements.
func inserts(db *gorm.DB, table string) ([]string, error) {
	var rows []map[string]any
	if err := db.Table(table).Find(&rows).Error; err != nil {
		return nil, err
	}
	statements := make([]string, len(rows))
	for i, row := range rows {
		statements[i] = db.ToSQL(func(tx *gorm.DB) *gorm.DB { return tx.Table(table).Create(row) })
	}
	return statements, nil
}

// EmptyMySQL is MySQL without any table.
func EmptyMySQL(tb testing.TB) *gorm.DB {
	tb.Helper()
	server, err := sql.Open("mysql", MySQLDSN())
	require.NoError(tb, err)
	name, dsn, err := newDatabase(tb.Context(), server)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_, err := server.Exec("DROP DATABASE " + name) //nolint:noctx // the test's context has ended
		require.NoError(tb, err)
		require.NoError(tb, server.Close())
	})
	db, err := models.OpenMySQL(models.MySQL{DSN: dsn, MaxOpen: 8, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(tb, err)
	return closed(tb, db)
}

// newDatabase creates a database and returns its name and DSN.
func newDatabase(ctx context.Context, server *sql.DB) (name, dsn string, err error) {
	c, err := mysql.ParseDSN(MySQLDSN())
	if err != nil {
		return "", "", err
	}
	c.DBName = "zx_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := server.ExecContext(ctx, "CREATE DATABASE "+c.DBName); err != nil {
		return "", "", fmt.Errorf("create database: %w", err)
	}
	return c.DBName, c.FormatDSN(), nil
}

// DSN names a database of MySQL's for another pool or another process, by way of addr if
// that is not empty.
func DSN(tb testing.TB, db *gorm.DB, addr string) string {
	tb.Helper()
	c, err := mysql.ParseDSN(MySQLDSN())
	require.NoError(tb, err)
	require.NoError(tb, db.Raw("SELECT DATABASE()").Scan(&c.DBName).Error)
	if addr != "" {
		c.Addr = addr
	}
	return c.FormatDSN()
}

// MySQLAddr is the host:port of MySQLDSN.
func MySQLAddr(tb testing.TB) string {
	tb.Helper()
	c, err := mysql.ParseDSN(MySQLDSN())
	require.NoError(tb, err)
	return c.Addr
}

// OpenDSN is another pool on a database, closed at the end.
func OpenDSN(tb testing.TB, dsn string) *gorm.DB {
	tb.Helper()
	db, err := models.OpenMySQL(models.MySQL{DSN: dsn, MaxOpen: 8, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(tb, err)
	return closed(tb, db)
}
