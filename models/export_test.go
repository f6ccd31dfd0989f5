package models

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/notary"
)

// MigrationStatements are the statements of one migration as they run on a dialect of
// gorm's.
func MigrationStatements(dialect, name string) ([]string, error) {
	types := columnTypes[goose.DialectMySQL]
	if dialect == "sqlite" {
		types = columnTypes[goose.DialectSQLite3]
	}
	raw, err := fs.ReadFile(migrations, "migrations/"+name)
	return strings.Split(types.Replace(string(raw)), ";\n"), err
}

var errRehearsed = errors.New("rehearsed")

// Rehearse has every transaction that would be committed rolled back and run again, as
// after a deadlock at the very end.
func (s *Store) Rehearse() *Store {
	s.once = func(ctx context.Context, fn func(tx *gorm.DB) error) (bool, error) {
		clean, err := s.transact(ctx, func(tx *gorm.DB) error {
			if err := fn(tx); err != nil {
				return err
			}
			return errRehearsed
		})
		if !errors.Is(err, errRehearsed) {
			return clean, err
		}
		return s.transact(ctx, fn)
	}
	return s
}

// ServerProblems is what is wrong with a server that says this of itself.
func ServerProblems(said map[string]string, lifetime time.Duration) []string {
	return server(said).problems(lifetime)
}

// CheckServer asks a server through conns what the store relies on.
func CheckServer(ctx context.Context, conns *sql.DB, lifetime time.Duration) error {
	return checkServer(ctx, conns, lifetime)
}

// PatientLimits are how long a migration waits for the server to answer, and the server
// lets it read: 0 is without end.
func PatientLimits(t *testing.T, db *gorm.DB) (read time.Duration, execution int) {
	t.Helper()
	p, ok := db.ConnPool.(pool)
	require.True(t, ok)
	config := p.unhurried()
	conns, err := p.patient()
	require.NoError(t, err)
	defer func() { require.NoError(t, conns.Close()) }()
	require.NoError(t, conns.QueryRowContext(t.Context(), "SELECT @@max_execution_time").Scan(&execution))
	return config.ReadTimeout, execution
}

// Patient are the connections of migrations.
func Patient(t *testing.T, db *gorm.DB) *sql.DB {
	t.Helper()
	p, ok := db.ConnPool.(pool)
	require.True(t, ok)
	conns, err := p.patient()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conns.Close()) })
	return conns
}

// SnapshotLimit is for how long the server reads for a statement of a snapshot: 0 is without
// end.
func (s *Store) SnapshotLimit(ctx context.Context) (ms int, err error) {
	return ms, s.snapshot(ctx, func(tx *gorm.DB) error { return tx.Raw("SELECT @@max_execution_time").Scan(&ms).Error })
}

// On is the store over another view of its database.
func (s *Store) On(tx *gorm.DB) *Store { return New(tx, s.now, s.keys) }

// SignHead is a head with its signature.
func SignHead(h DailyHead, by *notary.Signer) DailyHead {
	h.Signature = by.Sign(notary.PurposeHead, h.message())
	return h
}

// CompareHeads compares the events with daily heads, and nothing else.
func (s *Store) CompareHeads(ctx context.Context, keys notary.Keys, heads []KeptHead) (VerifyReport, error) {
	v := &verifier{s: s, keys: keys}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		v.tx = tx
		return errors.Join(v.expect(ctx, heads), v.chains(ctx))
	})
	return v.report, err
}

// SomeBytes is how much text is taken at a time of entries.
const SomeBytes = someBytes

// RootOf is the root of the tree over the lines of a head.
func RootOf(lines []ChainLine) string { return root(lines) }

// Every row that a test writes is read again: what is stated must be what is there.
var _ = func() bool { doubted = true; return doubted }()

// Trusting believes what writes tell of their rows, as outside of tests. Not for a test that
// runs in parallel.
func Trusting(tb testing.TB) {
	tb.Helper()
	doubted = false
	tb.Cleanup(func() { doubted = true })
}

// Reseal chains an event anew, as whoever has no key could.
func Reseal(e *Event, prev string) { e.seal(prev) }
