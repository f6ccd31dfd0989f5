package models_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// signer is a new key, and what verifies it.
func signer(tb testing.TB) (*notary.Signer, notary.Keys) {
	tb.Helper()
	seed, err := notary.Generate()
	require.NoError(tb, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(tb, err)
	keys, err := notary.ParseKeys([]string{by.Public()})
	require.NoError(tb, err)
	return by, keys
}

// audited is a database with a whole life of a case in it, sealed and signed.
type audited struct {
	db   *gorm.DB
	w    *lifecycle.World
	by   *notary.Signer
	keys notary.Keys

	heads []models.DailyHead // until when the log is purged
}

// newAudited is such a database, its log of the first months purged.
func newAudited(t *testing.T, db *gorm.DB) *audited {
	t.Helper()
	a := &audited{db: db, w: lifecycle.On(t, db)}
	a.by, a.keys = signer(t)
	require.NoError(t, a.w.Store.BeginAudit(t.Context(), a.by))
	require.NoError(t, a.w.Store.BeginEnvelopes(t.Context()))
	c, _ := a.w.Open(t)
	s := lifecycle.Script{T: t, W: a.w, CaseID: c.ID, Send: func(e lifecycle.Envelope) {
		a.decide(t, c.ID, e)
		if e.Kind == domain.ApprovePlan {
			for _, status := range []domain.RosterStatus{domain.RosterLeave, domain.RosterActive} {
				change := domain.Body{User: a.w.Teacher(0), RosterStatus: status, Comment: "产假"}
				a.decide(t, c.ID, a.w.Envelope(t, c.ID, domain.ChangeRoster, a.w.Reviewer, change))
			}
		}
	}}
	a.beside(t)
	s.ToFiling()
	a.keepHead(t)
	s.ReturnOnce()
	s.ToScoring()
	a.keepHead(t)
	s.Score(900)
	s.Confirm(domain.VerdictPass)
	s.Register()
	a.seal(t)
	_, err := a.w.Store.PurgeAudit(t.Context(), a.by, a.w.Now(), math.MaxInt64, func() {})
	require.NoError(t, err)
	a.seal(t)
	return a
}

// keepHead keeps the head of a day, as it comes back from the object store.
func (a *audited) keepHead(t *testing.T) {
	t.Helper()
	a.seal(t)
	previous := ""
	if n := len(a.heads); n > 0 {
		previous = a.heads[n-1].Digest()
	}
	h := a.head(t, a.w.Now().Format(time.DateOnly), previous)
	a.heads = append(a.heads, h)
	require.NoError(t, a.w.Store.HeadEntered(t.Context(), h, "object"))
	a.w.Advance(time.Minute)
}

// stored are heads as files.
func stored(list []models.DailyHead) []models.KeptHead {
	files := make([]models.KeptHead, len(list))
	for i, h := range list {
		files[i] = models.KeptHead{Name: h.FileName(), Version: "v", Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(h.Encode())), nil
		}}
	}
	return files
}

