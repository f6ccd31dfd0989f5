package api

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func (p person) del(path string) reply { return p.send(http.MethodDelete, path, nil) }

// sheetsOf reads a workbook that was answered.
func sheetsOf(r reply) map[string][][]string {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.Code, r.Body.String())
	f, err := excelize.OpenReader(bytes.NewReader(r.Body.Bytes()))
	require.NoError(r.t, err)
	all := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		all[name], err = f.GetRows(name)
		require.NoError(r.t, err)
	}
	require.NoError(r.t, f.Close())
	return all
}

func TestViewsOfTheBoardAreSharedWithOnesOwnOffice(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	me, colleague := r.as(w.User(w.District, domain.RoleDistrict).ID), r.as(w.User(w.District, domain.RoleBureau).ID)
	stranger, teacher := r.as(w.User(w.Sibling, domain.RoleDistrict).ID), r.as(w.User(w.School, domain.RoleTeacher).ID)
	const path = "/api/v1/board-views"
	draft := gen.BoardViewDraft{Name: "逾期", Filters: map[string]string{"overdue": "1"}, Sort: "-overdue", Columns: []string{"school"}, OrgId: w.District.ID}
	teacher.post(path, draft).refused(http.StatusForbidden, apperr.Forbidden)
	v := ok[gen.BoardView](me.post(path, draft), http.StatusCreated)
	require.Equal(t, []any{true, w.District.Name, "-overdue"}, []any{v.Own, v.Org.Name, v.Sort})
	require.Equal(t, "name", me.post(path, draft).refused(http.StatusConflict, apperr.Conflict).Field)
	list := func(p person) gen.BoardViewList { return ok[gen.BoardViewList](p.get(path), http.StatusOK) }
	require.Equal(t, []gen.Ref{{Id: w.District.ID, Name: w.District.Name}}, list(me).Offices)
	seen := list(colleague).Items
	require.Len(t, seen, 1)
	require.False(t, seen[0].Own)
	require.NotEmpty(t, seen[0].Owner)
	require.Empty(t, list(stranger).Items)

	one := path + "/" + v.Id
	stranger.put(one, gen.BoardViewDraft{Name: "别人的", Filters: map[string]string{}, Columns: []string{}}).refused(http.StatusNotFound, apperr.NotFound)
	stranger.del(one).refused(http.StatusNotFound, apperr.NotFound)
	teacher.del(one).refused(http.StatusForbidden, apperr.Forbidden)
	colleague.put(one, draft).refused(http.StatusForbidden, apperr.Forbidden)
	colleague.del(one).refused(http.StatusForbidden, apperr.Forbidden)
	foreign := draft
	foreign.OrgId = w.Sibling.ID
	require.Equal(t, "org_id", me.put(one, foreign).refused(422, apperr.Invalid).Field)
	wrong := draft
	wrong.Filters = map[string]string{"path": "x"}
	require.Equal(t, "filters", me.put(one, wrong).refused(422, apperr.Invalid).Field)

	const settings = "/api/v1/me/settings"
	require.True(t, ok[gen.UserSettings](colleague.get(settings), http.StatusOK).WeeklyDigest)
	stranger.put(settings, gen.UserSettings{BoardViewId: v.Id}).refused(http.StatusNotFound, apperr.NotFound)
	for range 2 {
		ok[gen.UserSettings](colleague.put(settings, gen.UserSettings{BoardViewId: v.Id}), http.StatusOK)
	}
	require.Equal(t, v.Id, list(colleague).DefaultId)
	require.False(t, ok[gen.UserSettings](colleague.get(settings), http.StatusOK).WeeklyDigest)

	draft.Name, draft.OrgId = "我的逾期", ""
	require.Equal(t, "我的逾期", ok[gen.BoardView](me.put(one, draft), http.StatusOK).Name)
	require.Empty(t, list(colleague).Items, "no longer shared")
	require.Empty(t, list(colleague).DefaultId)
	require.Equal(t, http.StatusNoContent, me.del(one).Code)
	me.del(one).refused(http.StatusNotFound, apperr.NotFound)
}

