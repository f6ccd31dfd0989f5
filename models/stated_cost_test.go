package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// counted is how many statements decisions took.
type counted struct {
	deciding              bool
	decisions, statements int
}

func (c *counted) on(t *testing.T, db *gorm.DB) {
	t.Helper()
	note := func(db *gorm.DB) {
		if c.deciding && !db.DryRun && db.Statement.SQL.Len() > 0 {
			c.statements++
		}
	}
	call := db.Callback()
	require.NoError(t, call.Query().After("gorm:query").Register("count:query", note))
	require.NoError(t, call.Row().After("gorm:row").Register("count:row", note))
	require.NoError(t, call.Raw().After("gorm:raw").Register("count:raw", note))
	require.NoError(t, call.Create().After("gorm:create").Register("count:create", note))
	require.NoError(t, call.Update().After("gorm:update").Register("count:update", note))
	require.NoError(t, call.Delete().After("gorm:delete").Register("count:delete", note))
}

// unwatch leaves rows unstated, to see what stating costs.
func unwatch(tb testing.TB, db *gorm.DB) {
	tb.Helper()
	call := db.Callback()
	require.NoError(tb, call.Create().Remove("stated:before_create"))
	require.NoError(tb, call.Create().Remove("stated:after_create"))
	require.NoError(tb, call.Update().Remove("stated:before_update"))
	require.NoError(tb, call.Update().Remove("stated:after_update"))
	require.NoError(tb, call.Delete().Remove("stated:before_delete"))
	require.NoError(tb, call.Delete().Remove("stated:after_delete"))
}

// life walks a case from its team to its register.
func (c *counted) life(t *testing.T, db *gorm.DB, watched bool) {
	t.Helper()
	a := &audited{db: db, w: lifecycle.On(t, db)}
	a.by, _ = signer(t)
	if watched {
		require.NoError(t, a.w.Store.BeginAudit(t.Context(), a.by))
	} else {
		unwatch(t, db)
	}
	c.on(t, db)
	row, _ := a.w.Open(t)
	s := lifecycle.Script{T: t, W: a.w, CaseID: row.ID, Send: func(e lifecycle.Envelope) {
		known := a.w.State(t, row.ID).Seq
		c.deciding = true
		d, err := a.w.Store.Decide(t.Context(), row.ID, known, e.Received())
		c.deciding = false
		require.NoError(t, err)
		require.NoError(t, d.Outcome.Err(), strings.ToUpper(string(e.Kind)))
		c.decisions++
	}}
	s.ToFiling()
	s.ReturnOnce()
	s.ToScoring()
	s.Score(900)
}

// What a decision writes is stated with one read for each row that it changes, two at most,
// and none for rows that it adds. With
//
//	go test ./models -run StatingIsCheap -count 40 -cpuprofile cpu.out && go tool pprof -top -cum models.test cpu.out
//
// anybody sees the share of the processor: of Decide, that of beforeCreate, beforeUpdate,
// afterWrite and sign; half of the decisions are not stated.
//
//nolint:paralleltest // changes what all tests share
func TestStatingIsCheap(t *testing.T) {
	models.Trusting(t)
	var with, without counted
	with.life(t, testkit.SQLite(t), true)
	without.life(t, testkit.SQLite(t), false)
	t.Logf("%d decisions: %d statements, %d without stating", with.decisions, with.statements, without.statements)
	require.Equal(t, without.decisions, with.decisions)
	require.LessOrEqual(t, with.statements-without.statements, 2*with.decisions)
}
