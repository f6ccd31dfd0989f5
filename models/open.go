package models

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	defaultOpen = 20
	// A connection is given up before the server or a middlebox does it unnoticed.
	connLifetime = 3 * time.Minute
	connIdle     = time.Minute
	dialTimeout  = 5 * time.Second
	// What a statement and a transaction may take, unless their caller allows less. The
	// server stops reading for them after statementTimeout, too.
	statementTimeout = 30 * time.Second
	txTimeout        = 30 * time.Second
	// A silent server is given up later than anything it may take its time for.
	ioTimeout = 60 * time.Second
	// lockWaitTimeout is how many seconds a row lock is waited for; see txLockWaits.
	lockWaitTimeout = 5
)

// MySQL says how to reach the database. DSN is the driver's form,
// user:password@tcp(host:port)/name.
type MySQL struct {
	DSN         string
	TLS         *tls.Config   // nil is what the DSN says; the server's name is that of its address
	MaxOpen     int           // connections, as many of them kept; 0 means 20
	MaxLifetime time.Duration // of a connection; 0 means 3 min
	Logger      *slog.Logger  // of the driver's complaints; nil means slog.Default
}

// OpenMySQL connects with the settings the store relies on, whatever the DSN says: UTC,
// READ COMMITTED, strict, utf8mb4, parameters interpolated, matched rows counted. A server
// that the store cannot work with is refused, with everything that is wrong with it.
func OpenMySQL(c MySQL) (*gorm.DB, error) {
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("read MySQL DSN: %w", err)
	}
	lifetime := cmp.Or(c.MaxLifetime, connLifetime)
	conns := sql.OpenDB(connector)
	limit := cmp.Or(c.MaxOpen, defaultOpen)
	conns.SetMaxOpenConns(limit)
	conns.SetMaxIdleConns(limit)
	conns.SetConnMaxLifetime(lifetime)
	conns.SetConnMaxIdleTime(connIdle)
	ctx, cancel := context.WithTimeout(context.Background(), statementTimeout)
	defer cancel()
	if err := checkServer(ctx, conns, lifetime); err != nil {
		_ = conns.Close()
		return nil, err
	}
	return pool{conns, cfg}.open()
}

func (c MySQL) config() (*driver.Config, error) {
	cfg, err := driver.ParseDSN(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("read MySQL DSN: %w", err)
	}
	if err := cfg.Apply(driver.Charset("utf8mb4", "utf8mb4_0900_ai_ci")); err != nil {
		return nil, fmt.Errorf("set character set: %w", err)
	}
	if c.TLS != nil {
		cfg.TLS, cfg.TLSConfig, cfg.AllowFallbackToPlaintext = c.TLS.Clone(), "", false
	}
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.InterpolateParams, cfg.ClientFoundRows = true, true
	cfg.MultiStatements = false
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	cfg.RejectReadOnly = true // after a failover, go and find the new primary
	cfg.Logger = complaints{c.Logger}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	maps.Copy(cfg.Params, session)
	cfg.Params["innodb_lock_wait_timeout"] = strconv.Itoa(lockWaitTimeout)
	cfg.Params["max_execution_time"] = strconv.FormatInt(statementTimeout.Milliseconds(), 10)
	return cfg, nil
}

// complaints passes the driver's messages, which name no values, to the log.
type complaints struct{ log *slog.Logger }

// Print logs one message.
func (c complaints) Print(v ...any) {
	cmp.Or(c.log, slog.Default()).Warn("mysql driver", "detail", fmt.Sprint(v...))
}

// gormConfig is how the store uses gorm, with any dialect. Prepared statements stay off:
// their cache can hang under load.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction:    true,
		DefaultTransactionTimeout: txTimeout,
		DefaultContextTimeout:     statementTimeout,
		NowFunc:                   func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
		Logger:                    logger.Discard,
		Plugins:                   map[string]gorm.Plugin{unquoted{}.Name(): unquoted{}},
	}
}
