package modelstest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// reader reads the feed from where it is, as an api process does.
type reader struct {
	*testkit.World

	pos int64
}

// newReader starts at the end of the feed.
func newReader(w *testkit.World) *reader {
	w.T.Helper()
	require.NoError(w.T, w.Store.NumberFeed(w.T.Context()))
	head, err := w.Store.FeedHead(w.T.Context())
	require.NoError(w.T, err)
	return &reader{World: w, pos: head}
}

// news numbers and reads what is new, and requires that no position is left out.
func (r *reader) news() []models.FeedRow {
	r.T.Helper()
	require.NoError(r.T, r.Store.NumberFeed(r.T.Context()))
	var all []models.FeedRow
	for {
		rows, err := r.Store.Feed(r.T.Context(), r.pos, 1+rand.IntN(20))
		require.NoError(r.T, err)
		if len(rows) == 0 {
			return all
		}
		for _, row := range rows {
			require.Equal(r.T, r.pos+1, *row.Pos)
			r.pos = *row.Pos
		}
		all = append(all, rows...)
	}
}

func write(tx *gorm.DB, id string) error {
	return tx.Create(&models.FeedRow{ID: id, Topic: models.FeedCase, CaseID: id}).Error
}

func idsOf(rows []models.FeedRow) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.CaseID
	}
	return ids
}

// A row that was written first and committed last is read last, and not lost, though its
// id sorts before the others. SQLite lets the second writer in only after the first.
func testFeedOrder(w *testkit.World) {
	t := w.T
	r := newReader(w)
	early := w.Store.DB(t.Context()).Begin()
	require.NoError(t, early.Error)
	require.NoError(t, write(early, "1-early"))

	late := make(chan error, 1)
	go func() {
		late <- w.Store.Tx(context.WithoutCancel(t.Context()), func(tx *gorm.DB) error { return write(tx, "2-late") })
	}()
	want := []string{"1-early", "2-late"}
	serial := w.Store.DB(t.Context()).Name() == "sqlite"
	if serial {
		require.Empty(t, r.news(), "nothing is committed")
	} else {
		require.NoError(t, <-late)
		require.Equal(t, []string{"2-late"}, idsOf(r.news()))
		want = []string{"1-early"}
	}
	require.NoError(t, early.Commit().Error)
	if serial {
		require.NoError(t, <-late)
	}
	require.Equal(t, want, idsOf(r.news()))
	require.Empty(t, r.news())
}

// Many writers, some of whom give up, and several processes that number: everybody who
// reads sees each committed row exactly once.
func testFeedRace(w *testkit.World) {
	t := w.T
	const writers, rounds, readers = 8, 50, 3
	readersOf := make([]*reader, readers)
	for i := range readersOf {
		readersOf[i] = newReader(w)
	}
	givenUp := errors.New("given up")
	var writing, reading sync.WaitGroup
	for n := range writers {
		writing.Go(func() {
			for i := range rounds {
				err := w.Store.Tx(t.Context(), func(tx *gorm.DB) error {
					if err := write(tx, fmt.Sprintf("%d-%d", n, i)); err != nil || i%10 != 9 {
						return err
					}
					return givenUp
				})
				if err != nil && !errors.Is(err, givenUp) {
					t.Error(err)
				}
			}
		})
	}
	written := make(chan struct{})
	seen := make([][]string, readers)
	for i, r := range readersOf {
		reading.Go(func() {
			for over := false; !over; {
				select {
				case <-written:
					over = true // once more, for the last rows
				default:
				}
				seen[i] = append(seen[i], idsOf(r.news())...)
			}
		})
	}
	writing.Wait()
	close(written)
	reading.Wait()
	var want []string
	for n := range writers {
		for i := range rounds {
			if i%10 != 9 {
				want = append(want, fmt.Sprintf("%d-%d", n, i))
			}
		}
	}
	for i := range seen {
		seen[i] = append(seen[i], idsOf(readersOf[i].news())...)
		require.ElementsMatch(t, want, seen[i])
		require.Equal(t, seen[0], seen[i], "everybody sees the same order")
	}
}

