package models_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// A date that is none, as SQLite keeps any text and MySQL a day zero, is found where it
// stands; the verification goes on.
func TestJunkDatesAreFound(t *testing.T) {
	t.Parallel()
	findJunk(t, testkit.SQLite(t), "soon")
}

// The same on MySQL, where a server is named.
func TestJunkDatesAreFoundOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	findJunk(t, testkit.MySQL(t), "0000-00-00 00:00:00")
}

func findJunk(t *testing.T, db *gorm.DB, junk string) {
	t.Helper()
	a := newAudited(t, db)
	for _, table := range slices.Sorted(maps.Keys(models.AuditedTables())) {
		s := schemaOf(t, table)
		list := someRows(t, db, s)
		row := list[len(list)-1]
		for _, f := range s.Fields {
			if f.DBName == "" || f.IndirectFieldType.String() != "time.Time" || models.AuditedTables()[table][f.DBName] != "" {
				continue
			}
			r := a.after(t, func(tx *gorm.DB) {
				if tx.Name() == "mysql" {
					exec(t, tx, "SET SESSION sql_mode = ''")
				}
				require.NoError(t, row.where(tx, s).UpdateColumn(f.DBName, junk).Error)
			})
			located(t, r, "a date that is none in "+f.DBName, table, row.key(s))
		}
	}
}

// Events from before signing was enabled need no signature; but they are those of then.
func TestTheUnsignedPrefixIsKnown(t *testing.T) {
	t.Parallel()
	a := &audited{db: testkit.SQLite(t)}
	a.w = lifecycle.On(t, a.db)
	a.by, a.keys = signer(t)
	c, _ := a.w.Open(t)
	s := lifecycle.Script{T: t, W: a.w, CaseID: c.ID, Send: func(e lifecycle.Envelope) { a.decide(t, c.ID, e) }}
	s.ToFiling()
	require.NoError(t, a.w.Store.BeginAudit(t.Context(), a.by))
	s.Do(domain.WithdrawPlan, a.w.Admin, domain.Body{Revision: 1})
	a.seal(t)
	clean := a.after(t, func(*gorm.DB) {})
	require.Empty(t, clean.Findings)
	require.Positive(t, clean.Unsigned)
	r := a.after(t, func(tx *gorm.DB) { exec(t, tx, "DELETE FROM events", "DELETE FROM cases") })
	located(t, r, "a prefix that is gone", "events", "unsigned")
}
