package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func alarmsOf(t *testing.T, w *testkit.World) int {
	t.Helper()
	list, _, err := w.Store.Alarms(t.Context(), models.AlarmFilter{}, models.Page{})
	require.NoError(t, err)
	n := 0
	for _, a := range list {
		if a.Kind == models.AlarmAudit {
			n++
		}
	}
	return n
}

// turns are the actions that are to be sent now.
func turns(t *testing.T, w *testkit.World) (ids []string) {
	t.Helper()
	for {
		row, err := w.Store.ClaimPending(t.Context())
		require.NoError(t, err)
		if row == nil {
			return ids
		}
		ids = append(ids, row.ID)
	}
}

// Whoever writes to the database signs in as nobody: a session that no process of ours made,
// or whose owner, end or proof was changed, does not exist, and the operator is told.
func TestASessionWrittenByOthersIsNone(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, models.New(testkit.SQLite(t), clock.Now, testkit.Keyring(t)), clock)
	mine, other := w.User(w.School, domain.RoleTeacher), w.User(w.City, domain.RoleAuditor)
	ctx, idle := t.Context(), time.Hour
	require.NoError(t, w.Store.CreateSession(ctx, models.Session{TokenHash: "mine", UserID: mine.ID}, time.Hour))
	require.NoError(t, w.Store.CreateSession(ctx, models.Session{TokenHash: "other", UserID: other.ID}, time.Hour))
	clock.Advance(time.Minute)
	require.NoError(t, w.Store.ProveSession(ctx, "mine", "mine"))
	row, _, err := w.Store.Session(ctx, "mine", idle)
	require.NoError(t, err)
	require.Equal(t, clock.Now(), row.ProvedAt.UTC())
	require.Zero(t, alarmsOf(t, w))

	for name, forge := range map[string]func(tx *gorm.DB) error{
		"another's": func(tx *gorm.DB) error { return tx.Update("user_id", other.ID).Error },
		"another's with its digest": func(tx *gorm.DB) error {
			var of models.Session
			require.NoError(t, w.Store.DB(ctx).Where("token_hash = ?", "other").Take(&of).Error)
			return tx.Updates(map[string]any{"user_id": other.ID, "mac": of.MAC}).Error
		},
		"longer":      func(tx *gorm.DB) error { return tx.Update("expires_at", clock.Now().AddDate(1, 0, 0)).Error },
		"just proved": func(tx *gorm.DB) error { return tx.Update("proved_at", clock.Now().Add(time.Minute)).Error },
		"unmarked":    func(tx *gorm.DB) error { return tx.Update("mac", "").Error },
	} {
		var was models.Session
		require.NoError(t, w.Store.DB(ctx).Where("token_hash = ?", "mine").Take(&was).Error)
		require.NoError(t, forge(w.Store.DB(ctx).Model(&models.Session{}).Where("token_hash = ?", "mine")), name)
		_, _, err = w.Store.Session(ctx, "mine", idle)
		require.True(t, apperr.Is(err, apperr.Unauthenticated), "%s: %v", name, err)
		live, err := w.Store.LiveSessions(ctx, []string{"mine", "other"}, idle)
		require.NoError(t, err)
		require.NotContains(t, live, "mine", name)
		require.True(t, apperr.Is(w.Store.ProveSession(ctx, "mine", "mine"), apperr.Unauthenticated), name)
		require.NoError(t, w.Store.DB(ctx).Save(&was).Error)
	}
	require.Equal(t, 1, alarmsOf(t, w), "once a day")
	_, _, err = w.Store.Session(ctx, "mine", idle)
	require.NoError(t, err)
}

// A pending action that no process of ours received is not sent to its case, however it got
// there; it is kept, and the operator told.
func TestAnActionReceivedByNobodyIsNotSent(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, models.New(testkit.SQLite(t), clock.Now, testkit.Keyring(t)), clock)
	ctx := t.Context()
	require.NoError(t, w.Store.BeginEnvelopes(ctx))
	c, _ := w.Case(w.School, 0)
	foreign, _ := w.Case(w.Foreign, 0)
	received := func(id string) models.ActionRow {
		message := `{"id":"` + id + `"}`
		row, _, err := w.Store.Intake(ctx, models.ActionRow{
			ID: id, CaseID: c.ID, ActorID: "u", Kind: domain.SubmitTeam, ReceivedAt: clock.Now(), Envelope: &message,
		})
		require.NoError(t, err)
		return row
	}
	good, edited, moved := received("good"), received("edited"), received("moved")
	act := w.Store.DB(ctx).Model(&models.ActionRow{})
	require.NoError(t, act.Where("id = ?", edited.ID).Update("envelope", `{"id":"edited","kind":"result.confirm"}`).Error)
	require.NoError(t, w.Store.DB(ctx).Model(&models.ActionRow{}).Where("id = ?", moved.ID).Update("case_id", foreign.ID).Error)
	added := good
	added.ID = "added"
	require.NoError(t, w.Store.DB(ctx).Create(&added).Error)
	bare := good
	bare.ID, bare.EnvelopeMAC = "bare", ""
	require.NoError(t, w.Store.DB(ctx).Create(&bare).Error)

	clock.Advance(2 * time.Minute)
	require.Equal(t, []string{"good"}, turns(t, w))
	require.Equal(t, 4, alarmsOf(t, w))
	clock.Advance(2 * time.Hour)
	require.Equal(t, []string{"good"}, turns(t, w), "they are told of once")
	require.Equal(t, 4, alarmsOf(t, w))
	kept, err := w.Store.ActionByID(ctx, edited.ID)
	require.NoError(t, err)
	require.Equal(t, models.ActionPending, kept.Status, "and are kept")
	require.NotNil(t, kept.ResendAt)
}

// Actions of the release before are adopted for a day, so that none is lost; where there
// were none when digests began, none is.
func TestActionsFromBeforeAreAdopted(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, models.New(testkit.SQLite(t), clock.Now, testkit.Keyring(t)), clock)
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	before := func(id string) {
		message, at := `{}`, clock.Now()
		require.NoError(t, w.Store.DB(ctx).Create(&models.ActionRow{
			ID: id, CaseID: c.ID, ActorID: "u", Kind: domain.SubmitTeam, Status: models.ActionPending, ReceivedAt: at, Envelope: &message, ResendAt: &at,
		}).Error)
	}
	before("one")
	require.NoError(t, w.Store.BeginEnvelopes(ctx))
	require.Equal(t, []string{"one"}, turns(t, w))
	clock.Advance(23 * time.Hour)
	require.NoError(t, w.Store.BeginEnvelopes(ctx), "again, by another worker")
	before("two")
	require.ElementsMatch(t, []string{"one", "two"}, turns(t, w), "a process of the release before still runs")
	clock.Advance(12 * time.Hour)
	before("three")
	require.ElementsMatch(t, []string{"one", "two"}, turns(t, w), "what was adopted goes on")
	require.Equal(t, 1, alarmsOf(t, w))

	entries, _, err := w.Store.AuditLog(ctx, models.Scope{All: true}, models.AuditFilter{Action: models.ActionAdopted}, models.Page{})
	require.NoError(t, err)
	require.Len(t, entries, 2)
}