// Rows are kept for a day. Whoever is behind them learns that he missed something.
func testFeedRetention(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	r := newReader(w)
	start := r.pos
	for _, id := range []string{"a", "b"} {
		require.NoError(t, write(w.Store.DB(ctx), id))
		w.Clock.Advance(20 * time.Hour)
	}
	require.NoError(t, w.Store.TidyFeed(ctx))
	_, err := w.Store.Feed(ctx, start, 10)
	require.ErrorIs(t, err, models.ErrFeedGap, "a is gone")
	rows, err := w.Store.Feed(ctx, start+1, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, idsOf(rows))

	w.Clock.Advance(20 * time.Hour)
	require.NoError(t, w.Store.TidyFeed(ctx))
	_, err = w.Store.Feed(ctx, start+1, 10)
	require.ErrorIs(t, err, models.ErrFeedGap, "everything is gone")
	rows, err = w.Store.Feed(ctx, start+2, 10)
	require.NoError(t, err)
	require.Empty(t, rows)
	for _, never := range []int64{-1, start + 3} {
		_, err = w.Store.Feed(ctx, never, 10)
		require.ErrorIs(t, err, models.ErrFeedGap)
	}
	require.NoError(t, write(w.Store.DB(ctx), "c"))
	r.pos = start + 2
	require.Equal(t, []string{"c"}, idsOf(r.news()), "positions go on")
}

// told is what matters of a row.
func told(rows []models.FeedRow) []models.FeedRow {
	list := make([]models.FeedRow, len(rows))
	for i, r := range rows {
		list[i] = models.FeedRow{Topic: r.Topic, CaseID: r.CaseID, UserID: r.UserID, Role: r.Role, OrgID: r.OrgID, Path: r.Path}
	}
	return list
}

// news is a change and what it tells.
type news struct {
	name string
	do   func() error
	want []models.FeedRow
}

// tells requires of each change in turn that it tells exactly what it should.
func tells(w *testkit.World, list []news) {
	w.T.Helper()
	for _, n := range list {
		r := newReader(w)
		require.NoError(w.T, n.do(), n.name)
		require.Equal(w.T, n.want, told(r.news()), n.name)
	}
}

var nothing = []models.FeedRow{}

// Daily records and decisions tell those who see the case, and nothing tells of drafts.
func testFeedCase(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	activity := s.publish(t, true)
	leader, err := w.Store.User(ctx, s.leader)
	require.NoError(t, err)
	expert := w.User(w.City, domain.RoleExpert)
	scoring := func(st *domain.State) { st.Panel = map[string]domain.Member{expert.ID: {Status: domain.MemberReady}} }
	var version *models.FileVersion
	records := []models.FeedRow{{Topic: models.FeedRecords, CaseID: s.id, Path: w.School.Path}}
	tells(w, []news{
		{"daily records", func() error { return w.Store.NameMembers(ctx, s.id, activity.ID, s.leader, s.members) }, records},
		{"what was refused", func() error {
			require.Error(t, w.Store.NameMembers(ctx, s.id, activity.ID, "nobody", s.members))
			return nil
		}, nothing},
		{"an upload that is only granted", func() (err error) {
			slot := models.Slot{Kind: models.SlotPlan, Key: s.leader}
			version, err = w.Store.GrantFile(ctx, grant(s.id, slot, s.leader, domain.PlanFileName(leader.Name, "pdf")))
			return err
		}, nothing},
		{"a file that was checked", func() error {
			require.NoError(t, w.Store.FileUploaded(ctx, version.FileID, version.N, "v1"))
			return w.Store.FileChecked(ctx, version.FileID, version.N)
		}, records},
		{"an expert's draft", func() error {
			w.Move(s.id, domain.StageScoring, scoring)
			return w.Store.PutScoreDrafts(ctx, s.id, expert.ID, map[string]models.DraftScore{w.Policy.Rubric.Indicators[0].Code: {Note: "待查"}})
		}, nothing},
		{"an action that was refused", func() error {
			return s.decide(domain.SubmitTeam, domain.Actor{UserID: "head", Role: domain.RolePrincipal, OrgID: w.School.ID}, domain.Body{})
		}, []models.FeedRow{{Topic: models.FeedTasks, CaseID: s.id, UserID: "head"}}},
		{"a decision", func() error {
			return s.decide(domain.Terminate, domain.Actor{UserID: "bureau", Role: domain.RoleBureau, OrgID: w.District.ID}, domain.Body{Comment: "学校撤并"})
		}, []models.FeedRow{
			{Topic: models.FeedTasks, CaseID: s.id, Role: domain.RolePrincipal, OrgID: w.School.ID}, // its task is over
			{Topic: models.FeedCase, CaseID: s.id, Path: w.School.Path},
		}},
	})
}

