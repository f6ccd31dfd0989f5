package main

import (
	"context"
	"errors"
	"os"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit/sqlitedb" //nolint:depguard // it opens SQLite for tests and for this edition
	"zhengxiao/models"
)

// A full check reads the whole file; beyond this size it would make the start slow.
const fullCheckLimit = 64 << 20

// openStore opens the folder's database, checks it and brings its schema up to date.
func (f *folder) openStore(ctx context.Context, clock func() time.Time) (*models.Store, func(), error) {
	ring, err := secret.ParseKeyring(f.keys.Data)
	if err != nil {
		return nil, nil, err
	}
	db, err := sqlitedb.Open(f.path(appFile))
	if err != nil {
		return nil, nil, explain(err, f.dir)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, nil, explain(err, f.dir)
	}
	done := func() { _ = pool.Close() }
	if err := errors.Join(f.check(ctx, db), models.Migrate(ctx, db)); err != nil {
		done()
		return nil, nil, explain(err, f.dir)
	}
	return models.New(db, clock, ring), done, nil
}

func (f *folder) check(ctx context.Context, db *gorm.DB) error {
	if info, err := os.Stat(f.path(appFile)); err == nil && info.Size() > fullCheckLimit {
		return nil
	}
	var result string
	if err := db.WithContext(ctx).Raw("PRAGMA quick_check(1)").Scan(&result).Error; err != nil {
		return err
	}
	if result != "ok" {
		return corrupt(errors.New(result), f.dir)
	}
	return nil
}