// patient is three with sessions that outlive weeks.
func patient(t *testing.T) (*rig, *testkit.World, person) {
	t.Helper()
	_, w, _ := three(t)
	r := newRig(t, w.Store, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	return r, w, r.as(w.User(w.City, domain.RoleCityOffice).ID)
}

func TestTheBoardFiltersWhatLagsAndWhatNobodyCanDo(t *testing.T) {
	t.Parallel()
	r, w, city := patient(t)
	for query, want := range map[string]int{
		"stuck_days=5": 2, "stuck_days=400": 0, "orphaned=true": 3, "returned=true": 0, "behind=true": 0,
		"due_after=" + url.QueryEscape(w.Clock.Now().Format(time.RFC3339)): 2,
	} {
		require.Equal(t, want, progress(city, query).Total, query)
	}
	require.True(t, progress(city, "stage=filing").Items[0].Orphaned)
	w.User(w.Foreign, domain.RolePrincipal)
	row := progress(city, "stage=filing").Items[0]
	require.False(t, row.Orphaned)
	require.Equal(t, 2, progress(city, "orphaned=true").Total)

	// Ten working days were planned for the first stage.
	row = progress(city, "stage=team").Items[0]
	require.Equal(t, []int{10, 0, 0, 0}, []int{row.Plan.Planned, row.Plan.Elapsed, row.Plan.Percent, row.Plan.Behind})
	w.Clock.Set(row.Plan.End.AddDate(0, 0, 8))
	row = progress(city, "stage=team&sort=plan").Items[0]
	n, err := calendar.Base().Between(row.Plan.End, w.Clock.Now())
	require.NoError(t, err)
	require.Equal(t, []int{n, 10 + n, (10 + n) * 10}, []int{row.Plan.Behind, row.Plan.Elapsed, row.Plan.Percent})
	require.Positive(t, n)
	require.Positive(t, progress(city, "behind=true").Total)
	var roster models.RosterRow
	require.NoError(t, w.Store.DB(t.Context()).Take(&roster).Error)
	own := progress(r.as(roster.UserID), "").Items[0]
	require.Equal(t, []any{false, 0}, []any{own.Orphaned, own.Plan.Planned}, "a teacher is not told")

	columns := "columns=school,plan_days,elapsed_days,behind_days,elapsed_percent,plan_end,orphaned"
	sheet := sheetsOf(city.get("/api/v1/progress/export?stage=team&" + columns))["督办台账"]
	require.Equal(t, []string{"学校", "计划用时（工作日）", "已用（工作日）", "落后（工作日，负数为提前）", "已用占计划（%）", "本环节计划结束", "无人可办"}, sheet[0])
	require.Equal(t, []string{"10", fmt.Sprint(10 + n), fmt.Sprint(n)}, sheet[1][1:4])
}

// Waiting for n working days means the same to the filter and to each row.
func TestStuckDaysCountLikeTheRows(t *testing.T) {
	t.Parallel()
	days := calendar.Base()
	now := time.Date(2026, 10, 9, 3, 0, 0, 0, time.UTC) // after the holidays
	for n := 1; n <= 12; n++ {
		before, err := waitingSince(days, now, n)
		require.NoError(t, err)
		for _, test := range []struct {
			since time.Time
			stuck bool
		}{{before.Add(-time.Second), true}, {before, false}} {
			waited, err := days.Between(test.since, now)
			require.NoError(t, err)
			require.Equal(t, test.stuck, waited >= n, "%d days, since %s", n, test.since)
		}
	}
	_, err := waitingSince(days, now, 5000)
	require.Error(t, err)
}

// A cohort whose calendar does not tell leaves the figures of the others alone.
func TestACalendarThatDoesNotTellFailsNoList(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	w.Case(w.School, 0)
	c, err := w.Store.CreateCohort(t.Context(), models.NewCohort{
		Code: "2602", Name: "第二批", Programme: "2.0", OrgID: w.City.ID, PolicyDigest: w.Cohort.PolicyDigest,
		WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd,
	}, "tester")
	require.NoError(t, err)
	w.Clock.Advance(40 * 24 * time.Hour)
	city := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	figures := func() []int {
		w.Clock.Advance(time.Hour) // beyond what is remembered of the figures
		sums := ok[gen.Summary](city.get("/api/v1/summary"), 200)
		return []int{sums.Cities[0].Stuck, len(ok[gen.ProgressPage](city.get("/api/v1/progress?stuck_days=20"), 200).Items)}
	}
	calendar := func(cohort string, version string) {
		require.NoError(t, w.Store.DB(t.Context()).Model(&models.Cohort{}).Where("id = ?", cohort).Update("calendar_version", version).Error)
	}
	require.Equal(t, []int{1, 1}, figures())
	calendar(c.ID, "lost")
	require.Equal(t, []int{1, 1}, figures())
	calendar(w.Cohort.ID, "lost")
	require.Equal(t, []int{0, 0}, figures(), "who counts by no calendar has waited no days")
}

func TestBlockersBreakDownToGroups(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, users := w.Case(w.School, 3)
	ctx := t.Context()
	g, err := w.Store.CreateGroup(ctx, c.ID, models.NewGroup{Kind: "subject", Name: "语文组", LeaderID: users[0].ID}, "admin")
	require.NoError(t, err)
	require.NoError(t, w.Store.ChangeMembers(ctx, c.ID, g.ID, []string{users[1].ID}, nil))
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	groups := func(query string) []gen.BlockerGroup {
		return ok[gen.BlockerGroupList](district.get(casePath(c.ID, "/blockers/groups"+query)), http.StatusOK).Items
	}
	require.Empty(t, groups(""), "nothing to count before training")
	w.Move(c.ID, domain.StageTraining)
	items := groups("")
	require.Equal(t, []any{"语文组", users[0].Name, 2, 2, 2, int(w.Policy.Hours.Target) * 2},
		[]any{items[0].Name, items[0].Leader, items[0].Members, items[0].Blocked, items[0].Hours, items[0].Missing})
	require.Equal(t, []any{"未编入教研组", 1}, []any{items[1].Name, items[1].Members})
	require.Equal(t, "未编入教研组", groups("?sort=hours")[0].Name)
	district.get(casePath(c.ID, "/blockers/groups?sort=size")).refused(422, apperr.Invalid)
	sheet := sheetsOf(district.get(casePath(c.ID, "/blockers/groups/export?sort=members")))["各组滞留"]
	require.Equal(t, []string{"未编入教研组", "", "1", "1", "1", "25"}, sheet[1][:6])
	r.as(users[1].ID).get(casePath(c.ID, "/blockers/groups")).refused(http.StatusForbidden, apperr.Forbidden)
	r.as(w.User(w.Sibling, domain.RoleDistrict).ID).get(casePath(c.ID, "/blockers/groups/export")).refused(http.StatusNotFound, apperr.NotFound)
	require.Len(t, ok[gen.BlockerGroupList](r.as(users[0].ID).get(casePath(c.ID, "/blockers/groups")), 200).Items, 2, "the leader may look")
}

// Whatever a summary shows, the board lists with the filter that the contract names.
func TestEveryFigureOfASummaryOpensTheListItCounts(t *testing.T) {
	t.Parallel()
	r, w, city := patient(t)
	id := progress(city, "stage=training").Items[0].CaseId
	w.Move(id, domain.StageClosed, func(s *domain.State) { s.Result, s.Verdict, s.Waits = domain.ResultPassed, domain.VerdictPass, nil })
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Case{}).Where("id = ?", id).Update("plan_at", models.FarEnd).Error)
	w.Clock.Advance(40 * 24 * time.Hour)
	v := ok[gen.Summary](city.get("/api/v1/summary?stuck_days=15"), http.StatusOK)
	require.Len(t, v.Cities, 1)
	require.Len(t, v.Districts, 3)
	figures := func(a gen.AreaSummary, where string) {
		for query, n := range map[string]int{
			"": a.Started, "&state=open": a.Open, "&state=closed": a.Closed, "&overdue=true": a.Overdue, "&returned=true": a.Returned,
			"&stuck_days=15": a.Stuck, "&behind=true": a.Behind, "&orphaned=true": a.Orphaned, "&result=passed": a.Passed, "&result=failed": a.Failed,
		} {
			require.Equal(t, n, progress(city, where+query).Total, a.Org.Name, query)
		}
		for stage, n := range a.Stages {
			require.Equal(t, n, progress(city, where+"&stage="+stage).Total, stage)
		}
	}
	figures(v.Cities[0], "under="+w.City.ID)
	for _, d := range v.Districts {
		figures(d, "district_id="+d.Org.Id)
	}
	require.Equal(t, []int{3, 1, 1, 2, 2}, []int{v.Cities[0].Started, v.Cities[0].Passed, v.Cities[0].Overdue, v.Cities[0].Stuck, v.Cities[0].Behind})
	all := sheetsOf(city.get("/api/v1/summary/export?stuck_days=15"))
	require.Len(t, all["市汇总"], 2)
	require.Len(t, all["区汇总"], 4)
	require.Len(t, all["区×环节"], 4)
	require.Contains(t, strings.Join(all["市汇总"][1], " "), "100.0%", "all of them have started")
	require.Contains(t, all["区汇总"][0], "等待满15个工作日")

	own := ok[gen.Summary](r.as(w.User(w.District, domain.RoleDistrict).ID).get("/api/v1/summary"), http.StatusOK)
	require.Equal(t, []any{1, usualStuckDays}, []any{own.Cities[0].Started, own.StuckDays})
	r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).get("/api/v1/summary").refused(http.StatusForbidden, apperr.Forbidden)
	r.as(w.User(w.District, domain.RoleDistrict).ID).get("/api/v1/summary?under="+w.Sibling.ID).refused(http.StatusNotFound, apperr.NotFound)
}

