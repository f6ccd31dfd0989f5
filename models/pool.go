package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

// pool is MySQL's connections as gorm uses them. A writing statement outside any
// transaction runs again like a transaction of its own, which it is.
type pool struct {
	*sql.DB

	config *driver.Config
}

// open has gorm use the connections, and closes them if it cannot.
func (p pool) open() (*gorm.DB, error) {
	dialect := mysql.New(mysql.Config{Conn: p, DSNConfig: p.config, SkipInitializeWithVersion: true})
	db, err := gorm.Open(dialect, gormConfig())
	if err != nil {
		_ = p.Close()
		return nil, fail(err, "open MySQL")
	}
	return db, nil
}

// ExecContext runs a writing statement.
func (p pool) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	err = again(ctx, func() (bool, error) {
		res, err = p.DB.ExecContext(ctx, query, args...)
		return untold(err), err
	})
	return res, err
}

// BeginTx begins a transaction, which is Tx's to run again.
func (p pool) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	return p.DB.BeginTx(ctx, o)
}

// GetDBConn is the pool itself.
func (p pool) GetDBConn() (*sql.DB, error) { return p.DB, nil }

// patient is a pool for work that may take as long as it takes, such as building an index
// over millions of rows.
func (p pool) patient() (*sql.DB, error) {
	connector, err := driver.NewConnector(p.unhurried())
	if err != nil {
		return nil, fmt.Errorf("prepare patient connections: %w", err)
	}
	return sql.OpenDB(connector), nil
}

// patiently hands fn the database on patient connections, which are closed after it.
func (s *Store) patiently(ctx context.Context, fn func(db *gorm.DB) error) (err error) {
	p, ok := s.db.Statement.ConnPool.(pool)
	if !ok { // SQLite, whose statements nobody but ctx gives up, or a transaction that is under way
		return fn(s.DB(ctx))
	}
	conns, err := p.patient()
	if err != nil {
		return err
	}
	db, err := pool{conns, p.config}.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	return fn(db.WithContext(ctx))
}

func (p pool) unhurried() *driver.Config {
	c := p.config.Clone()
	c.ReadTimeout, c.WriteTimeout = 0, 0
	delete(c.Params, "max_execution_time")
	delete(c.Params, "innodb_lock_wait_timeout")
	return c
}
