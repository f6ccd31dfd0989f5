package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// query is one read of the store that a page makes.
type query struct {
	name string
	run  func() error
}

// queries are the lists and figures of the board, the dashboard, the inbox and the search, as an
// official of the whole province, of one school and of two districts asks for them.
func queries(tb testing.TB, s *models.Store, b *testkit.Bulk) []query {
	tb.Helper()
	ctx := tb.Context()
	var list []query
	add := func(name string, run func() error) { list = append(list, query{name, run}) }
	yes, no := true, false
	soon := s.Now().AddDate(0, 0, 3)
	day := 20600
	for reach, scope := range map[string]models.Scope{
		"province": {Paths: []string{b.Province.Path}},
		"school":   {Paths: []string{b.Districts[0].Path + b.School + "/"}},
		"two":      {Paths: []string{b.Districts[1].Path, b.Districts[2].Path}, CaseIDs: []string{b.School}},
	} {
		for name, f := range map[string]models.ProgressFilter{
			"all": {}, "cohort": {CohortID: b.Cohort.ID}, "district": {DistrictID: b.Districts[0].ID}, "stage": {Stage: domain.StageFiling},
			"role": {WaitingRole: domain.RoleDistrict}, "overdue": {Overdue: &yes}, "open": {Closed: &no}, "under": {Under: b.Districts[0].Path},
			"due": {DueBefore: &soon}, "text": {Text: "0177"}, "verdict": {Verdict: domain.VerdictPass}, "result": {Result: domain.ResultPassed},
			"entered":  {Entered: models.Moves{Stage: domain.StageFiling, First: day, Last: day + 6}},
			"returned": {Returned: &yes}, "orphaned": {Orphaned: true}, "paused": {Paused: &yes}, "behind": {Behind: &soon}, "due after": {DueAfter: &soon},
			"waited":           {Waited: []models.Cutoff{{Before: soon}}},
			"waited by cohort": {Waited: []models.Cutoff{{CohortIDs: []string{b.Cohort.ID}, Before: soon}, {CohortIDs: []string{"next"}, Before: soon}}},
			"left":             {Left: models.Moves{Stage: domain.StageFiling, First: day, Last: day + 6}},
		} {
			add("count/"+reach+"/"+name, func() error { _, err := s.CountProgress(ctx, scope, f); return err })
			sorts := []string{"due"}
			if name == "all" {
				sorts = []string{"due", "-due", "waited", "-waited", "name", "-name", "stage", "-stage", "plan", "-plan"}
			}
			for _, sort := range sorts {
				add("board/"+reach+"/"+name+"/"+sort, func() error {
					_, next, err := s.Progress(ctx, scope, f, models.Page{Sort: sort})
					if err != nil || next == "" {
						return err
					}
					_, _, err = s.Progress(ctx, scope, f, models.Page{Sort: sort, Cursor: next})
					return err
				})
			}
		}
		for _, text := range []string{"0177", "小学", "管理员", "admin-s00", "备案[2026]s00017"} {
			add("search/"+reach+"/"+text, func() error { return search(tb, s, scope, text) })
		}
		for name, f := range map[string]models.ProgressFilter{"all": {}, "cohort": {CohortID: b.Cohort.ID}, "under": {Under: b.Districts[0].Path}} {
			add("summary/"+reach+"/"+name, func() error { return summary(tb, s, scope, f) })
			add("dashboard/"+reach+"/"+name, func() error { return dashboard(tb, s, scope, f) })
		}
	}
	add("vitals", func() error { _, err := s.Vitals(ctx); return err })
	add("digest/offices", func() error { _, err := s.DigestOffices(ctx); return err })
	add("digest", func() error { _, err := s.SendDigest(ctx, b.Districts[0].ID, day); return err })
	add("views", func() error { _, err := s.BoardViews(ctx, b.Reviewer.ID, []string{b.Districts[0].ID}); return err })
	grants := []models.Grant{{Role: domain.RoleDistrict, OrgID: b.Districts[0].ID}, {Role: domain.RoleBureau, OrgID: b.Districts[0].ID}}
	for name, f := range map[string]models.InboxFilter{
		"all": {}, "cohort": {CohortID: b.Cohort.ID}, "stage": {Stage: domain.StageFiling}, "task": {Task: domain.TaskFiling}, "overdue": {Overdue: &yes}, "text": {Text: "0177"},
	} {
		add("inbox/count/"+name, func() error { _, err := s.CountTodo(ctx, b.Reviewer.ID, grants, f); return err })
		add("inbox/done count/"+name, func() error { _, err := s.CountDone(ctx, b.Reviewer.ID, f); return err })
		for _, sort := range []string{"due", "-due", "since", "name"} {
			add("inbox/todo/"+name+"/"+sort, func() error {
				_, _, err := s.TodoTasks(ctx, b.Reviewer.ID, grants, f, models.Page{Sort: sort})
				return err
			})
			add("inbox/done/"+name+"/"+sort, func() error {
				_, _, err := s.DoneTasks(ctx, b.Reviewer.ID, f, models.Page{Sort: sort})
				return err
			})
		}
		add("inbox/submitted/"+name, func() error {
			_, _, err := s.SubmittedActions(ctx, b.Reviewer.ID, f, models.Page{})
			return err
		})
	}
	return list
}

