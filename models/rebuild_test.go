package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Events that were lost are written again only by a process that signs them, once events
// are signed; so a repair is never taken for a forgery.
func TestLostEventsComeBackSigned(t *testing.T) {
	t.Parallel()
	db, clock := testkit.SQLite(t), testkit.NewClock()
	w := testkit.NewWorld(t, models.New(db, clock.Now, testkit.Keyring(t)), clock)
	by, keys := signer(t)
	require.NoError(t, w.Store.BeginAudit(t.Context(), by))
	c, _ := w.Case(w.School, 0)
	first, err := c.Decode()
	require.NoError(t, err)
	bureau := domain.Actor{UserID: "b", Role: domain.RoleBureau, OrgID: w.District.ID}
	ended := models.Received{Action: domain.Action{
		ID: "end", Kind: domain.Terminate, Actor: bureau, Visit: first.Entered, Body: domain.Body{Comment: "学校撤并"}, At: clock.Now(),
	}}
	before, err := w.Store.CaseByID(t.Context(), c.ID)
	require.NoError(t, err)
	d, err := w.Store.Decide(t.Context(), c.ID, 1, ended)
	require.NoError(t, err)
	require.True(t, d.Outcome.Accepted(), d.Outcome.Message)
	exec(t, db, "DELETE FROM events WHERE seq = 2", "DELETE FROM actions WHERE id = 'end'", "DELETE FROM outbox", "DELETE FROM notices")
	require.NoError(t, db.Table("cases").Where("id = ?", c.ID).UpdateColumns(map[string]any{"seq": 1, "head_hash": before.HeadHash}).Error)

	history := []models.Remembered{
		{Received: models.Received{Action: domain.Action{ID: "open"}}, Outcome: domain.Snapshot("open", first)},
		{Received: ended, Outcome: d.Outcome},
	}
	n := models.NewCase{CohortID: c.CohortID, SchoolID: c.SchoolID, WorkflowID: c.WorkflowID}
	keyless := w.Store.On(db.Session(&gorm.Session{NewDB: true}))
	require.True(t, apperr.Is(keyless.Rebuild(t.Context(), n, history), apperr.Conflict))
	require.NoError(t, w.Store.Rebuild(t.Context(), n, history))
	_, err = w.Store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	r, err := w.Store.Verify(t.Context(), keys, nil)
	require.NoError(t, err)
	require.NotContains(t, kinds(r, "events"), models.TamperUnsigned)
	require.Zero(t, r.Unsigned)
}
