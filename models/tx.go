package models

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// The bounds of running something again.
const (
	txAttempts = 5
	// A row lock that was refused so often is held by something long; see lockWaitTimeout.
	txLockWaits = 2
	txBackoff   = 20 * time.Millisecond
)

// Tx runs fn in one transaction. fn runs again, a few times, when the database certainly
// kept nothing of it: it gave the transaction up for another one (deadlock, lock wait), or
// was lost before it was asked to commit. fn must therefore not keep anything from an
// earlier run, nor do anything outside tx. When the connection breaks while committing,
// nobody knows whether the transaction took effect: it does not run again, and the error
// says so.
func (s *Store) Tx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return fail(again(ctx, func() (bool, error) { return s.once(ctx, fn) }), "run transaction")
}

// transact runs fn in one transaction. When it fails, clean says that nothing of it was
// kept, for certain.
func (s *Store) transact(ctx context.Context, fn func(tx *gorm.DB) error) (clean bool, err error) {
	ctx, cancel := context.WithCancel(ctx) // gorm's own timeout would live on
	defer cancel()
	committing := false
	left := &trail{store: s}
	err = s.DB(context.WithValue(ctx, trailKey{}, left)).Transaction(func(tx *gorm.DB) error {
		err := fn(tx)
		if err == nil {
			err = left.settle(tx)
		}
		committing = err == nil
		return err
	})
	if err == nil {
		OriginOf(ctx).entries.Add(int64(len(left.entries) + left.events))
	}
	return !committing || untold(err), err
}

// again runs try until it succeeds, fails for a reason of its own, or has been given up too
// often. What the user reads of the last failure says whether anything was saved.
func again(ctx context.Context, try func() (clean bool, err error)) error {
	for attempt := 1; ; attempt++ {
		clean, err := try()
		switch {
		case err == nil:
			return nil
		case !clean && lost(err):
			return apperr.Wrap(err, apperr.Unavailable, "保存时与数据库的连接中断，不能确定本次操作是否已经保存。请先刷新查看，没有保存的再重试。")
		case !clean, !rolledBack(err) && !lost(err):
			return err
		case attempt == txAttempts, lockWait(err) && attempt >= txLockWaits:
			return exhausted(err)
		}
		pause := txBackoff<<attempt + rand.N(txBackoff) //nolint:gosec // jitter
		select {
		case <-ctx.Done():
			return exhausted(errors.Join(err, ctx.Err()))
		case <-time.After(pause):
		}
	}
}

// exhausted is what becomes of an attempt that left nothing behind and is not made again.
func exhausted(err error) error {
	if rolledBack(err) {
		return apperr.Wrap(err, apperr.Unavailable, "其他人正在办理同一事项，暂时无法保存，本次操作没有保存。请稍后重试。")
	}
	return apperr.Wrap(err, apperr.Unavailable, "数据库暂时无法访问，本次操作没有保存。请稍后重试。")
}
