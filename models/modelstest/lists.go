package modelstest

import (
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testInbox(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	f, _ := w.Case(w.Foreign, 0)
	principal := []models.Grant{{Role: domain.RolePrincipal, OrgID: w.School.ID}}
	rows, _, err := w.Store.TodoTasks(ctx, "me", principal, models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, []any{c.ID, domain.TaskTeam, w.School.Name, domain.StageTeam},
		[]any{rows[0].CaseID, rows[0].Task, rows[0].SchoolName, rows[0].Stage})
	rows, _, err = w.Store.TodoTasks(ctx, "me", []models.Grant{{Role: domain.RoleTeacher, OrgID: w.School.ID}}, models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, rows)

	done := w.Clock.Now()
	require.NoError(t, w.Store.DB(ctx).Create(&models.TaskRow{
		CaseID: f.ID, Visit: 9, Task: domain.TaskInvitation, Role: domain.RoleExpert, OrgID: w.City.ID, UserID: "me", Since: done, Status: models.TaskOpen,
	}).Error)
	rows, _, err = w.Store.TodoTasks(ctx, "me", principal, models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 2, "to the role and by name")
	rows, _, err = w.Store.TodoTasks(ctx, "another", nil, models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, rows)

	require.NoError(t, w.Store.DB(ctx).Model(&models.TaskRow{}).Where("case_id = ? AND visit = 9", f.ID).
		Updates(map[string]any{"status": models.TaskDone, "done_by": "me", "done_at": done}).Error)
	finished, _, err := w.Store.DoneTasks(ctx, "me", models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, finished, 1)
	mine, _, err := w.Store.SubmittedActions(ctx, domain.System().UserID, models.InboxFilter{}, models.Page{})
	require.NoError(t, err)
	require.Len(t, mine, 2, "the opening of both cases")
}

func testProgress(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	own, _ := w.Case(w.School, 0)
	foreign, _ := w.Case(w.Foreign, 0)
	w.Case(w.Direct, 0)
	due := w.Clock.Now().Add(-time.Hour)
	w.Move(foreign.ID, domain.StageFiling, func(s *domain.State) {
		s.Waits = map[string]domain.Wait{"2": {
			Visit: 2, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: w.Sibling.ID, Since: due, Due: &due, Overdue: true,
		}}
	})
	city := models.Scope{Paths: []string{w.City.Path}}
	yes := true
	for name, test := range map[string]struct {
		scope models.Scope
		f     models.ProgressFilter
		want  int
	}{
		"all of the city":      {city, models.ProgressFilter{}, 3},
		"a district's own":     {models.Scope{Paths: []string{w.District.Path}}, models.ProgressFilter{}, 1},
		"by district":          {city, models.ProgressFilter{DistrictID: w.Sibling.ID}, 1},
		"局属 under the city":    {city, models.ProgressFilter{DistrictID: w.City.ID}, 1},
		"by stage":             {city, models.ProgressFilter{Stage: domain.StageTeam}, 2},
		"by who is waited for": {city, models.ProgressFilter{WaitingRole: domain.RoleDistrict}, 1},
		"overdue":              {city, models.ProgressFilter{Overdue: &yes}, 1},
		"by name":              {city, models.ProgressFilter{Text: "天河"}, 1},
		"another cohort":       {city, models.ProgressFilter{CohortID: "other"}, 0},
		"nothing in no scope":  {models.Scope{}, models.ProgressFilter{}, 0},
	} {
		rows, _, err := w.Store.Progress(ctx, test.scope, test.f, models.Page{})
		require.NoError(t, err, name)
		require.Len(t, rows, test.want, name)
	}
	rows, _, err := w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{})
	require.NoError(t, err)
	require.Equal(t, foreign.ID, rows[0].ID, "what was due first leads")
	require.Equal(t, []string{w.Sibling.Name, w.Sibling.Name}, []string{rows[0].DistrictName, rows[0].WaitingOrg})
	require.True(t, due.Equal(*rows[0].DueAt))

	counts, err := w.Store.StageCounts(ctx, city, models.ProgressFilter{})
	require.NoError(t, err)
	require.Len(t, counts, 3)
	for _, n := range counts {
		require.Equal(t, 1, n.Cases)
		require.Equal(t, n.Stage == domain.StageFiling, n.Overdue == 1)
	}
	_ = own
}

