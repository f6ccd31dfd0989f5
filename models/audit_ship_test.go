package models_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const holdFor = time.Minute

// shipping is a log that grows, and what was sent of it.
type shipping struct {
	*testing.T

	db    *gorm.DB
	clock *testkit.Clock
	store *models.Store
	seal  func()
}

func newShipping(t *testing.T, db *gorm.DB) *shipping {
	t.Helper()
	clock := testkit.NewClock()
	s := &shipping{T: t, db: db, clock: clock, store: models.New(db, clock.Now, testkit.Keyring(t))}
	by, _ := signer(t)
	s.seal = func() {
		t.Helper()
		_, err := s.store.SealAudit(t.Context(), by, 0)
		require.NoError(t, err)
	}
	return s
}

func (s *shipping) enter(n int) {
	s.Helper()
	for range n {
		require.NoError(s, s.store.AuditAlone(s.Context(), models.AuditEntry{Action: "session.login"}))
	}
	s.seal()
}

func (s *shipping) claim(holder string, most int) (models.Shipment, []int64) {
	s.Helper()
	sh, err := s.store.ClaimShipment(s.Context(), holder, most, holdFor)
	require.NoError(s, err)
	var seqs []int64
	for _, e := range sh.Entries {
		seqs = append(seqs, *e.Seq)
	}
	return sh, seqs
}

func (s *shipping) done(holder string, sh models.Shipment) {
	s.Helper()
	require.NoError(s, s.store.Shipped(s.Context(), holder, sh.Entries[len(sh.Entries)-1].AuditEntry))
}

func TestShipping(t *testing.T) {
	t.Parallel()
	proveShipping(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestShippingOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	proveShipping(t, testkit.MySQL(t))
}

// Entries are sent in their order, by one worker at a time, until it is known that they
// arrived; who dies with some leaves them to others.
func proveShipping(t *testing.T, db *gorm.DB) {
	t.Helper()
	s := newShipping(t, db)
	require.NoError(t, s.store.AuditAlone(t.Context(), models.AuditEntry{Action: "session.login"}))
	_, seqs := s.claim("a", 2)
	require.Empty(t, seqs, "nothing is sealed")
	s.enter(4)
	first, seqs := s.claim("a", 2)
	require.Equal(t, []int64{1, 2}, seqs)
	_, seqs = s.claim("b", 2)
	require.Empty(t, seqs, "another one sends")
	_, seqs = s.claim("a", 2)
	require.Equal(t, []int64{1, 2}, seqs, "it did not succeed")
	s.clock.Advance(holdFor)
	second, seqs := s.claim("b", 3)
	require.Equal(t, []int64{1, 2, 3}, seqs, "the other one is gone")
	require.ErrorIs(t, s.store.Shipped(t.Context(), "a", first.Entries[1].AuditEntry), models.ErrNotHolder)
	s.done("b", second)
	require.ErrorIs(t, s.store.Shipped(t.Context(), "b", second.Entries[0].AuditEntry), models.ErrNotHolder, "it never goes back")
	require.NoError(t, s.store.ReleaseShipment(t.Context(), "b"))
	third, seqs := s.claim("a", 3)
	require.Equal(t, []int64{4, 5}, seqs)
	require.Equal(t, third.Entries[0].Prev, second.Entries[2].Hash)
	s.done("a", third)
	to, err := s.store.ShippedTo(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(5), to)
	_, seqs = s.claim("a", 3)
	require.Empty(t, seqs)
}

// Whoever has what was sent can recompute the chain, without the database.
func TestWhatIsSentProvesItself(t *testing.T) {
	t.Parallel()
	s := newShipping(t, testkit.SQLite(t))
	s.enter(3)
	sh, _ := s.claim("a", 10)
	prev := ""
	for _, e := range sh.Entries {
		text, omitted := e.Text(1 << 20)
		require.Empty(t, omitted)
		sum := sha256.Sum256([]byte(text))
		require.Equal(t, e.Hash, hex.EncodeToString(sum[:]))
		require.Equal(t, prev, e.Prev)
		require.True(t, prev == "" || strings.Contains(text, prev))
		prev = e.Hash
	}
	long := sh.Entries[0]
	long.Stated, long.Detail = strings.Repeat("s", 5000), strings.Repeat("d", 500)
	text, omitted := long.Text(4000)
	require.Equal(t, []string{"stated"}, omitted)
	require.LessOrEqual(t, len(text), 4000)
	require.Contains(t, text, "ddd")
	_, omitted = long.Text(400)
	require.Equal(t, []string{"stated", "detail"}, omitted)
}

// A log that is not the one that was sent is sent whole, and says so.
func TestAnotherLogIsSentWhole(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]string{
		"cut":       "DELETE FROM audit_log WHERE seq = 3",
		"rewritten": "UPDATE audit_log SET hash = 'x' WHERE seq = 3",
	} {
		s := newShipping(t, testkit.SQLite(t))
		s.enter(3)
		sh, _ := s.claim("a", 10)
		require.Empty(t, sh.Again, name)
		s.done("a", sh)
		exec(t, s.db, how)
		sh, seqs := s.claim("a", 10)
		require.NotEmpty(t, sh.Again, name)
		require.Equal(t, int64(1), seqs[0], name)
		s.done("a", sh)
		sh, seqs = s.claim("a", 10)
		require.Empty(t, sh.Again, name)
		require.Empty(t, seqs, name)
	}
}

// What was purged after it was sent is not missed.
func TestShippingGoesOnAfterAPurge(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	s := &shipping{T: t, db: a.db, store: a.w.Store, seal: func() { a.seal(t) }}
	end := a.heads[len(a.heads)-1].Seq
	sh, seqs := s.claim("a", 1000)
	require.Equal(t, end+1, seqs[0], "what is left")
	require.Empty(t, sh.Again)
	s.done("a", sh)
	a.keepHead(t)
	s.enter(1)
	a.w.Advance(time.Hour)
	to, err := a.w.Store.ShippedTo(t.Context())
	require.NoError(t, err)
	n, err := a.w.Store.PurgeAudit(t.Context(), a.by, a.w.Now(), to, func() {})
	require.NoError(t, err)
	require.Positive(t, n)
	sh, seqs = s.claim("a", 1000)
	require.Empty(t, sh.Again)
	require.Equal(t, to+1, seqs[0])
}
