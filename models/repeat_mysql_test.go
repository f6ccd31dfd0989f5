package models_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// repeats is a small city on MySQL whose transactions lose their connection on demand.
type repeats struct {
	*testkit.World

	other  *gorm.DB      // another pool on the same database
	rival  *models.Store // over it
	cases  []models.Case
	admin  domain.Actor
	reader *models.User

	at        int    // before which statement of a transaction its connection is killed; 0 is never
	seen      int    // statements so far
	meanwhile func() // what others do before the transaction runs again
}

func newRepeats(t *testing.T) *repeats {
	t.Helper()
	db, clock := testkit.MySQL(t), testkit.NewClock()
	r := &repeats{World: testkit.NewWorld(t, models.New(db, clock.Now, testkit.Keyring(t)), clock)}
	r.other = testkit.OpenDSN(t, testkit.DSN(t, db, ""))
	r.rival = models.New(r.other, clock.Now, testkit.Keyring(t))
	for _, school := range []*models.Org{r.School, r.Foreign} {
		c, _ := r.Case(school, 0)
		r.cases = append(r.cases, *c)
	}
	u := r.User(r.School, domain.RoleSchoolAdmin)
	r.reader = r.User(r.School, domain.RolePrincipal)
	r.admin = domain.Actor{UserID: u.ID, Role: domain.RoleSchoolAdmin, OrgID: r.School.ID}
	for _, p := range []interface {
		Register(name string, fn func(*gorm.DB)) error
	}{
		db.Callback().Create().Before("*"), db.Callback().Query().Before("*"), db.Callback().Update().Before("*"),
		db.Callback().Delete().Before("*"), db.Callback().Row().Before("*"), db.Callback().Raw().Before("*"),
	} {
		require.NoError(t, p.Register("strike", r.strike))
	}
	return r
}

// strike kills the transaction's connection from another session when its time has come.
// When it runs again the clock has moved on.
func (r *repeats) strike(db *gorm.DB) {
	tx, in := db.Statement.ConnPool.(*sql.Tx)
	if !in || r.at == 0 {
		return
	}
	if r.seen++; r.seen != r.at {
		return
	}
	r.at = 0
	var id int
	require.NoError(r.T, tx.QueryRowContext(r.T.Context(), "SELECT CONNECTION_ID()").Scan(&id))
	require.NoError(r.T, r.other.Exec("KILL ?", id).Error)
	r.Clock.Advance(time.Minute)
	if r.meanwhile != nil {
		r.meanwhile()
	}
}

// strikes arms the next kill; it is false once fn was done with fewer statements.
func (r *repeats) strikes(at int, fn func()) bool {
	r.at, r.seen = at, 0
	fn()
	struck := r.at == 0
	r.at = 0
	return struck
}

// rows counts the rows of every table.
func (r *repeats) rows() map[string]int64 {
	r.T.Helper()
	tables, err := r.other.Migrator().GetTables()
	require.NoError(r.T, err)
	counts := map[string]int64{}
	for _, table := range tables {
		var n int64
		require.NoError(r.T, r.other.Table(table).Count(&n).Error)
		counts[table] = n
	}
	return counts
}

// added is what do adds to the tables.
func (r *repeats) added(do func()) map[string]int64 {
	r.T.Helper()
	before, more := r.rows(), map[string]int64{}
	do()
	for table, n := range r.rows() {
		if n != before[table] {
			more[table] = n - before[table]
		}
	}
	return more
}

// received is an action on the first case of the school's administrator.
func (r *repeats) received(kind domain.Kind, body domain.Body) models.Received {
	c, err := r.rival.CaseByID(r.T.Context(), r.cases[0].ID)
	require.NoError(r.T, err)
	state, err := c.Decode()
	require.NoError(r.T, err)
	return models.Received{Action: domain.Action{
		ID: testkit.ID(), Kind: kind, Actor: r.admin, Visit: state.Entered, Body: body, At: r.Store.Now(),
	}}
}

func (r *repeats) refuse(a models.Received) domain.Outcome {
	r.T.Helper()
	out, err := r.Store.Refuse(r.T.Context(), r.cases[0].ID, a, "it broke")
	require.NoError(r.T, err)
	row, err := r.rival.ActionByID(r.T.Context(), a.ID)
	require.NoError(r.T, err)
	stored, err := row.Decode()
	require.NoError(r.T, err)
	require.Equal(r.T, stored, out, "what is answered is what is stored")
	return out
}

// change is a run over both cases for a calendar that the cohort does not count by.
func (r *repeats) change() (run models.CaseRun, first func(*gorm.DB, *models.Cohort) error) {
	r.T.Helper()
	c, err := r.rival.Cohort(r.T.Context(), r.Cohort.ID)
	require.NoError(r.T, err)
	id := testkit.ID()
	run = models.CaseRun{
		ID: id, CohortID: c.ID, Kind: models.RunCalendar, Source: c.CalendarVersion, Target: id[:8], Reason: "调整", SHA256: id, CreatedBy: r.admin.UserID,
	}
	return run, r.Store.SetCohortCalendar(run.Source, run.Target, run.CreatedBy)
}