// decide takes an action on the case's present state.
func (s training) decide(kind domain.Kind, actor domain.Actor, body domain.Body) error {
	s.T.Helper()
	ctx := s.T.Context()
	c, err := s.Store.CaseByID(ctx, s.id)
	require.NoError(s.T, err)
	state, err := c.Decode()
	require.NoError(s.T, err)
	a := domain.Action{ID: testkit.ID(), Kind: kind, Actor: actor, Visit: state.Entered, Body: body, At: s.Clock.Now()}
	_, err = s.Store.Decide(ctx, s.id, c.Seq, models.Received{Action: a})
	return err
}

// Notices tell their user, alarms the operators, cohorts those whom they concern.
func testFeedOthers(w *testkit.World) {
	ctx := w.T.Context()
	c, _ := w.Case(w.School, 0)
	user := w.User(w.City, domain.RoleExpert).ID
	alarm := func() error { return w.Store.Raise(ctx, models.Alarm{ID: "x", Kind: models.AlarmOrphan}) }
	alarmed := []models.FeedRow{{Topic: models.FeedAlarm, Role: domain.RoleSysadmin}}
	read := func() error { return w.Store.ReadNotices(ctx, user) }
	tells(w, []news{
		{"a notice", func() error {
			payload := `{"user_id":"` + user + `","reason":"task"}`
			return w.Store.DeliverNotice(ctx, models.OutboxRow{ID: "o", CaseID: c.ID, Payload: payload, CreatedAt: w.Clock.Now()})
		}, []models.FeedRow{{Topic: models.FeedNotice, CaseID: c.ID, UserID: user}}},
		{"reading it", read, []models.FeedRow{{Topic: models.FeedNotice, UserID: user}}},
		{"reading it again", read, nothing},
		{"an alarm", alarm, alarmed},
		{"the same alarm", alarm, nothing},
		{"dealing with it", func() error {
			_, err := w.Store.CloseAlarm(ctx, "x", "root", "已恢复")
			return err
		}, alarmed},
		{"the opening of a cohort", func() error {
			_, err := w.Store.SetCohortStatus(ctx, w.Cohort.ID, models.CohortDraft, models.CohortOpening)
			return err
		}, []models.FeedRow{{Topic: models.FeedCohort, Path: w.City.Path}}},
		{
			"each school of it", func() error { return w.Store.MarkOpened(ctx, w.Cohort.ID, w.Foreign.ID, "case") },
			[]models.FeedRow{{Topic: models.FeedCohort, Path: w.Foreign.Path}},
		},
		{"the same school again", func() error { return w.Store.MarkOpened(ctx, w.Cohort.ID, w.Foreign.ID, "case") }, nothing},
	})
}

// A session that must not go on is not live, and asking keeps none alive.
func testLiveSessions(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	const idle, absolute = 30 * time.Minute, time.Hour
	u := w.User(w.School, domain.RoleTeacher, domain.RolePrincipal)
	live := func() bool {
		found, err := w.Store.LiveSessions(ctx, []string{"a", "unknown"}, idle)
		require.NoError(t, err)
		grants, ok := found["a"]
		if ok {
			require.Len(t, grants, 2)
		}
		require.NotContains(t, found, "unknown")
		return ok
	}
	for name, end := range map[string]func() error{
		"logout":         func() error { return w.Store.RevokeSession(ctx, "a") },
		"disabled":       func() error { return w.Store.SetDisabled(ctx, u.ID, true) },
		"password reset": func() error { return w.Store.SetPassword(ctx, u.ID, "hash", true, "a") },
		"unused": func() error {
			w.Clock.Advance(idle - time.Second)
			require.True(t, live())
			w.Clock.Advance(time.Second)
			return nil
		},
		"too old": func() error {
			for range 2 {
				w.Clock.Advance(idle - time.Second)
				_, _, err := w.Store.Session(ctx, "a", idle)
				require.NoError(t, err)
			}
			require.True(t, live())
			w.Clock.Advance(2 * time.Second)
			return nil
		},
	} {
		require.NoError(t, w.Store.SetDisabled(ctx, u.ID, false))
		require.NoError(t, w.Store.SetPassword(ctx, u.ID, "hash", false, ""))
		require.NoError(t, w.Store.CreateSession(ctx, models.Session{TokenHash: "a", UserID: u.ID}, absolute))
		require.True(t, live(), name)
		require.NoError(t, end(), name)
		require.False(t, live(), name)
	}
}
