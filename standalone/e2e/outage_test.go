package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// With no worker an action is durable as soon as it is signalled, and takes effect when
// workers return.
func TestOutage_WorkersAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, lifecycle.New(t))
	b.script().ToFiling()
	b.settle()
	b.worker.Stop()
	e := b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
	b.signal(e)
	_, err := b.w.Store.ActionByID(t.Context(), e.ID)
	require.Error(t, err, "nobody has decided yet")
	b.startWorker()
	require.Equal(t, models.ActionAccepted, b.outcome(e.ID).Status)
	b.clean()
}

// With the database locked away for half a minute in the middle of decisions nothing is
// lost: every action is decided once it is back, exactly once.
func TestOutage_DatabaseAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, lifecycle.New(t))
	b.script().ToFiling()
	b.settle()
	first := b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
	second := b.w.Envelope(t, b.c.ID, domain.Terminate, b.w.Bureau, domain.Body{Comment: "x"})
	second.Visit++ // the withdrawal enters a stage

	give := b.lockDatabase()
	b.signal(first)
	b.signal(second)
	<-time.After(30 * time.Second)
	give()

	require.Equal(t, models.ActionAccepted, b.outcome(first.ID).Status)
	require.Equal(t, models.ActionAccepted, b.outcome(second.ID).Status)
	b.clean()
}

// lockDatabase holds the database's write lock from another connection.
func (b *bench) lockDatabase() (give func()) {
	b.t.Helper()
	other, err := sqlitedb.Open(b.path())
	require.NoError(b.t, err)
	tx := other.Begin()
	require.NoError(b.t, tx.Exec("UPDATE cohorts SET name = name").Error)
	return func() {
		b.t.Helper()
		require.NoError(b.t, tx.Rollback().Error)
		db, err := other.DB()
		require.NoError(b.t, err)
		require.NoError(b.t, db.Close())
	}
}

// path is the file of the bench's database.
func (b *bench) path() string {
	b.t.Helper()
	var file string
	require.NoError(b.t, b.w.DB.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file).Error)
	return file
}