func TestTurnaroundMeasuresWorkingDays(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	k.rig = newRig(t, k.w.Store, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	script.ToFiling()
	since := k.w.Now()
	k.w.Advance(9 * 24 * time.Hour)
	script.ReturnOnce()
	bureau := k.as(k.w.Bureau.UserID)
	v := ok[gen.Turnaround](bureau.get("/api/v1/turnaround"), http.StatusOK)
	days, err := calendar.Base().Between(calendar.DayStart(calendar.DayNumber(since)), since.AddDate(0, 0, 9).Add(24*time.Hour))
	require.NoError(t, err)
	require.Len(t, v.Offices, 1)
	require.Len(t, v.People, 1)
	require.Equal(t, []any{domain.RoleDistrict, 1, days, days}, []any{v.Offices[0].Role, v.Offices[0].Finished, v.Offices[0].Median, v.Offices[0].P90})
	require.Equal(t, k.w.Reviewer.UserID, v.People[0].Person.Id)
	require.NotEmpty(t, v.People[0].Person.Name)
	require.NotEmpty(t, v.Stages)
	all := sheetsOf(bureau.get("/api/v1/turnaround/export"))
	require.Equal(t, fmt.Sprint(days), all["各单位"][1][3])
	require.Equal(t, v.People[0].Person.Name, all["各经办人"][1][2])
	require.Len(t, all["各环节"], len(v.Stages)+1)
	require.Empty(t, ok[gen.Turnaround](bureau.get("/api/v1/turnaround?from=2020-01-01&to=2020-02-01"), 200).Offices)
	require.Equal(t, "from", bureau.get("/api/v1/turnaround?from=2020-03-01&to=2020-02-01").refused(422, apperr.Invalid).Field)
	k.as(k.w.Admin.UserID).get("/api/v1/turnaround").refused(http.StatusForbidden, apperr.Forbidden)
}

func TestSchoolsNotStartedHaveATotalAndAContact(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin := w.User(w.School, domain.RoleSchoolAdmin)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	p := ok[gen.NotStartedPage](district.get("/api/v1/progress/not-started"), http.StatusOK)
	require.Equal(t, []int{1, 1}, []int{p.Total, len(p.Items)})
	city := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	require.Equal(t, 3, ok[gen.NotStartedPage](city.get("/api/v1/progress/not-started?limit=1"), http.StatusOK).Total)
	sheet := sheetsOf(city.get("/api/v1/progress/not-started/export"))["未启动的学校"]
	require.Len(t, sheet, 4)
	require.Equal(t, 1, strings.Count(fmt.Sprint(sheet), admin.Name))
	r.as(w.User(w.School, domain.RoleTeacher).ID).get("/api/v1/progress/not-started/export").refused(http.StatusForbidden, apperr.Forbidden)

	list := ok[gen.ContactList](district.get("/api/v1/orgs/"+w.School.ID+"/contacts"), http.StatusOK).Items
	require.Equal(t, []domain.Role{domain.RolePrincipal, domain.RoleSchoolAdmin, domain.RoleDistrict}, convert(list, func(c gen.Contact) domain.Role { return c.Role }))
	require.Equal(t, []string{"", admin.Name}, []string{list[0].Name, list[1].Name})
	district.get("/api/v1/orgs/"+w.Foreign.ID+"/contacts").refused(http.StatusNotFound, apperr.NotFound)
	district.get("/api/v1/orgs/"+w.District.ID+"/contacts").refused(422, apperr.Invalid)
	direct := ok[gen.ContactList](city.get("/api/v1/orgs/"+w.Direct.ID+"/contacts"), http.StatusOK).Items
	require.Equal(t, domain.RoleCityOffice, direct[2].Role)
}

func TestADigestIsReadByItsOfficeOnly(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	reader := w.User(w.District, domain.RoleDistrict)
	monday := models.Monday(calendar.DayNumber(w.Clock.Now()))
	n, err := w.Store.SendDigest(t.Context(), w.District.ID, monday)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	own := r.as(reader.ID)
	notice := ok[gen.NoticePage](own.get("/api/v1/notices"), http.StatusOK).Items[0]
	require.Equal(t, "digest", notice.Kind)
	path := "/api/v1" + notice.Link
	d := ok[gen.Digest](own.get(path), http.StatusOK)
	require.Equal(t, []any{w.District.Name, 1}, []any{d.Org.Name, d.Open})
	require.Equal(t, d.Open, progress(own, "state=open&under="+d.Org.Id).Total)
	require.Len(t, d.Longest, 1)
	ok[gen.Digest](city.get(path), http.StatusOK)
	r.as(w.User(w.Sibling, domain.RoleDistrict).ID).get(path).refused(http.StatusNotFound, apperr.NotFound)
	r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).get(path).refused(http.StatusForbidden, apperr.Forbidden)

	city.post("/api/v1/digests", nil).refused(http.StatusForbidden, apperr.Forbidden)
	sysadmin := r.as(w.User(w.City, domain.RoleSysadmin).ID)
	require.Equal(t, http.StatusAccepted, sysadmin.post("/api/v1/digests", nil).Code)
	require.Equal(t, 1, r.engine.digests)
	r.engine.set(apperr.New(apperr.Unavailable, "流程引擎暂时无法访问。"), false)
	sysadmin.post("/api/v1/digests", nil).refused(http.StatusServiceUnavailable, apperr.Unavailable)
}