func testNotStarted(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	city := models.Scope{Paths: []string{w.City.Path}}
	all := func(scope models.Scope, f models.ProgressFilter) []models.NotStarted {
		var list []models.NotStarted
		page := models.Page{Limit: 1}
		for {
			rows, next, err := w.Store.NotStartedSchools(ctx, scope, f, page)
			require.NoError(t, err)
			list = append(list, rows...)
			if next == "" {
				return list
			}
			page.Cursor = next
		}
	}
	require.Len(t, all(city, models.ProgressFilter{}), 3)
	require.NoError(t, w.Store.MarkOpened(ctx, w.Cohort.ID, w.School.ID, "case"))
	list := all(city, models.ProgressFilter{})
	require.Len(t, list, 2)
	require.Empty(t, all(models.Scope{Paths: []string{w.District.Path}}, models.ProgressFilter{}))
	list = all(city, models.ProgressFilter{DistrictID: w.Sibling.ID})
	require.Equal(t, []models.NotStarted{{
		CohortID: w.Cohort.ID, SchoolID: w.Foreign.ID, SchoolName: w.Foreign.Name, DistrictID: w.Sibling.ID, DistrictName: w.Sibling.Name,
	}}, list)
}

func testTimeline(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	rows, next, err := w.Store.Timeline(ctx, c.ID, models.Page{})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, rows, 1)
	require.Equal(t, []any{1, "", domain.StageTeam}, []any{rows[0].Seq, rows[0].ActorName, rows[0].StageAfter})
}

func testNotices(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	for i := range 3 {
		require.NoError(t, w.Store.DB(ctx).Create(&models.Notice{
			ID: fmt.Sprint(i), UserID: "me", Source: fmt.Sprint(i), Title: "x", CreatedAt: w.Clock.Now(),
		}).Error)
	}
	require.NoError(t, w.Store.ReadNotices(ctx, "me", "1"))
	require.NoError(t, w.Store.ReadNotices(ctx, "another"))
	n, err := w.Store.UnreadNotices(ctx, "me")
	require.NoError(t, err)
	require.Equal(t, 2, n)
	rows, _, err := w.Store.Notices(ctx, "me", true, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []string{"2", "0"}, []string{rows[0].ID, rows[1].ID})

	require.NoError(t, w.Store.Raise(ctx, models.Alarm{ID: "a", Kind: models.AlarmOrphan, Raw: []byte{0xff, 0}}))
	open, closed := true, false
	alarms, _, err := w.Store.Alarms(ctx, models.AlarmFilter{Open: &open}, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []byte{0xff, 0}, alarms[0].Raw)
	_, err = w.Store.CloseAlarm(ctx, "a", "me", " ")
	refused(t, err, apperr.Invalid)
	view, err := w.Store.CloseAlarm(ctx, "a", w.User(w.City).ID, "已重新投递")
	require.NoError(t, err)
	require.Equal(t, []any{"用户0001", "已重新投递", w.Clock.Now()}, []any{view.ClosedBy, view.ClearedNote, view.ClearedAt.UTC()})
	_, err = w.Store.CloseAlarm(ctx, "a", "another", "迟了")
	refused(t, err, apperr.Conflict)
	_, err = w.Store.CloseAlarm(ctx, "none", "another", "没有")
	refused(t, err, apperr.NotFound)
	for name, c := range map[string]struct {
		f    models.AlarmFilter
		want int
	}{
		"all": {models.AlarmFilter{}, 1}, "open": {models.AlarmFilter{Open: &open}, 0}, "closed": {models.AlarmFilter{Open: &closed}, 1},
		"kind": {models.AlarmFilter{Kind: models.AlarmStuck}, 0}, "case": {models.AlarmFilter{CaseID: "c"}, 0},
	} {
		rows, _, err := w.Store.Alarms(ctx, c.f, models.Page{})
		require.NoError(t, err)
		require.Len(t, rows, c.want, name)
	}
}

