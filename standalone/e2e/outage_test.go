package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/internal/testkit/wire"
	"zhengxiao/models"
)

// With no worker an action is durable as soon as it is signalled, and takes effect when
// workers return.
func TestOutage_WorkersAway(t *testing.T) {
	t.Parallel()
	onEach(t, loseWorkers)
}

func loseWorkers(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
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

// With the database locked away for half a minute in the middle of decisions, or its line
// cut for longer than decisions are tried on the spot, nothing is lost: every action is
// decided once it is back, exactly once.
func TestOutage_DatabaseAway(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		w := lifecycle.New(t)
		loseDatabase(t, w, 30*time.Second, func() (give func()) { return lockDatabase(t, w.DB) })
	})
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("MySQL", func(t *testing.T) {
		t.Parallel()
		line := wire.New(t, testkit.MySQLAddr(t))
		w := lifecycle.On(t, testkit.OpenDSN(t, testkit.DSN(t, testkit.MySQL(t), line.Addr)))
		loseDatabase(t, w, 8*time.Second, func() (give func()) {
			line.Cut()
			return line.Mend
		})
	})
}

func loseDatabase(t *testing.T, w *lifecycle.World, away time.Duration, take func() (give func())) {
	t.Helper()
	b := newBench(t, w)
	b.script().ToFiling()
	b.settle()
	first := b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
	second := b.w.Envelope(t, b.c.ID, domain.Terminate, b.w.Bureau, domain.Body{Comment: "x"})
	second.Visit++ // the withdrawal enters a stage

	give := take()
	b.signal(first)
	b.signal(second)
	<-time.After(away)
	give()

	require.Equal(t, models.ActionAccepted, b.outcome(first.ID).Status)
	require.Equal(t, models.ActionAccepted, b.outcome(second.ID).Status)
	b.clean()
}

// lockDatabase holds SQLite's write lock from another connection.
func lockDatabase(t *testing.T, db *gorm.DB) (give func()) {
	t.Helper()
	var file string
	require.NoError(t, db.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file).Error)
	other, err := sqlitedb.Open(file)
	require.NoError(t, err)
	tx := other.Begin()
	require.NoError(t, tx.Exec("UPDATE cohorts SET name = name").Error)
	return func() {
		t.Helper()
		require.NoError(t, tx.Rollback().Error)
		db, err := other.DB()
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}
