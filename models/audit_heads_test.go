package models_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// head is the day's head as it comes back from the object store.
func (a *audited) head(t *testing.T, day, previous string) models.DailyHead {
	t.Helper()
	h, err := a.w.Store.MakeHead(t.Context(), day, previous, a.by)
	require.NoError(t, err)
	read, err := models.ReadHead(bytes.NewReader(h.Encode()))
	require.NoError(t, err)
	require.Equal(t, h, read)
	return read
}

func (a *audited) against(t *testing.T, heads []models.DailyHead, tamper func(tx *gorm.DB)) models.VerifyReport {
	t.Helper()
	tx := a.db.Begin()
	require.NoError(t, tx.Error)
	defer tx.Rollback()
	tamper(tx)
	report, err := a.w.Store.On(tx).Verify(t.Context(), a.keys, stored(heads))
	require.NoError(t, err)
	return report
}

func exec(t *testing.T, tx *gorm.DB, list ...string) {
	t.Helper()
	for _, sql := range list {
		require.NoError(t, tx.Exec(sql).Error)
	}
}

// What was emptied or cut so that the rest agrees with itself is seen by the daily heads.
func TestHeadsSeeWhatIsGone(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	first := a.head(t, "2026-09-02", a.heads[len(a.heads)-1].Digest())
	second := a.head(t, "2026-09-03", first.Digest())
	heads := append(slices.Clone(a.heads), first, second)
	require.Empty(t, a.against(t, heads, func(*gorm.DB) {}).Findings)

	empty := []string{"DELETE FROM audit_log", "DELETE FROM audit_seals", "UPDATE audit_head SET seq = 0, hash = '', sealed_at = NULL"}
	r := a.against(t, heads, func(tx *gorm.DB) { exec(t, tx, empty...) })
	require.Contains(t, kinds(r, "audit_log"), models.TamperCut)

	r = a.against(t, heads, func(tx *gorm.DB) { exec(t, tx, "DELETE FROM events", "DELETE FROM cases") })
	require.Contains(t, kinds(r, "events"), models.TamperCut)

	forged := second
	forged.Seq++
	r = a.against(t, []models.DailyHead{first, forged}, func(*gorm.DB) {})
	require.Contains(t, kinds(r, "daily_heads"), models.TamperForged)
	other := second
	other.Previous = "another"
	other.Signature = first.Signature
	require.Contains(t, kinds(a.against(t, []models.DailyHead{first, other}, func(*gorm.DB) {}), "daily_heads"), models.TamperDeleted)
}

func kinds(r models.VerifyReport, table string) []models.Tampering {
	var list []models.Tampering
	for _, f := range r.Findings {
		if f.Table == table {
			list = append(list, f.Kind)
		}
	}
	return list
}

// A log that was emptied does not begin anew: whoever seals it refuses.
func TestAnEmptiedLogIsNotSealedAnew(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	floor := a.head(t, "2026-03-02", "").Seq
	for name, how := range map[string][]string{
		"log":        {"DELETE FROM audit_log"},
		"seals":      {"DELETE FROM audit_seals"},
		"both":       {"DELETE FROM audit_log", "DELETE FROM audit_seals"},
		"head":       {"DELETE FROM audit_head"},
		"everything": {"DELETE FROM audit_log", "DELETE FROM audit_seals", "UPDATE audit_head SET seq = 0, hash = '', sealed_at = NULL"},
		"the end":    {"DELETE FROM audit_log WHERE seq = (SELECT m FROM (SELECT MAX(seq) AS m FROM audit_log) x)"},
	} {
		tx := a.db.Begin()
		exec(t, tx, how...)
		_, err := a.w.Store.On(tx).SealAudit(t.Context(), a.by, floor)
		require.ErrorIs(t, err, models.ErrAuditCut, name)
		require.NoError(t, tx.Rollback().Error)
	}
}