// beside leaves rows in the tables that a case's life does not reach.
func (a *audited) beside(t *testing.T) {
	t.Helper()
	store, at := a.w.Store, a.w.Now()
	for range 2 {
		_, err := store.AddOverlay(t.Context(), models.Overlay{ScopeID: a.w.School.ID, Programme: "2.0", Body: "{}", EffectiveFrom: at, CreatedBy: a.w.Bureau.UserID})
		require.NoError(t, err)
	}
	require.NoError(t, store.PutCalendar(t.Context(), "2026-1", []byte("{}"), a.w.Bureau.UserID))
	require.NoError(t, store.PutCalendar(t.Context(), "2026-2", []byte(`{"days":1}`), a.w.Bureau.UserID))
	for range 2 {
		id := uuid.NewString()
		require.NoError(t, store.DB(t.Context()).Create(&models.Channel{ID: id, OrgID: a.w.School.ID, Name: id, CreatedAt: at, UpdatedAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.Registry{OrgID: id, Path: id, PollAt: at, UpdatedAt: at}).Error)
		for _, row := range []any{
			&models.RegistryBatch{ID: id, OrgID: id, Path: id, State: models.BatchReady, DueAt: at, CreatedAt: at},
			&models.RegistryRecord{No: id, CaseID: id, UserID: id, State: registry.Sent, CreatedAt: at},
			&models.RegistryEntry{ID: id, No: id, Kind: registry.EntrySent, At: at},
			&models.RegistryStray{ID: id, OrgID: id, No: id, At: at},
			&models.RegistryReversal{ID: id, No: id, CaseID: id, State: models.ReversalAsked, AskedAt: at},
		} {
			require.NoError(t, store.DB(t.Context()).Create(row).Error)
		}
		require.NoError(t, store.DB(t.Context()).Create(&models.AdminChange{ID: id, OpenSlot: id, AskedAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.MachineToken{ID: id, Name: id, Prefix: id[:8], Hash: id, CreatedAt: at, ExpiresAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.LinkedLogin{Provider: id[:8], Subject: id, UserID: id, CreatedAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.SecondFactor{UserID: id, CreatedAt: at, ConfirmedAt: &at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.PersonalRead{ID: id, ViewerID: id, At: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.Acknowledgement{UserID: id, Version: id[:16], At: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.PrivacyNotice{Version: id[:16], Since: at, Text: id}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.RetentionRule{Class: id[:16], UpdatedAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.LegalHold{ID: id, OpenSlot: id, SetAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.ErasureRun{ID: id, OpenSlot: id, PreparedAt: at}).Error)
		require.NoError(t, store.DB(t.Context()).Create(&models.DataRequest{ID: id, UserID: id, OpenSlot: id, AskedAt: at, DueAt: at}).Error)
	}
	colleague := a.w.Colleague(t, domain.RoleInspector)
	_, err := store.Delegate(t.Context(), models.Delegation{
		FromUser: a.w.Reviewer.UserID, ToUser: colleague.UserID, StartsAt: at, EndsAt: at.AddDate(0, 0, 7), Reason: "出差",
	}, []models.Grant{{UserID: a.w.Reviewer.UserID, Role: a.w.Reviewer.Role, OrgID: a.w.Reviewer.OrgID}})
	require.NoError(t, err)
}

// decide takes one action as the case's workflow would.
func (a *audited) decide(t *testing.T, caseID string, e lifecycle.Envelope) {
	t.Helper()
	store := a.w.Store
	d, err := store.Decide(t.Context(), caseID, a.w.State(t, caseID).Seq, e.Received())
	require.NoError(t, err)
	require.NoError(t, d.Outcome.Err(), e.Kind)
	if s := a.w.State(t, caseID); s.Job == domain.JobCredit {
		require.NoError(t, store.Recognize(t.Context(), caseID, func(int, int) {}))
		done := domain.Action{ID: domain.SystemActionID(caseID, domain.SystemCredited, s.Entered, ""), Kind: domain.SystemCredited, Actor: domain.System(), At: e.At}
		_, err = store.Decide(t.Context(), caseID, s.Seq, models.Received{Action: done})
		require.NoError(t, err)
	}
}

func (a *audited) seal(t *testing.T) {
	t.Helper()
	_, err := a.w.Store.SealAudit(t.Context(), a.by, 0)
	require.NoError(t, err)
}

// after tampers, verifies, and undoes it.
func (a *audited) after(t *testing.T, tamper func(tx *gorm.DB)) models.VerifyReport {
	t.Helper()
	tx := a.db.Begin()
	require.NoError(t, tx.Error)
	defer tx.Rollback()
	tamper(tx)
	report, err := a.w.Store.On(tx).Verify(t.Context(), a.keys, stored(a.heads))
	require.NoError(t, err)
	return report
}

// located requires a finding about a table and one of some rows.
func located(t *testing.T, r models.VerifyReport, what, table string, rows ...string) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Table == table && slices.ContainsFunc(rows, func(row string) bool { return row == f.Row }) {
			return
		}
	}
	require.Fail(t, "not located", "%s of %s %v: found %+v", what, table, rows, r.Findings[:min(4, len(r.Findings))])
}

var parsed sync.Map

func schemaOf(t *testing.T, table string) *schema.Schema {
	t.Helper()
	for _, row := range rows {
		s, err := schema.Parse(row, &parsed, schema.NamingStrategy{})
		require.NoError(t, err)
		if s.Table == table {
			return s
		}
	}
	require.Fail(t, "no row", table)
	return nil
}

// kept is a row of a table: its values by column.
type kept map[string]any

func someRows(t *testing.T, db *gorm.DB, s *schema.Schema) []kept {
	t.Helper()
	var list []map[string]any
	require.NoError(t, db.Table(s.Table).Order(strings.Join(s.PrimaryFieldDBNames, ", ")).Find(&list).Error)
	require.NotEmpty(t, list, "the life of the case must leave a row in %s", s.Table)
	out := make([]kept, len(list))
	for i, l := range list {
		out[i] = l
	}
	return out
}

func (k kept) key(s *schema.Schema) string {
	parts := make([]string, len(s.PrimaryFieldDBNames))
	for i, name := range s.PrimaryFieldDBNames {
		parts[i] = fmt.Sprint(plain(k[name]))
	}
	return strings.Join(parts, "|")
}

// says is what a row says besides its key, as far as anybody looks.
func (k kept) says(s *schema.Schema) string {
	text := ""
	for _, f := range s.Fields {
		if f.DBName != "" && !f.PrimaryKey && models.AuditedTables()[s.Table][f.DBName] == "" {
			text += fmt.Sprintln(plain(k[f.DBName]))
		}
	}
	return text
}

func plain(v any) any {
	if raw, ok := v.([]byte); ok {
		return string(raw)
	}
	return v
}

func (k kept) where(tx *gorm.DB, s *schema.Schema) *gorm.DB {
	q := tx.Table(s.Table)
	for _, name := range s.PrimaryFieldDBNames {
		q = q.Where(name+" = ?", k[name])
	}
	return q
}

// other is another value for a column.
func other(f *schema.Field, was any) any {
	text := fmt.Sprint(plain(was))
	kind := f.IndirectFieldType.Kind()
	switch {
	case f.IndirectFieldType.String() == "time.Time":
		return "2001-02-03 04:05:06"
	case kind == reflect.Bool:
		return text == "0" || text == "false"
	case kind == reflect.String && text == "tampered":
		return "again"
	case kind == reflect.String:
		return "tampered"
	default:
		return 987
	}
}

// Every table is audited, or says why it is not.
func TestEveryTableIsAuditedOrExcused(t *testing.T) {
	t.Parallel()
	in := models.AuditedTables()
	for _, table := range tables(t) {
		_, audited := in[table]
		require.NotEqual(t, audited, models.UnauditedTables[table] != "", "%s must be either audited or excused", table)
	}
}

// Whatever is done to a row of an audited table with the database's own means is found, and
// the row named.
func TestEveryTampering(t *testing.T) {
	t.Parallel()
	everyTampering(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestEveryTamperingOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	everyTampering(t, testkit.MySQL(t))
}

func everyTampering(t *testing.T, db *gorm.DB) {
	t.Helper()
	a := newAudited(t, db)
	clean := a.after(t, func(*gorm.DB) {})
	require.Empty(t, clean.Findings)
	require.Positive(t, clean.Entries)
	require.Positive(t, clean.Purged)
	require.Positive(t, clean.Rows)
	require.Zero(t, clean.Unsigned)
	for _, table := range slices.Sorted(maps.Keys(models.AuditedTables())) {
		a.tamperWith(t, table)
	}
}

func (a *audited) tamperWith(t *testing.T, table string) {
	t.Helper()
	s := schemaOf(t, table)
	list := someRows(t, a.db, s)
	row := list[len(list)-1]
	key := row.key(s)
	for _, f := range s.Fields {
		if f.DBName == "" || models.AuditedTables()[table][f.DBName] != "" {
			continue
		}
		changed := maps.Clone(row)
		changed[f.DBName] = other(f, row[f.DBName])
		r := a.after(t, func(tx *gorm.DB) {
			require.NoError(t, row.where(tx, s).UpdateColumn(f.DBName, changed[f.DBName]).Error)
		})
		located(t, r, "an edited "+f.DBName, table, key, changed.key(s))
	}
	located(t, a.after(t, func(tx *gorm.DB) {
		require.NoError(t, row.where(tx, s).Delete(nil).Error)
	}), "a deleted row", table, key, fmt.Sprint(row["seq"]), strings.TrimPrefix(fmt.Sprintf("%v-%v", row["from_seq"], row["to_seq"]), "<nil>-"))
	fresh := maps.Clone(row)
	for _, f := range s.PrimaryFields {
		fresh[f.DBName] = other(f, row[f.DBName])
	}
	a.unique(table, fresh)
	located(t, a.after(t, func(tx *gorm.DB) {
		require.NoError(t, tx.Table(table).Create(map[string]any(fresh)).Error)
	}), "an inserted row", table, fresh.key(s), fmt.Sprint(fresh["case_id"]))
	for _, another := range list[:len(list)-1] {
		if another.says(s) != row.says(s) {
			a.swap(t, s, another, row)
			return
		}
	}
}

// unique keeps a copied row from meeting a unique index.
func (a *audited) unique(table string, row kept) {
	for _, column := range map[string][]string{
		"audit_log": {"seq"}, "cases": {"workflow_id", "school_id"}, "cohorts": {"code"}, "events": {"action_id"}, "orgs": {"code"}, "users": {"login"},
		"overlays": {"version"}, "admin_changes": {"open_slot"}, "data_requests": {"open_slot"},
		"machine_tokens": {"hash", "prefix"}, "linked_logins": {"user_id"}, "registry_records": {"user_id"},
		"erasure_runs": {"open_slot"}, "legal_holds": {"open_slot"},
	}[table] {
		if row[column] = "copied"; column == "seq" || column == "version" {
			row[column] = 986
		}
	}
}

// swap exchanges what two rows say.
func (a *audited) swap(t *testing.T, s *schema.Schema, one, two kept) {
	t.Helper()
	r := a.after(t, func(tx *gorm.DB) {
		change := func(from, to kept, also string) {
			values := map[string]any{}
			for _, f := range s.Fields {
				if f.DBName != "" && !f.PrimaryKey {
					values[f.DBName] = from[f.DBName]
				}
			}
			for _, column := range []string{"seq", "workflow_id", "school_id", "code", "action_id", "login", "id_number_index", "version", "open_slot", "hash", "prefix", "user_id"} {
				if _, has := values[column]; has && also != "" {
					if values[column] = also; column == "seq" || column == "version" {
						values[column] = 985
					}
				}
			}
			require.NoError(t, to.where(tx, s).UpdateColumns(values).Error)
		}
		change(two, one, "parked")
		change(one, two, "")
		change(two, one, "")
	})
	located(t, r, "two rows exchanged", s.Table, one.key(s), two.key(s))
}
