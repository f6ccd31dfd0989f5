package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A table that this release is the first to state: processes of the one before write to it
// without a word during the upgrade, and that is no finding, neither then nor ever.
func TestATableThatIsStatedFromNowOn(t *testing.T) {
	t.Parallel()
	proveNewTable(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestATableThatIsStatedFromNowOnOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	proveNewTable(t, testkit.MySQL(t))
}

func proveNewTable(t *testing.T, db *gorm.DB) {
	t.Helper()
	clock := testkit.NewClock()
	store := models.New(db, clock.Now, testkit.Keyring(t))
	by, keys := signer(t)
	verify := func() models.VerifyReport {
		t.Helper()
		_, err := store.SealAudit(t.Context(), by, 0)
		require.NoError(t, err)
		r, err := store.Verify(t.Context(), keys, nil)
		require.NoError(t, err)
		return r
	}
	add := func() *models.Registry {
		t.Helper()
		r := &models.Registry{OrgID: uuid.NewString(), PollAt: clock.Now(), UpdatedAt: clock.Now()}
		require.NoError(t, store.DB(t.Context()).Create(r).Error)
		return r
	}
	// The release before has stated everything but this table.
	require.NoError(t, store.AuditAlone(t.Context(), models.AuditEntry{Action: models.ActionBaselined, SubjectKind: "audit"}))
	old, gone, kept := add(), add(), add()
	require.NoError(t, store.BeginAudit(t.Context(), by))
	clock.Advance(time.Hour)
	unsaid := []string{
		"UPDATE registries SET mode = 'file' WHERE org_id = '" + old.OrgID + "'", "DELETE FROM registries WHERE org_id = '" + gone.OrgID + "'",
	}
	exec(t, db, unsaid...)
	kept.Mode = models.RegistryPush
	require.NoError(t, store.DB(t.Context()).Save(kept).Error)
	r := verify()
	require.Empty(t, r.Findings)
	require.Contains(t, strings.Join(r.Notes, "\n"), "registries")

	clock.Advance(22 * time.Hour)
	require.NoError(t, store.StateNewTables(t.Context()))
	require.NotEmpty(t, verify().Notes, "it is not time yet")
	clock.Advance(time.Hour)
	for range 2 {
		require.NoError(t, store.StateNewTables(t.Context()))
	}
	r = verify()
	require.Empty(t, r.Findings)
	require.Empty(t, r.Notes)
	var entries int64
	require.NoError(t, db.Model(&models.AuditEntry{}).Where("action = ?", models.ActionBaselined).Count(&entries).Error)
	require.Equal(t, int64(2), entries, "it is stated once")
	add()
	require.Empty(t, verify().Findings)

	exec(t, db, "UPDATE registries SET settings = '{\"url\":\"https://elsewhere.example\"}' WHERE org_id = '"+old.OrgID+"'")
	r = verify()
	require.Len(t, r.Findings, 1, "from now on it is")
	require.Equal(t, models.TamperEdited, r.Findings[0].Kind)
	exec(t, db, "DELETE FROM registries WHERE org_id = '"+kept.OrgID+"'")
	require.Len(t, verify().Findings, 2)
}
