package modelstest

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testBoardViews(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	office, other := []string{w.District.ID}, []string{w.Sibling.ID}
	late := models.NewBoardView{Name: " 逾期 ", Filters: map[string]string{"overdue": "1"}, Sort: "-overdue", Columns: []string{"school", "over"}}
	own, err := w.Store.CreateBoardView(ctx, "me", late)
	require.NoError(t, err)
	filters, columns, err := own.Decode()
	require.NoError(t, err)
	require.Equal(t, []any{"逾期", map[string]string{"overdue": "1"}, []string{"school", "over"}}, []any{own.Name, filters, columns})
	_, err = w.Store.CreateBoardView(ctx, "me", late)
	refused(t, err, apperr.Conflict)
	_, err = w.Store.CreateBoardView(ctx, "me", models.NewBoardView{Name: "  "})
	refused(t, err, apperr.Invalid)
	_, err = w.Store.CreateBoardView(ctx, "me", models.NewBoardView{Name: strings.Repeat("长", 21)})
	refused(t, err, apperr.Invalid)

	late.OrgID = w.District.ID
	shared, err := w.Store.CreateBoardView(ctx, "colleague", late)
	require.NoError(t, err, "names are one's own")
	names := func(user string, offices []string) []string {
		rows, err := w.Store.BoardViews(ctx, user, offices)
		require.NoError(t, err)
		var list []string
		for _, v := range rows {
			list = append(list, v.OwnerID)
		}
		return list
	}
	require.Equal(t, []string{"me", "colleague"}, names("me", office))
	require.Equal(t, []string{"me"}, names("me", other))
	_, err = w.Store.BoardView(ctx, "me", other, shared.ID)
	refused(t, err, apperr.NotFound)
	_, err = w.Store.EditBoardView(ctx, "me", other, shared.ID, late)
	refused(t, err, apperr.NotFound)
	_, err = w.Store.EditBoardView(ctx, "me", office, shared.ID, late)
	refused(t, err, apperr.Forbidden)
	refused(t, w.Store.DeleteBoardView(ctx, "me", office, shared.ID), apperr.Forbidden)

	_, err = w.Store.PutSettings(ctx, models.UserSettings{UserID: "me", ViewID: shared.ID}, other)
	refused(t, err, apperr.NotFound)
	for range 2 {
		_, err = w.Store.PutSettings(ctx, models.UserSettings{UserID: "me", ViewID: shared.ID, NoDigest: true}, office)
		require.NoError(t, err)
	}
	set, err := w.Store.Settings(ctx, "me")
	require.NoError(t, err)
	require.Equal(t, []any{shared.ID, true}, []any{set.ViewID, set.NoDigest})

	renamed, err := w.Store.EditBoardView(ctx, "me", office, own.ID, models.NewBoardView{Name: "全部"})
	require.NoError(t, err)
	require.Equal(t, []string{"全部", "{}", "[]"}, []string{renamed.Name, renamed.Filters, renamed.Columns})
	require.NoError(t, w.Store.DeleteBoardView(ctx, "me", office, own.ID))
	refused(t, w.Store.DeleteBoardView(ctx, "me", office, own.ID), apperr.NotFound)
	for i := range 50 {
		_, err = w.Store.CreateBoardView(ctx, "me", models.NewBoardView{Name: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	_, err = w.Store.CreateBoardView(ctx, "me", models.NewBoardView{Name: "再一个"})
	refused(t, err, apperr.Conflict)
}

// waitFor has a case wait for one seat, or for one person.
func waitFor(w *testkit.World, caseID, org string, role domain.Role, user string) {
	w.T.Helper()
	due := w.Clock.Now().AddDate(0, 0, 5)
	wait := domain.Wait{Visit: 9, Task: domain.TaskFiling, Role: role, OrgID: org, UserID: user, Since: w.Clock.Now(), Due: &due}
	w.Move(caseID, domain.StageFiling, func(s *domain.State) { s.Waits = map[string]domain.Wait{"9": wait} })
	db := w.Store.DB(w.T.Context())
	require.NoError(w.T, db.Where("case_id = ?", caseID).Delete(&models.TaskRow{}).Error)
	require.NoError(w.T, db.Create(&models.TaskRow{
		CaseID: caseID, Visit: 9, Task: wait.Task, Role: role, OrgID: org, UserID: user, Since: wait.Since, DueAt: &due, Status: models.TaskOpen,
	}).Error)
}

func testOrphans(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	city := models.Scope{Paths: []string{w.City.Path}}
	orphaned := func(want bool, why string) {
		t.Helper()
		n, err := w.Store.CountProgress(ctx, city, models.ProgressFilter{Orphaned: true})
		require.NoError(t, err)
		rows, _, err := w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{})
		require.NoError(t, err)
		require.Equal(t, []any{want, want}, []any{n.Cases == 1, rows[0].Orphaned}, why)
	}
	orphaned(true, "nobody administers the school")
	waitFor(w, c.ID, w.District.ID, domain.RoleDistrict, "")
	orphaned(true, "nobody works at the district")
	u := w.User(w.District, domain.RoleDistrict)
	orphaned(false, "somebody does")
	require.NoError(t, w.Store.DB(ctx).Model(u).Update("disabled", true).Error)
	orphaned(true, "the account is disabled")
	expert := w.User(w.City, domain.RoleExpert)
	waitFor(w, c.ID, w.City.ID, domain.RoleExpert, expert.ID)
	orphaned(false, "the named person can act")
	require.NoError(t, w.Store.DB(ctx).Where("user_id = ?", expert.ID).Delete(&models.Grant{}).Error)
	orphaned(true, "the named person has lost the role")
	one, two := w.User(w.District, domain.RoleDistrict), w.User(w.District, domain.RoleDistrict)
	waitFor(w, c.ID, w.District.ID, domain.RoleDistrict, "")
	barred := strings.Join([]string{one.ID, two.ID}, ",")
	bar := func(ids string) {
		t.Helper()
		require.NoError(t, w.Store.DB(ctx).Model(&models.TaskRow{}).Where("case_id = ?", c.ID).Update("barred", ids).Error)
	}
	bar(one.ID)
	orphaned(false, "a colleague may do the next step")
	inbox := func(u *models.User) int {
		t.Helper()
		grants, err := w.Store.GrantsNow(ctx, u.ID)
		require.NoError(t, err)
		rows, _, err := w.Store.TodoTasks(ctx, u.ID, grants, models.InboxFilter{}, models.Page{})
		require.NoError(t, err)
		return len(rows)
	}
	require.Equal(t, []int{0, 1}, []int{inbox(one), inbox(two)})
	bar(barred)
	orphaned(true, "everybody has done a step before it")
	require.NoError(t, w.Store.DB(ctx).Model(&models.TaskRow{}).Where("case_id = ?", c.ID).Update("status", models.TaskDone).Error)
	orphaned(false, "nothing is open")
}

// The plan follows the pinned deadlines from the opening on, on working days.
func testPlanDates(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	days := calendar.Base()
	after := func(from time.Time, stage domain.Stage) time.Time {
		due, err := days.Due(from, w.Policy.Deadlines[stage].Days)
		require.NoError(t, err)
		return due
	}
	require.Equal(t, after(c.OpenedAt, domain.StageTeam), *c.PlanEnd)
	require.Equal(t, c.OpenedAt, *c.PlanStart)
	require.Equal(t, *c.PlanEnd, c.PlanAt)
	late, early := c.Behind(c.PlanEnd.Add(time.Second))
	require.Equal(t, []any{c.PlanEnd, (*time.Time)(nil)}, []any{late, early})
	late, early = c.Behind(w.Clock.Now())
	require.Equal(t, []*time.Time{nil, nil}, []*time.Time{late, early})

	lost := map[string]any{"plan_start": nil, "plan_end": nil, "plan_at": models.FarEnd}
	for stage, end := range map[domain.Stage]time.Time{
		domain.StageDiagnosis: after(after(c.OpenedAt, domain.StageTeam), domain.StageDiagnosis),
		domain.StageTraining:  w.Cohort.WindowEnd, domain.StageAssessment: after(w.Cohort.WindowEnd, domain.StageAssessment),
	} {
		w.Move(c.ID, stage)
		require.NoError(t, w.Store.DB(ctx).Model(&models.Case{}).Where("id = ?", c.ID).Updates(lost).Error)
		require.NoError(t, w.Store.PlanCases(ctx))
		row, err := w.Store.CaseByID(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, end, row.PlanEnd.UTC(), stage)
		require.NoError(t, w.Store.PlanCases(ctx))
	}
	row, err := w.Store.CaseByID(ctx, c.ID)
	require.NoError(t, err)
	late, early = row.Behind(w.Clock.Now())
	require.Equal(t, []any{(*time.Time)(nil), *row.PlanStart}, []any{late, *early}, "ahead of a plan that is still to come")
	before := w.Cohort.WindowEnd.AddDate(1, 0, 0)
	for _, test := range []struct {
		at   time.Time
		want int
	}{{before, 1}, {w.Clock.Now(), 0}} {
		n, err := w.Store.CountProgress(ctx, models.Scope{All: true}, models.ProgressFilter{Behind: &test.at})
		require.NoError(t, err)
		require.Equal(t, test.want, n.Cases)
	}
}

// Groups add up to what the list of blockers counts.
func testBlockerGroups(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	require.NoError(t, w.Store.ChangeMembers(ctx, s.id, s.group.ID, nil, []string{s.members[1]}))
	s.complete(t, s.members[0], s.name(t, s.members[0]))
	c, err := w.Store.CaseByID(ctx, s.id)
	require.NoError(t, err)
	groups, err := w.Store.BlockersByGroup(ctx, &c)
	require.NoError(t, err)
	require.Len(t, groups, 2)
	require.Equal(t, []any{"语文组", 2, 2}, []any{groups[0].Name, groups[0].Members, groups[0].Blocked}, "one has all but the review and the grade")
	require.Equal(t, []any{"", 1, 1, w.Policy.Hours.Target}, []any{groups[1].ID, groups[1].Members, groups[1].Blocked, groups[1].Missing})
	require.Equal(t, 1, groups[0].Lacks[models.BlockerPlan])
	all, err := w.Store.Blockers(ctx, &c)
	require.NoError(t, err)
	for _, b := range all {
		if b.Kind != models.BlockerDossier {
			require.Equal(t, b.Count, groups[0].Lacks[b.Kind]+groups[1].Lacks[b.Kind], b.Kind)
		}
	}
	c.Stage = domain.StageScoring
	groups, err = w.Store.BlockersByGroup(ctx, &c)
	require.NoError(t, err)
	require.Empty(t, groups)
}

func testAreas(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	a, _ := w.Case(w.School, 0)
	w.Case(w.Direct, 0)
	w.Move(a.ID, domain.StageClosed, func(s *domain.State) { s.Result, s.Waits = domain.ResultPassed, nil })
	w.Clock.Advance(30 * 24 * time.Hour)
	city := models.Scope{Paths: []string{w.City.Path}}
	for name, cutoffs := range map[string][]models.Cutoff{
		"all":     {{Before: w.Store.Now()}},
		"cohorts": {{CohortIDs: []string{w.Cohort.ID}, Before: w.Store.Now()}, {CohortIDs: []string{"other"}, Before: w.Store.Now().AddDate(1, 0, 0)}},
	} {
		rows, err := w.Store.AreaCounts(ctx, city, models.ProgressFilter{}, cutoffs, w.Store.Now())
		require.NoError(t, err)
		require.ElementsMatch(t, []models.AreaCount{
			{Tally: models.Tally{Cases: 1}, DistrictID: w.District.ID, Stage: domain.StageClosed, Passed: 1, Behind: 1},
			{Tally: models.Tally{Cases: 1}, DistrictID: w.City.ID, Stage: domain.StageTeam, Stuck: 1, Behind: 1},
		}, rows, name)
		n, err := w.Store.CountProgress(ctx, city, models.ProgressFilter{Waited: cutoffs})
		require.NoError(t, err)
		require.Equal(t, 1, n.Cases)
	}
	orphans, err := w.Store.OrphansByDistrict(ctx, city, models.ProgressFilter{})
	require.NoError(t, err)
	require.Equal(t, []models.DistrictCount{{DistrictID: w.City.ID, Schools: 1}, {DistrictID: w.District.ID, Schools: 1}}, sorted(orphans, w.City.ID))
	waiting, err := w.Store.NotStartedByDistrict(ctx, city, models.ProgressFilter{})
	require.NoError(t, err)
	require.Equal(t, []models.DistrictCount{{DistrictID: w.Sibling.ID, Schools: 1}}, waiting)
	orgs, err := w.Store.OrgsAbove(ctx, []string{w.District.ID})
	require.NoError(t, err)
	require.Equal(t, []string{w.District.Name, w.City.Name}, []string{orgs[w.District.ID].Name, orgs[w.City.ID].Name})
}

// sorted puts one district first.
func sorted(rows []models.DistrictCount, first string) []models.DistrictCount {
	if len(rows) == 2 && rows[0].DistrictID != first {
		rows[0], rows[1] = rows[1], rows[0]
	}
	return rows
}

func testOfficeSpans(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	since := w.Clock.Now()
	done := func(visit int, role domain.Role, at *time.Time) {
		require.NoError(t, w.Store.DB(ctx).Create(&models.TaskRow{
			CaseID: c.ID, Visit: visit, Task: domain.TaskFiling, Role: role, OrgID: w.District.ID, Path: c.Path, Since: since,
			Status: models.TaskDone, DoneBy: "reviewer", DoneAt: at,
		}).Error)
	}
	third, ninth := since.AddDate(0, 0, 3), since.AddDate(0, 0, 9)
	done(11, domain.RoleDistrict, &third)
	done(12, domain.RoleDistrict, &third)
	done(13, domain.RoleDistrict, &ninth)
	done(14, domain.RoleSchoolAdmin, &third)
	done(15, domain.RoleDistrict, nil)
	done(16, domain.RoleDistrict, &third)
	require.NoError(t, w.Store.DB(ctx).Model(&models.TaskRow{}).Where("visit = ?", 16).Update("done_kind", domain.WithdrawPlan).Error)
	day := calendar.DayNumber(since)
	span := func(days, n int) models.OfficeSpan {
		return models.OfficeSpan{
			CohortID: w.Cohort.ID, OrgID: w.District.ID, Role: domain.RoleDistrict, UserID: "reviewer", FirstDay: day, LastDay: day + days, Tasks: n,
		}
	}
	for name, test := range map[string]struct {
		p     models.Period
		scope models.Scope
		want  []models.OfficeSpan
	}{
		"always":     {models.Period{}, models.Scope{Paths: []string{w.City.Path}}, []models.OfficeSpan{span(3, 2), span(9, 1)}},
		"first days": {models.Period{First: day, Last: day + 3}, models.Scope{All: true}, []models.OfficeSpan{span(3, 2)}},
		"later":      {models.Period{First: day + 4}, models.Scope{All: true}, []models.OfficeSpan{span(9, 1)}},
		"elsewhere":  {models.Period{}, models.Scope{Paths: []string{w.Sibling.Path}}, nil},
	} {
		rows, err := w.Store.OfficeSpans(ctx, test.scope, models.ProgressFilter{CohortID: w.Cohort.ID}, test.p)
		require.NoError(t, err)
		require.ElementsMatch(t, test.want, rows, name)
	}
}

// Everybody at an office hears of a week once, unless they would rather not.
func testDigest(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	w.Clock.Advance(10 * 24 * time.Hour)
	monday := models.Monday(calendar.DayNumber(w.Clock.Now()))
	keen, quiet := w.User(w.District, domain.RoleDistrict, domain.RoleBureau), w.User(w.District, domain.RoleDistrict)
	w.User(w.Sibling, domain.RoleDistrict)
	gone := w.User(w.City, domain.RoleCityOffice)
	offices, err := w.Store.DigestOffices(ctx)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{w.City.ID, w.District.ID}, offices, "the other district has no open case")
	_, err = w.Store.PutSettings(ctx, models.UserSettings{UserID: quiet.ID, NoDigest: true}, nil)
	require.NoError(t, err)
	require.NoError(t, w.Store.DB(ctx).Model(gone).Update("disabled", true).Error)
	for i, want := range []int{1, 0} {
		n, err := w.Store.SendDigest(ctx, w.District.ID, monday)
		require.NoError(t, err)
		require.Equal(t, want, n, i)
	}
	n, err := w.Store.SendDigest(ctx, w.City.ID, monday)
	require.NoError(t, err)
	require.Zero(t, n, "a disabled account reads nothing")
	notices, _, err := w.Store.Notices(ctx, keen.ID, true, models.Page{})
	require.NoError(t, err)
	require.Len(t, notices, 1)
	// The clock began on Monday, 7 September, and has gone on ten days.
	require.Contains(t, notices[0].Title, "（2026-09-07 至 2026-09-13）：在办 1 所")
	id := strings.TrimPrefix(notices[0].Link, "/digests/")
	_, err = w.Store.DigestByID(ctx, models.Scope{Paths: []string{w.Sibling.Path}}, id)
	refused(t, err, apperr.NotFound)
	d, err := w.Store.DigestByID(ctx, models.Scope{Paths: []string{w.City.Path}}, id)
	require.NoError(t, err)
	body, err := d.Decode()
	require.NoError(t, err)
	require.Equal(t, []any{1, 1, 1, monday - 7, monday - 1}, []any{body.Open, body.Orphaned, body.Entered[domain.StageTeam], body.First, body.Last})
	require.Equal(t, c.ID, body.Longest[0].CaseID)
	require.Positive(t, body.Longest[0].WorkingDays)
	n, err = w.Store.SendDigest(ctx, w.District.ID, monday+7)
	require.NoError(t, err)
	require.Equal(t, 1, n, "the next week is another one")
}