// Whoever has sealed before does not take up a log again that was set back since and thinned
// out, or has another end, though it agrees with itself and no head saw its end.
func TestALogThatWasSetBackIsNotSealedAgain(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	floor := a.head(t, "2026-03-02", "").Seq
	login := models.AuditEntry{Action: "login", SubjectKind: "user", SubjectID: "u"}
	for range 3 {
		require.NoError(t, a.w.Store.AuditAlone(t.Context(), login))
		a.seal(t)
	}
	exec(t, a.db,
		fmt.Sprintf("DELETE FROM audit_log WHERE seq = %d", floor+2),
		fmt.Sprintf("DELETE FROM audit_seals WHERE to_seq > %d", floor),
		fmt.Sprintf("UPDATE audit_log SET seq = NULL, hash = '', sealed_at = NULL WHERE seq > %d", floor),
		fmt.Sprintf("UPDATE audit_head SET seq = %[1]d, hash = (SELECT hash FROM audit_log WHERE seq = %[1]d), "+
			"sealed_at = (SELECT sealed_at FROM audit_log WHERE seq = %[1]d)", floor))
	_, err := a.w.Store.SealAudit(t.Context(), a.by, floor)
	require.ErrorIs(t, err, models.ErrAuditCut, "it is shorter")

	others := a.w.Store.On(a.db.Session(&gorm.Session{NewDB: true})) // a process that has just begun
	for range 3 {
		require.NoError(t, others.AuditAlone(t.Context(), login))
	}
	_, err = others.SealAudit(t.Context(), a.by, floor)
	require.NoError(t, err)
	_, err = a.w.Store.SealAudit(t.Context(), a.by, floor)
	require.ErrorIs(t, err, models.ErrAuditCut, "it is longer, and another")
}

// A head that the log says was kept is missed, whichever of them it is.
func TestHeadsThatAreGoneAreMissed(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	first := a.head(t, "2026-09-02", a.heads[len(a.heads)-1].Digest())
	require.NoError(t, a.w.Store.HeadEntered(t.Context(), first, "first"))
	second := a.head(t, "2026-09-03", first.Digest())
	require.NoError(t, a.w.Store.HeadEntered(t.Context(), second, "second"))
	a.seal(t)
	none := func(*gorm.DB) {}
	all := append(slices.Clone(a.heads), first, second)
	require.Empty(t, a.against(t, all, none).Findings)
	for name, left := range map[string][]models.DailyHead{"the newest": all[:len(all)-1], "the oldest": all[1:], "all": nil} {
		require.Contains(t, kinds(a.against(t, left, none), "daily_heads"), models.TamperDeleted, name)
	}
	known, err := a.w.Store.HeadKnown(t.Context(), second)
	require.NoError(t, err)
	require.True(t, known)
	second.Seq++
	known, err = a.w.Store.HeadKnown(t.Context(), second)
	require.NoError(t, err)
	require.False(t, known)
}

// An entry that somebody adds to the table is sealed as what it is, and the operator told.
func TestAStrangeEntryIsNamed(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	exec(t, a.db, `INSERT INTO audit_log (id, at, actor_id, actor_role, actor_org, session, ip, request, action, result, code, times, subject_kind, subject_id,
		org_id, path, detail, stated, hash, mac) SELECT 'ffffffff-0000-7000-8000-000000000000', at, actor_id, actor_role, actor_org, session, ip, request, 'user.grant',
		result, code, times, subject_kind, subject_id, org_id, path, detail, '', '', mac FROM audit_log WHERE seq = (SELECT MAX(seq) FROM audit_log)`)
	a.seal(t)
	var alarms int64
	require.NoError(t, a.db.Model(&models.Alarm{}).Where("kind = ?", models.AlarmAudit).Count(&alarms).Error)
	require.EqualValues(t, 1, alarms)
	located(t, a.after(t, func(*gorm.DB) {}), "an added entry", "audit_log", "ffffffff-0000-7000-8000-000000000000")
}

// A case's line leads to the signed root, and another line does not.
func TestALineOfAHeadIsProved(t *testing.T) {
	t.Parallel()
	for n := range 9 {
		var h models.DailyHead
		for i := range n + 1 {
			h.Lines = append(h.Lines, models.ChainLine{CaseID: string(rune('a' + i)), Seq: i, Hash: "h"})
		}
		h.Root = models.RootOf(h.Lines)
		for _, l := range h.Lines {
			line, proof, ok := h.Prove(l.CaseID)
			require.True(t, ok)
			require.True(t, proof.Leads(line, h.Root))
			line.Seq++
			require.False(t, proof.Leads(line, h.Root))
		}
	}
}
