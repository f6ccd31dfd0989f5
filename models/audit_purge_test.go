package models_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// What was purged is proved by a checkpoint and the daily heads; nothing else may be gone.
func TestPurgedEntriesAreProved(t *testing.T) {
	t.Parallel()
	provePurge(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestPurgedEntriesAreProvedOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	provePurge(t, testkit.MySQL(t))
}

func provePurge(t *testing.T, db *gorm.DB) {
	t.Helper()
	a := newAudited(t, db)
	clean := a.against(t, a.heads, func(*gorm.DB) {})
	require.Empty(t, clean.Findings)
	require.Equal(t, a.heads[len(a.heads)-1].Seq, clean.Purged)
	var points []models.AuditCheckpoint
	require.NoError(t, db.Order("from_seq").Find(&points).Error)
	require.Len(t, points, len(a.heads))
	last := points[len(points)-1]

	for name, how := range map[string][]string{
		"a hole without a checkpoint": {"DELETE FROM audit_log WHERE seq <= (SELECT m FROM (SELECT MIN(seq) + 2 AS m FROM audit_log) x)"},
		"a widened checkpoint": {
			"DELETE FROM audit_log WHERE seq <= (SELECT m FROM (SELECT MIN(seq) AS m FROM audit_log) x)",
			"UPDATE audit_checkpoints SET to_seq = to_seq + 1 WHERE from_seq > 1",
		},
		"one of another log": {"UPDATE audit_checkpoints SET digest = hash"},
		"no checkpoints":     {"DELETE FROM audit_checkpoints"},
	} {
		r := a.against(t, a.heads, func(tx *gorm.DB) { exec(t, tx, how...) })
		require.NotEmpty(t, append(kinds(r, "audit_checkpoints"), kinds(r, "audit_log")...), name)
	}

	other, _ := signer(t)
	forged := models.AuditCheckpoint{FromSeq: last.ToSeq + 1, ToSeq: last.ToSeq + 1, Hash: last.Hash, Digest: last.Digest, At: last.At, KeyID: other.ID()}
	forged.Signature = other.Sign("zhengxiao.audit.checkpoint.v1", "whatever")
	r := a.against(t, a.heads, func(tx *gorm.DB) { require.NoError(t, tx.Create(&forged).Error) })
	require.Contains(t, kinds(r, "audit_checkpoints"), models.TamperKey)

	elsewhere := slices.Clone(a.heads)
	elsewhere[0].Hash = last.Hash
	require.Contains(t, kinds(a.against(t, elsewhere, func(*gorm.DB) {}), "audit_checkpoints"), models.TamperRewritten, "the head has seen another log")
}

// What is broken off goes on where it stopped, and removes nothing that was not shipped.
// That old entries go is no new beginning: a purge opens no time again in which actions of
// nobody's would be taken for ours.
func TestAPurgeForgetsNoBeginning(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	begun := func() []models.AuditEntry {
		var rows []models.AuditEntry
		require.NoError(t, a.db.Where("action = ?", models.ActionEnvelopes).Find(&rows).Error)
		return rows
	}
	before := begun()
	require.Len(t, before, 1)
	require.Greater(t, *before[0].Seq, a.heads[len(a.heads)-1].Seq, "carried past the purge")
	require.NoError(t, a.w.Store.BeginEnvelopes(t.Context()))
	require.Equal(t, before, begun())
}

func TestPurgeGoesOn(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	for range 2 {
		for range 700 {
			require.NoError(t, a.w.Store.AuditAlone(t.Context(), models.AuditEntry{Action: "session.login"}))
		}
		a.keepHead(t)
	}
	a.seal(t)
	a.w.Advance(time.Hour)
	first, second := a.heads[len(a.heads)-2].Seq, a.heads[len(a.heads)-1].Seq
	purge := func(upTo int64, beat func()) int64 {
		_, err := a.w.Store.PurgeAudit(t.Context(), a.by, a.w.Now(), upTo, beat)
		require.NoError(t, err)
		a.seal(t)
		r := a.against(t, a.heads, func(*gorm.DB) {})
		require.Empty(t, r.Findings)
		return r.Purged
	}
	require.Less(t, purge(first-1, func() {}), first, "the receiver has not had them yet")
	require.Panics(t, func() { purge(math.MaxInt64, func() { panic("killed after the first batch") }) })
	r := a.against(t, a.heads, func(*gorm.DB) {})
	require.Empty(t, r.Findings)
	require.Less(t, r.Purged, first)
	require.Equal(t, second, purge(math.MaxInt64, func() {}))
	require.Equal(t, second, purge(math.MaxInt64, func() {}), "nothing is left to do")
	require.NoError(t, a.w.Store.BeginAudit(t.Context(), a.by))
	a.seal(t)
	var entries []models.AuditEntry
	require.NoError(t, a.db.Where("action IN ?", []string{models.ActionKey, models.ActionBaseline}).Find(&entries).Error)
	require.Len(t, entries, 1, "a worker that starts again finds that key and rows are entered: %v", entries)
}

// An entry that was edited is not purged: it would be gone as evidence.
func TestWhatWasEditedIsNotPurged(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	a.keepHead(t)
	a.seal(t)
	exec(t, a.db, "UPDATE audit_log SET ip = '10.0.0.1' WHERE seq = (SELECT m FROM (SELECT MIN(seq) AS m FROM audit_log) x)")
	a.w.Advance(time.Hour)
	_, err := a.w.Store.PurgeAudit(t.Context(), a.by, a.w.Now(), math.MaxInt64, func() {})
	require.ErrorIs(t, err, models.ErrAuditCut)
}