func testSchoolsOfCohort(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	opened, _ := w.Case(w.School, 0)
	require.NoError(t, w.Store.MarkOpened(ctx, w.Cohort.ID, w.School.ID, opened.ID))
	city := models.Scope{Paths: []string{w.City.Path}}
	for name, c := range map[string]struct {
		scope models.Scope
		f     models.CohortSchoolFilter
		sort  string
		want  []*models.Org
	}{
		"by code":         {city, models.CohortSchoolFilter{}, "", []*models.Org{w.Direct, w.Foreign, w.School}},
		"by name":         {city, models.CohortSchoolFilter{}, "name", []*models.Org{w.School, w.Direct, w.Foreign}},
		"not started":     {city, models.CohortSchoolFilter{Status: models.SchoolPlanned}, "-code", []*models.Org{w.Foreign, w.Direct}},
		"started":         {city, models.CohortSchoolFilter{Status: models.SchoolOpened}, "", []*models.Org{w.School}},
		"of the district": {city, models.CohortSchoolFilter{DistrictID: w.Sibling.ID}, "", []*models.Org{w.Foreign}},
		"in scope":        {models.Scope{Paths: []string{w.District.Path}}, models.CohortSchoolFilter{}, "", []*models.Org{w.School}},
		"text":            {city, models.CohortSchoolFilter{Text: "直属"}, "", []*models.Org{w.Direct}},
		"text of a code":  {city, models.CohortSchoolFilter{Text: "440104"}, "", []*models.Org{w.Foreign}},
	} {
		rows, _, err := w.Store.SchoolsOfCohort(ctx, c.scope, w.Cohort.ID, c.f, models.Page{Sort: c.sort})
		require.NoError(t, err, name)
		var got, want []string
		for _, r := range rows {
			got = append(got, r.SchoolName)
		}
		for _, o := range c.want {
			want = append(want, o.Name)
		}
		require.Equal(t, want, got, name)
	}
	rows, _, err := w.Store.SchoolsOfCohort(ctx, city, w.Cohort.ID, models.CohortSchoolFilter{Status: models.SchoolOpened}, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []any{opened.ID, domain.StageTeam, w.District.Name}, []any{*rows[0].CaseID, rows[0].Stage, rows[0].DistrictName})
	_, _, err = w.Store.SchoolsOfCohort(ctx, city, w.Cohort.ID, models.CohortSchoolFilter{}, models.Page{Sort: "size"})
	refused(t, err, apperr.Invalid)
	for _, c := range []struct {
		scope            models.Scope
		schools, started int
	}{{city, 3, 1}, {models.Scope{All: true}, 3, 1}, {models.Scope{Paths: []string{w.Sibling.Path}}, 1, 0}} {
		sizes, err := w.Store.CohortSizes(ctx, c.scope, []string{w.Cohort.ID, "none"})
		require.NoError(t, err)
		require.Equal(t, map[string]models.CohortSize{w.Cohort.ID: {CohortID: w.Cohort.ID, Schools: c.schools, Started: c.started, Waiting: c.schools - c.started}}, sizes, "as many as are listed")
	}
}

// A teacher's write and a change of stage take turns: after the stage has moved nothing
// more is written.
func testFilingRace(w *testkit.World) {
	t := w.T
	s := train(t, w)
	var wg sync.WaitGroup
	wg.Go(func() { w.Move(s.id, domain.StageDossier) })
	for i := range 10 {
		wg.Go(func() {
			err := w.Store.PutGoals(t.Context(), s.id, s.leader, fmt.Sprint(i))
			if code := apperr.CodeOf(err); code != "" && code != apperr.WrongStage {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	refused(t, w.Store.PutGoals(t.Context(), s.id, s.leader, "late"), apperr.WrongStage)
}

func testDuplicateError(w *testkit.World) {
	t := w.T
	db := w.Store.DB(t.Context())
	primary := db.Create(w.City).Error
	other := *w.City
	other.ID = testkit.ID()
	unique := db.Create(&other).Error
	for name, err := range map[string]error{"primary": primary, "unique": unique} {
		require.True(t, models.IsDuplicate(err), name)
		require.False(t, models.IsRetryable(err), name)
	}
	require.False(t, models.IsDuplicate(nil))
}