func (r *repeats) startRun(s *models.Store, asked models.CaseRun, first func(*gorm.DB, *models.Cohort) error) models.CaseRun {
	r.T.Helper()
	run, err := s.StartRun(r.T.Context(), asked, r.cases, first)
	require.NoError(r.T, err)
	stored, err := r.rival.Run(r.T.Context(), asked.CohortID, asked.ID)
	require.NoError(r.T, err)
	require.Equal(r.T, stored.CaseRun, *run, "what is answered is what is stored")
	require.Equal(r.T, len(r.cases), run.Cases)
	c, err := r.rival.Cohort(r.T.Context(), asked.CohortID)
	require.NoError(r.T, err)
	require.Equal(r.T, asked.Target, c.CalendarVersion)
	return *run
}

// Wherever the connection of a transaction is killed, it runs again and leaves exactly what
// it would have left undisturbed; and what it answers is of the attempt that took effect.
func TestRepeated_leaves_one_effect(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	for name, do := range map[string]func(r *repeats){
		"refuse": func(r *repeats) { r.refuse(r.received(domain.SubmitTeam, domain.Body{})) },
		"start run": func(r *repeats) {
			run, first := r.change()
			r.startRun(r.Store, run, first)
		},
		"decide": func(r *repeats) {
			a := r.received(domain.Copy, domain.Body{Users: []string{r.reader.ID}, Comment: "请知悉"})
			d, err := r.Store.Decide(r.T.Context(), r.cases[0].ID, 0, a)
			require.NoError(r.T, err)
			require.True(r.T, d.Outcome.Accepted(), d.Outcome.Message)
			require.Len(r.T, d.Missed, d.Outcome.Seq-1)
			require.NoError(r.T, r.rival.VerifyChain(r.T.Context(), r.cases[0].ID))
		},
		"publish overlay": func(r *repeats) {
			known, err := r.rival.Overlays(r.T.Context(), r.City.ID, "2.0")
			require.NoError(r.T, err)
			o, err := r.Store.PublishOverlay(r.T.Context(), models.Overlay{ScopeID: r.City.ID, Programme: "2.0", Body: "{}", CreatedBy: "tester"}, len(known))
			require.NoError(r.T, err)
			require.Equal(r.T, o.CreatedAt, o.EffectiveFrom, "in force from the time it was stored")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepeats(t)
			want := r.added(func() { do(r) })
			require.NotEmpty(t, want)
			at := 1
			for struck := true; struck; at++ {
				added := r.added(func() { struck = r.strikes(at, func() { do(r) }) })
				require.Equal(t, want, added, "killed before statement %d", at)
			}
			require.Greater(t, at, 3, "statements of the transaction")
			t.Logf("killed before each of %d statements", at-2)
		})
	}
}

// What another process did between two attempts is found by the second, and answered.
func TestRepeated_finds_what_others_did_meanwhile(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("refuse", func(t *testing.T) {
		t.Parallel()
		r := newRepeats(t)
		a := r.received(domain.Copy, domain.Body{Users: []string{r.reader.ID}, Comment: "请知悉"})
		r.meanwhile = func() {
			_, err := r.rival.Decide(t.Context(), r.cases[0].ID, 0, a)
			require.NoError(t, err)
		}
		require.True(t, r.strikes(2, func() { require.Empty(t, r.refuse(a).Code, "it was decided after all") }))
		alarms := r.rows()["alarms"]
		require.Zero(t, alarms)
	})
	t.Run("start run", func(t *testing.T) {
		t.Parallel()
		r := newRepeats(t)
		run, first := r.change()
		var winner models.CaseRun
		r.meanwhile = func() {
			other := run
			other.CreatedBy = "colleague"
			winner = r.startRun(r.rival, other, first)
		}
		added := r.added(func() {
			require.True(t, r.strikes(4, func() { require.Equal(t, "colleague", r.startRun(r.Store, run, first).CreatedBy) }))
		})
		require.EqualValues(t, 1, added["case_runs"])
		require.EqualValues(t, len(r.cases), added["case_run_items"])
		require.EqualValues(t, len(r.cases), added["outbox"])
		r.meanwhile = nil
		require.Equal(t, winner, r.startRun(r.Store, run, first), "asked for once more")
	})
	t.Run("key of another run", func(t *testing.T) {
		t.Parallel()
		r := newRepeats(t)
		run, first := r.change()
		r.meanwhile = func() {
			other := run
			other.SHA256 = "of another request"
			r.startRun(r.rival, other, first)
		}
		require.True(t, r.strikes(4, func() {
			_, err := r.Store.StartRun(t.Context(), run, r.cases, first)
			require.Equal(t, apperr.KeyReused, apperr.CodeOf(err), "%v", err)
		}))
	})
}
