package models

import (
	"fmt"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	// A connection is given up before the server or a middlebox does it unnoticed.
	connLifetime = 3 * time.Minute
	connIdle     = time.Minute
	txTimeout    = 30 * time.Second
	dialTimeout  = 5 * time.Second
	// Reading waits longer than a lock wait may last.
	ioTimeout = 60 * time.Second
)

// MySQL says how to reach the database. DSN is the driver's form,
// user:password@tcp(host:port)/name.
type MySQL struct {
	DSN     string
	MaxOpen int // connections; 0 means 20
}

// OpenMySQL connects with the settings the store relies on, whatever the DSN says:
// UTC, READ COMMITTED, parameters interpolated, matched rows counted.
func OpenMySQL(c MySQL) (*gorm.DB, error) {
	dsn, err := driver.ParseDSN(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("read MySQL DSN: %w", err)
	}
	dsn.ParseTime, dsn.Loc = true, time.UTC
	dsn.InterpolateParams, dsn.ClientFoundRows = true, true
	dsn.Timeout, dsn.ReadTimeout, dsn.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	if dsn.Params == nil {
		dsn.Params = map[string]string{}
	}
	dsn.Params["time_zone"] = "'+00:00'"
	// After waiting for a row lock, a count must see what the other transaction wrote.
	dsn.Params["transaction_isolation"] = "'READ-COMMITTED'"
	db, err := gorm.Open(mysql.New(mysql.Config{DSNConfig: dsn}), gormConfig())
	if err != nil {
		return nil, fail(err, "open MySQL")
	}
	pool, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open MySQL pool: %w", err)
	}
	limit := c.MaxOpen
	if limit == 0 {
		limit = 20
	}
	pool.SetMaxOpenConns(limit)
	pool.SetMaxIdleConns(limit)
	pool.SetConnMaxLifetime(connLifetime)
	pool.SetConnMaxIdleTime(connIdle)
	return db, nil
}

// gormConfig is how the store uses gorm, with any dialect. Prepared statements stay off:
// their cache can hang under load.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction:    true,
		DefaultTransactionTimeout: txTimeout,
		NowFunc:                   func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
		Logger:                    logger.Discard,
	}
}