// summary asks for everything in the summaries of districts and cities, for how long
// offices took, and for the schools not started.
func summary(tb testing.TB, s *models.Store, scope models.Scope, f models.ProgressFilter) error {
	tb.Helper()
	ctx := tb.Context()
	for _, ask := range []func() error{
		func() error {
			_, err := s.AreaCounts(ctx, scope, f, []models.Cutoff{{Before: s.Now()}}, s.Now())
			return err
		},
		func() error { _, err := s.OrphansByDistrict(ctx, scope, f); return err },
		func() error { _, err := s.NotStartedByDistrict(ctx, scope, f); return err },
		func() error { _, _, err := s.NotStartedSchools(ctx, scope, f, models.Page{}); return err },
		func() error {
			_, err := s.OfficeSpans(ctx, scope, f, models.Period{First: 20500, Last: 20700})
			return err
		},
		func() error { _, err := s.OfficeSpans(ctx, scope, f, models.Period{}); return err },
		func() error {
			_, err := s.StageSpansIn(ctx, scope, f, models.Period{First: 20500, Last: 20700})
			return err
		},
	} {
		if err := ask(); err != nil {
			return err
		}
	}
	return nil
}

// dashboard asks for everything the 看板 draws.
func dashboard(tb testing.TB, s *models.Store, scope models.Scope, f models.ProgressFilter) error {
	tb.Helper()
	ctx := tb.Context()
	yes := true
	late := f
	late.Overdue = &yes
	for _, ask := range []func() error{
		func() error { _, err := s.StageCounts(ctx, scope, f); return err },
		func() error { _, err := s.VerdictCounts(ctx, scope, f); return err },
		func() error { _, err := s.CountNotStarted(ctx, scope, f); return err },
		func() error { _, err := s.StageSpans(ctx, scope, f); return err },
		func() error { _, err := s.EnteredByWeek(ctx, scope, f, 20500); return err },
		func() error { _, err := s.LeftByWeek(ctx, scope, f, domain.StageConfirmation, 20500); return err },
		func() error {
			_, _, err := s.Progress(ctx, scope, late, models.Page{Limit: 10, Sort: "-overdue"})
			return err
		},
	} {
		if err := ask(); err != nil {
			return err
		}
	}
	return nil
}

// search looks for everything that a search finds.
func search(tb testing.TB, s *models.Store, scope models.Scope, text string) error {
	tb.Helper()
	const limit = 9
	_, err := s.FindSchools(tb.Context(), scope, text, limit)
	if err == nil {
		_, err = s.FindUsers(tb.Context(), scope, scope, text, limit)
	}
	if err == nil {
		_, err = s.FindFilings(tb.Context(), scope, text, limit)
	}
	return err
}

// big are the tables that grow with the number of schools.
var big = []string{"cases", "tasks", "actions", "stage_visits", "events", "orgs", "users", "cohort_schools", "v", "outbox", "alarms", "file_uploads"}

// At 30,000 cases no list and no figure reads a table from end to end.
func testPlans(t *testing.T, db *gorm.DB) {
	t.Helper()
	clock := testkit.NewClock()
	s := models.New(db, clock.Now, testkit.Keyring(t))
	b := testkit.NewBulk(t, s)
	var n int64
	require.NoError(t, db.Table("cases").Count(&n).Error)
	require.EqualValues(t, testkit.BulkCases, n)
	var all []testkit.Statement
	testkit.Recorded(t, db, func(st testkit.Statement) { all = append(all, st) })
	checked := map[string]bool{}
	for _, q := range queries(t, s, b) {
		all = nil
		require.NoError(t, q.run(), q.name)
		require.NotEmpty(t, all, q.name)
		for _, st := range all {
			for _, step := range testkit.Plan(t, db, st) {
				if step.Whole {
					require.NotContains(t, big, step.Table, "%s reads a whole table:\n%s", q.name, st.SQL)
				}
			}
			checked[st.SQL] = true
		}
	}
	require.Greater(t, len(checked), 100)
}

// The plans on MySQL wherever a server is named; on SQLite see plans_sqlite_test.go.
func TestPlansMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	testPlans(t, testkit.MySQL(t))
}

// BenchmarkFigures says how long each read takes at 30,000 cases:
//
//	go test ./models -run '^$' -bench Figures -benchtime 5x
//
// ZX_TEST_MYSQL_DSN names a MySQL server to ask instead of SQLite.
func BenchmarkFigures(b *testing.B) {
	open := testkit.SQLite
	if testkit.MySQLDSN() != "" {
		open = testkit.MySQL
	}
	s := models.New(open(b), time.Now, testkit.Keyring(b))
	for _, q := range queries(b, s, testkit.NewBulk(b, s)) {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, q.run())
			}
		})
	}
}
