package models_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// account is a database as an account of a process sees it.
func account(t *testing.T, owner *gorm.DB, process models.Process) *gorm.DB {
	t.Helper()
	name := "zx_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:20]
	require.NoError(t, owner.Exec("CREATE USER ? IDENTIFIED BY 'word'", name).Error)
	t.Cleanup(func() { require.NoError(t, owner.Exec("DROP USER ?", name).Error) })
	for range 2 { // every migration gives them again
		require.NoError(t, models.GrantRights(t.Context(), owner, map[models.Process]string{process: name}))
	}
	c, err := mysql.ParseDSN(testkit.DSN(t, owner, ""))
	require.NoError(t, err)
	c.User, c.Passwd = name, "word"
	return testkit.OpenDSN(t, c.FormatDSN())
}

// Whoever takes over a process cannot rewrite what was done, nor change the schema.
func TestRightsOfProcessesMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	owner := testkit.MySQL(t)
	api, worker := account(t, owner, models.ProcessAPI), account(t, owner, models.ProcessWorker)
	const reads = "SELECT COUNT(*) FROM "
	for sql, want := range map[string]struct{ api, worker bool }{
		reads + "events":              {true, true},
		reads + "goose_db_version":    {true, true},
		"UPDATE users SET failed = 0": {true, true},
		"DELETE FROM sessions":        {true, true},
		"UPDATE audit_log SET seq = 1, hash = 'x', sealed_at = NULL WHERE id = ''":  {false, true},
		"UPDATE audit_log SET detail = 'x'":                                         {},
		"UPDATE audit_shipping SET seq = 0":                                         {false, true},
		"DELETE FROM audit_shipping":                                                {},
		"UPDATE audit_head SET seq = seq":                                           {false, true},
		"DELETE FROM audit_log":                                                     {false, true},
		"UPDATE events SET body = 'x'":                                              {},
		"DELETE FROM events":                                                        {},
		"DELETE FROM registry_journal":                                              {},
		"UPDATE audit_seals SET signature = 'x'":                                    {},
		"UPDATE audit_checkpoints SET digest = 'x'":                                 {false, true},
		"DELETE FROM audit_checkpoints":                                             {},
		"DELETE FROM goose_db_version":                                              {},
		"DROP TABLE events":                                                         {},
		"TRUNCATE audit_log":                                                        {},
		"ALTER TABLE users DROP COLUMN login":                                       {},
		"CREATE TABLE own (id INT)":                                                 {},
		"CREATE TRIGGER own BEFORE INSERT ON events FOR EACH ROW SET NEW.body = ''": {},
		"GRANT DELETE ON events TO CURRENT_USER()":                                  {},
	} {
		for _, by := range []struct {
			name string
			db   *gorm.DB
			may  bool
		}{{"api", api, want.api}, {"worker", worker, want.worker}} {
			err := by.db.Exec(sql).Error
			if by.may {
				require.NoError(t, err, "%s: %s", by.name, sql)
			} else {
				require.Error(t, err, "%s: %s", by.name, sql)
				require.Regexp(t, "denied", err.Error(), "%s: %s", by.name, sql)
			}
		}
	}
	require.Error(t, models.GrantRights(t.Context(), owner, map[models.Process]string{models.ProcessAPI: "a`b"}))
}

// The worker has the rights that sealing the log needs, and purging it.
func TestWorkerSealsByItsRightsMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	clock := testkit.NewClock()
	store := models.New(account(t, testkit.MySQL(t), models.ProcessWorker), clock.Now, testkit.Keyring(t))
	by, _ := signer(t)
	require.NoError(t, store.AuditAlone(t.Context(), models.AuditEntry{Action: "test.entry"}))
	sealed, err := store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	require.Equal(t, 1, sealed)
	h, err := store.MakeHead(t.Context(), "2026-01-01", "", by)
	require.NoError(t, err)
	require.NoError(t, store.HeadEntered(t.Context(), h, "key"))
	_, err = store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	clock.Advance(time.Hour)
	sh, err := store.ClaimShipment(t.Context(), "worker", 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, sh.Entries, 2)
	require.NoError(t, store.Shipped(t.Context(), "worker", sh.Entries[1].AuditEntry))
	purged, err := store.PurgeAudit(t.Context(), by, clock.Now(), math.MaxInt64, func() {})
	require.NoError(t, err)
	require.Equal(t, 1, purged)
}

// A right that is taken away in a later version does not stay.
func TestRightsGoDownMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	owner := testkit.MySQL(t)
	api := account(t, owner, models.ProcessAPI)
	var name string
	require.NoError(t, api.Raw("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)").Scan(&name).Error)
	require.NoError(t, owner.Exec("GRANT UPDATE, DELETE ON events TO ?", name).Error)
	require.NoError(t, api.Exec("DELETE FROM events").Error)
	require.NoError(t, models.GrantRights(t.Context(), owner, map[models.Process]string{models.ProcessAPI: name}))
	require.ErrorContains(t, api.Exec("DELETE FROM events").Error, "denied")
}
