package models

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/secret"
)

// Store reads and writes everything the system keeps in SQL. It is safe for concurrent
// use.
type Store struct {
	db        *gorm.DB
	now       func() time.Time
	keys      *secret.Keyring
	outbound  outbound.Policy // where channels may lead
	policies  sync.Map        // digest → domain.Policy, which never change
	calendars sync.Map        // version → *calendar.Calendar, likewise

	signer atomic.Pointer[notary.Signer] // of events; nil leaves them unsigned
	sealed atomic.Pointer[sealedTo]      // how far the audit log certainly went

	once func(ctx context.Context, fn func(tx *gorm.DB) error) (clean bool, err error) // transact
}

// New returns a store over a migrated database. now is the only clock it looks at, keys
// seal personal data.
func New(db *gorm.DB, now func() time.Time, keys *secret.Keyring) *Store {
	s := &Store{now: now, keys: keys}
	if err := db.Use(watch{s}); err != nil && !errors.Is(err, gorm.ErrRegistered) {
		panic(err) // the names of its callbacks are taken
	}
	s.db = db.Session(&gorm.Session{NowFunc: s.Now}) // gorm stamps updated_at itself
	s.once = s.transact
	return s
}

// Outbound says where channels may lead; without it only to public addresses over TLS. To
// be called before the store is used.
func (s *Store) Outbound(p outbound.Policy) { s.outbound = p }

// Now is the store's time: UTC, in the microseconds that the database keeps.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// DB is the database outside any transaction.
func (s *Store) DB(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

// SignWith has every event signed from now on.
func (s *Store) SignWith(by *notary.Signer) { s.signer.Store(by) }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return fail(s.DB(ctx).Exec("SELECT 1").Error, "ping database")
}

// newID is a new UUIDv7: ids sort by the time they were made.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// forShare and forUpdate lock the rows read. SQLite's transactions are immediate, which
// locks everything.
func forShare(tx *gorm.DB) *gorm.DB  { return tx.Clauses(clause.Locking{Strength: "SHARE"}) }
func forUpdate(tx *gorm.DB) *gorm.DB { return tx.Clauses(clause.Locking{Strength: "UPDATE"}) }

// found turns "no such row" into a not_found about what.
func found(err error, what, doing string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return notFound(what)
	}
	return fail(err, doing)
}

func notFound(what string) *apperr.Error {
	return apperr.Newf(apperr.NotFound, "找不到该%s：可能已被删除，或不在您的管理范围内。", what)
}

// upsert writes a row whose key may exist, replacing every column.
func upsert(tx *gorm.DB) *gorm.DB { return tx.Clauses(clause.OnConflict{UpdateAll: true}) }
