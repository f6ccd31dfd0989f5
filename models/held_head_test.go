package models_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// Whoever holds the row at the head of a chain open stops the chain, and nothing else: who
// has to wait is refused in the end and told that nothing was saved, how long it lasts is
// among the vitals, and afterwards the chain goes on in order, without a gap.
func TestAHeadThatIsHeldOpen(t *testing.T) {
	t.Parallel()
	holdHeads(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestAHeadThatIsHeldOpenOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	holdHeads(t, testkit.MySQL(t))
}

func holdHeads(t *testing.T, db *gorm.DB) {
	t.Helper()
	a := &audited{db: db, w: lifecycle.On(t, db)}
	a.by, a.keys = signer(t)
	require.NoError(t, a.w.Store.BeginAudit(t.Context(), a.by))
	a.keepHead(t)
	a.seal(t)
	h := held{a, a.w.Store.On(hasty(t, db))}
	h.store.SignWith(a.by)
	h.log(t)
	h.events(t)
	a.seal(t)
	r, err := a.w.Store.Verify(t.Context(), a.keys, stored(a.heads))
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}

// held is a process, its store, that meets a head held by another transaction.
type held struct {
	*audited

	store *models.Store
}

// beside is another pool on a database.
func beside(t *testing.T, db *gorm.DB) *gorm.DB {
	t.Helper()
	if db.Name() == "mysql" {
		return testkit.OpenDSN(t, testkit.DSN(t, db, ""))
	}
	other, err := sqlitedb.Open(testkit.File(t, db))
	require.NoError(t, err)
	t.Cleanup(func() {
		pool, err := other.DB()
		require.NoError(t, err)
		require.NoError(t, pool.Close())
	})
	return other
}

// hasty is a pool of one connection that does not wait long for a lock.
func hasty(t *testing.T, db *gorm.DB) *gorm.DB {
	t.Helper()
	other := beside(t, db)
	pool, err := other.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(1)
	limit := "PRAGMA busy_timeout = 20"
	if db.Name() == "mysql" {
		limit = "SET innodb_lock_wait_timeout = 1"
	}
	require.NoError(t, other.Exec(limit).Error)
	return other
}

// hold locks a row, on SQLite everything, until give is called.
func (h held) hold(t *testing.T, table, id string) (give func()) {
	t.Helper()
	tx := beside(t, h.db).Begin()
	require.NoError(t, tx.Error)
	sql := "SELECT id FROM " + table + " WHERE id = ?"
	if tx.Name() == "mysql" {
		sql += " FOR UPDATE"
	}
	var found string
	require.NoError(t, tx.Raw(sql, id).Scan(&found).Error)
	require.Equal(t, id, found)
	return func() { require.NoError(t, tx.Rollback().Error) }
}

func refused(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "本次操作没有保存。请稍后重试。")
}

// log holds the head of the audit log. Who writes entries does not need it on MySQL.
func (h held) log(t *testing.T) {
	t.Helper()
	enter := func(n int) error {
		h.w.Advance(time.Minute)
		return h.store.AuditAlone(t.Context(), models.AuditEntry{Action: "session.login", SubjectKind: "held", SubjectID: strconv.Itoa(n)})
	}
	require.NoError(t, enter(0))
	since := h.w.Now()
	give := h.hold(t, "audit_head", "audit")
	saved := 1
	for n := 1; n <= 3; n++ {
		err := enter(saved)
		if h.db.Name() == "mysql" {
			require.NoError(t, err)
		}
		if saved++; err != nil {
			refused(t, err)
			saved--
		}
	}
	sealed, err := h.store.SealAudit(t.Context(), h.by, 0)
	require.Zero(t, sealed)
	if h.db.Name() == "mysql" {
		require.NoError(t, err, "some other process is at it, for all anybody knows")
	} else {
		refused(t, err)
	}
	_, err = h.store.PurgeAudit(t.Context(), h.by, h.w.Now(), math.MaxInt64, func() {})
	refused(t, err)
	v, err := h.store.Vitals(t.Context())
	require.NoError(t, err)
	require.Equal(t, models.Backlog{Count: saved, Oldest: since}, v.Audit.Unsealed)
	require.GreaterOrEqual(t, v.At.Sub(v.Audit.Unsealed.Oldest), 3*time.Minute)

	give()
	for ; saved <= 3; saved++ {
		require.NoError(t, enter(saved))
	}
	sealed, err = h.store.SealAudit(t.Context(), h.by, 0)
	require.NoError(t, err)
	require.Equal(t, saved, sealed)
	var order []string
	require.NoError(t, h.db.Model(&models.AuditEntry{}).Where("subject_kind = ?", "held").Order("seq").Pluck("subject_id", &order).Error)
	require.Equal(t, []string{"0", "1", "2", "3"}, order)
}

// events holds a case's row, the head of its events.
func (h held) events(t *testing.T) {
	t.Helper()
	c, _ := h.w.Open(t)
	draft := h.w.Prepare(t, c.ID)
	h.decide(t, c.ID, h.w.Envelope(t, c.ID, domain.SubmitTeam, h.w.Head, domain.Body{}))
	e := h.w.Envelope(t, c.ID, domain.SubmitDiagnosis, h.w.Admin, domain.Body{})
	known := h.w.State(t, c.ID).Seq
	since := h.w.Now()
	_, fresh, err := h.store.Intake(t.Context(), models.ActionRow{
		ID: e.ID, CaseID: c.ID, Kind: e.Kind, ActorID: e.Actor.UserID, ReceivedAt: since,
	})
	require.NoError(t, err)
	require.True(t, fresh)

	give := h.hold(t, "cases", c.ID)
	_, err = h.store.Decide(t.Context(), c.ID, known, e.Received())
	refused(t, err)
	h.w.Advance(time.Hour)
	v, err := h.store.Vitals(t.Context())
	require.NoError(t, err)
	require.Equal(t, models.Backlog{Count: 1, Oldest: since}, v.Mailbox)

	give()
	for range 2 { // who was refused tries again, and more than once
		d, err := h.store.Decide(t.Context(), c.ID, known, e.Received())
		require.NoError(t, err)
		require.NoError(t, d.Outcome.Err())
	}
	h.decide(t, c.ID, h.w.Envelope(t, c.ID, domain.SubmitPlan, h.w.Admin, domain.Body{Draft: draft}))
	var kinds []domain.Kind
	require.NoError(t, h.db.Model(&models.Event{}).Where("case_id = ?", c.ID).Order("seq").Pluck("kind", &kinds).Error)
	require.Equal(t, []domain.Kind{domain.SystemOpen, domain.SubmitTeam, domain.SubmitDiagnosis, domain.SubmitPlan}, kinds)
}
