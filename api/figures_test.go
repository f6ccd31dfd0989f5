package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// three opens a case in each school of the city: one overdue in filing, one in training,
// one as it was opened.
func three(t *testing.T) (*rig, *testkit.World, person) {
	t.Helper()
	r, w := newWorld(t)
	due := w.Clock.Now().AddDate(0, 0, -10)
	a, _ := w.Case(w.School, 3)
	b, _ := w.Case(w.Foreign, 0)
	w.Case(w.Direct, 0)
	w.Move(a.ID, domain.StageTraining, func(s *domain.State) {
		until := w.Clock.Now().AddDate(0, 0, 60)
		s.Waits = map[string]domain.Wait{"2": {
			Visit: 2, Task: domain.TaskTraining, Role: domain.RoleSchoolAdmin, OrgID: w.School.ID, Since: due, Due: &until,
		}}
	})
	w.Move(b.ID, domain.StageFiling, func(s *domain.State) {
		s.Revision = 2
		s.Waits = map[string]domain.Wait{"2": {
			Visit: 2, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: w.Sibling.ID, Since: due.Add(-24 * time.Hour), Due: &due, Overdue: true,
		}}
	})
	return r, w, r.as(w.User(w.City, domain.RoleCityOffice).ID)
}

func progress(p person, query string) gen.ProgressPage {
	p.r.t.Helper()
	return ok[gen.ProgressPage](p.get("/api/v1/progress?"+query), http.StatusOK)
}

func TestTheBoardSortsBothWaysAndPagesInEveryOrder(t *testing.T) {
	t.Parallel()
	_, w, city := three(t)
	names := func(rows []gen.ProgressRow) []string {
		return convert(rows, func(r gen.ProgressRow) string { return r.School.Name })
	}
	filing, training, team := w.Foreign.Name, w.School.Name, w.Direct.Name
	for sort, want := range map[string][]string{
		"due": {filing, team, training}, "-overdue": {filing, team, training}, "-waited": {filing, training, team},
		"stage": {team, filing, training}, "name": {training, team, filing},
	} {
		require.Equal(t, want, names(progress(city, "sort="+sort).Items), sort)
		back := "-" + sort
		if strings.HasPrefix(sort, "-") {
			back = sort[1:]
		}
		reversed := names(progress(city, "sort="+back).Items)
		slices.Reverse(reversed)
		require.Equal(t, want, reversed, back)

		var paged []string
		for cursor := ""; ; {
			p := progress(city, "limit=1&sort="+sort+"&cursor="+cursor)
			require.Equal(t, []int{3, 1}, []int{p.Total, p.OverdueTotal})
			paged = append(paged, names(p.Items)...)
			if cursor = p.Next; cursor == "" {
				break
			}
			p2 := city.get("/api/v1/progress?limit=1&sort="+back+"&cursor="+cursor).refused(422, apperr.Invalid)
			require.Equal(t, "cursor", p2.Field)
		}
		require.Equal(t, want, paged, sort)
	}
	require.Equal(t, "sort", city.get("/api/v1/progress?sort=size").refused(422, apperr.Invalid).Field)
}

func TestTheBoardFiltersAndCountsWhatItShows(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	tomorrow := url.QueryEscape(w.Clock.Now().Add(24 * time.Hour).Format(time.RFC3339))
	for query, want := range map[string]int{
		"": 3, "under=" + w.City.ID: 3, "under=" + w.District.ID: 1, "under=" + w.School.ID: 1, "state=open": 3, "state=closed": 0,
		"due_before=" + tomorrow: 1, "overdue=true": 1, "overdue=true&under=" + w.District.ID: 0, "verdict=pass": 0,
		"result=failed": 0, "waiting_role=district": 1, "entered=team": 3, "entered=filing": 0, "left=team": 0,
		"entered=team&from=2026-01-01&to=2026-01-02": 0, "entered=team&from=2026-09-07": 3,
	} {
		p := progress(city, query)
		require.Equal(t, want, p.Total, query)
		require.Len(t, p.Items, want, query)
	}
	require.Equal(t, "from", city.get("/api/v1/progress?from=2026-01-01").refused(422, apperr.Invalid).Field)
	city.get("/api/v1/progress?under=nowhere").refused(404, apperr.NotFound)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	district.get("/api/v1/progress?under="+w.Sibling.ID).refused(404, apperr.NotFound)
	require.Equal(t, 1, progress(district, "").Total)
}

func TestEachRowOfTheBoardSaysWhy(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	rows := progress(city, "sort=stage").Items
	require.Equal(t, []string{"尚未提交信息化管理团队", "第2版两案待审", "3名教师未满校本研修学时"},
		convert(rows, func(r gen.ProgressRow) string { return r.Blocker }))
	require.Equal(t, []any{"审核两案", "区工程办", w.Sibling.Name, true}, []any{rows[1].TaskName, rows[1].WaitingRoleName, rows[1].WaitingOrg, rows[1].Overdue})
	require.Positive(t, rows[1].DaysOver)
	require.Positive(t, rows[2].DaysLeft)
	var roster models.RosterRow
	require.NoError(t, w.Store.DB(t.Context()).Take(&roster, "case_id = ?", rows[2].CaseId).Error)
	require.Empty(t, progress(r.as(roster.UserID), "").Items[0].Blocker, "a teacher is not told about the others")
}

// Whatever the dashboard shows, the board lists with the filter that the contract names.
func TestEveryFigureOpensTheListItCounts(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	k.rig = newRig(t, k.w.Store, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	script.ToFiling()
	k.w.Advance(3 * 24 * time.Hour)
	script.ReturnOnce()
	k.w.Advance(9 * 24 * time.Hour)
	script.ToScoring()
	script.Score(900)
	other := k.w.Another(t, "2")
	other.Open(t)
	script.Confirm(domain.VerdictPass)
	script.Register()
	k.w.Advance(7 * 24 * time.Hour)
	bureau := k.as(k.w.Bureau.UserID)
	lists := func(n int, query string, args ...any) {
		t.Helper()
		require.Equal(t, n, progress(bureau, fmt.Sprintf(query, args...)).Total, query, args)
	}

	d := ok[gen.Dashboard](bureau.get("/api/v1/dashboard"), http.StatusOK)
	require.Equal(t, []int{2, 2, 0, 1, 1}, []int{d.Totals.Schools, d.Totals.Started, d.Totals.NotStarted, d.Totals.Open, d.Totals.Closed})
	lists(d.Totals.Started, "")
	lists(d.Totals.Open, "state=open")
	lists(d.Totals.Closed, "state=closed")
	lists(d.Totals.Overdue, "overdue=true")
	for _, n := range d.Totals.Verdicts {
		lists(n.Count, "verdict=%s", n.Code)
	}
	for _, n := range d.Totals.Results {
		lists(n.Count, "result=%s", n.Code)
	}
	for _, n := range d.Funnel {
		lists(n.Count, "stage=%s", n.Stage)
		lists(n.Overdue, "stage=%s&overdue=true", n.Stage)
	}
	for _, n := range d.Heat {
		lists(n.Count, "stage=%s&district_id=%s", n.Stage, n.District.Id)
	}
	spent := map[domain.Stage]int{}
	for _, n := range d.Durations {
		spent[n.Stage] = n.Median
		require.LessOrEqual(t, n.Median, n.P90)
		lists(1, "left=%s", n.Stage)
	}
	require.Positive(t, spent[domain.StageFiling])
	require.Len(t, d.Trend, trendWeeks)
	var closed, confirmed, entered int
	for _, week := range d.Trend {
		span := fmt.Sprintf("&from=%s&to=%s", week.Monday, week.Sunday)
		for stage, n := range week.Entered {
			entered += n
			lists(n, "entered=%s%s", stage, span)
		}
		lists(week.Closed, "entered=closed%s", span)
		lists(week.Confirmed, "left=confirmation%s", span)
		closed, confirmed = closed+week.Closed, confirmed+week.Confirmed
	}
	require.Equal(t, []int{1, 1}, []int{closed, confirmed})
	require.Greater(t, entered, 10)
	k.as(k.w.Admin.UserID).get("/api/v1/dashboard").refused(http.StatusForbidden, apperr.Forbidden)
}

func TestTheDashboardRanksWhatIsOverdueWithinReach(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	d := ok[gen.Dashboard](city.get("/api/v1/dashboard"), http.StatusOK)
	require.Equal(t, []gen.OverdueDistrict{{District: gen.Ref{Id: w.Sibling.ID, Name: w.Sibling.Name}, Count: 1, Overdue: 1}}, d.OverdueDistricts)
	require.Len(t, d.OverdueSchools, 1)
	require.Equal(t, []any{w.Foreign.ID, w.Sibling.Name}, []any{d.OverdueSchools[0].School.Id, d.OverdueSchools[0].WaitingOrg})
	require.Positive(t, d.OverdueSchools[0].DaysOver)
	own := r.as(w.User(w.District, domain.RoleDistrict).ID)
	d = ok[gen.Dashboard](own.get("/api/v1/dashboard"), http.StatusOK)
	require.Equal(t, []int{1, 0, 0}, []int{d.Totals.Started, d.Totals.Overdue, len(d.OverdueSchools)}, "another reach, another answer")
	d = ok[gen.Dashboard](city.get("/api/v1/dashboard?cohort_id=none"), http.StatusOK)
	require.Zero(t, d.Totals.Started)
	require.NotNil(t, d.Durations)
}

// The answer is shared for a minute, not longer.
func TestTheDashboardIsKeptForAMinute(t *testing.T) {
	t.Parallel()
	_, w, city := three(t)
	started := func() int {
		return ok[gen.Dashboard](city.get("/api/v1/dashboard"), http.StatusOK).Totals.Overdue
	}
	require.Equal(t, 1, started())
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Case{}).Where("1 = 1").Update("overdue", false).Error)
	w.Clock.Advance(dashboardLife - time.Second)
	require.Equal(t, 1, started())
	w.Clock.Advance(time.Second)
	require.Zero(t, started())
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		histogram   map[int]int
		median, p90 int
	}{
		{map[int]int{4: 1}, 4, 4},
		{map[int]int{1: 1, 9: 1}, 1, 9},
		{map[int]int{0: 9, 30: 1}, 0, 0},
		{map[int]int{0: 8, 30: 2}, 0, 30},
		{map[int]int{1: 2, 2: 3, 3: 5}, 2, 3},
		{nil, 0, 0},
	} {
		require.Equal(t, []int{test.median, test.p90}, []int{quantile(test.histogram, 1, 2), quantile(test.histogram, 9, 10)}, "%v", test.histogram)
	}
}

func TestTheInboxFiltersSortsAndCounts(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	other := k.w.Another(t, "2")
	_, _ = other.Open(t)
	reviewer := k.as(k.w.Reviewer.UserID)
	inbox := func(p person, query string) gen.TaskPage {
		return ok[gen.TaskPage](p.get("/api/v1/tasks?"+query), http.StatusOK)
	}
	for query, want := range map[string]int{
		"": 1, "task=filing": 1, "task=team": 0, "stage=filing": 1, "stage=training": 0, "overdue=true": 0,
		"q=" + url.QueryEscape("没有这所"): 0, "cohort_id=" + k.w.Cohort.ID: 1, "cohort_id=other": 0, "sort=-name": 1,
	} {
		page := inbox(reviewer, query)
		require.Equal(t, []int{want, want}, []int{page.Total, len(page.Items)}, query)
	}
	item := inbox(reviewer, "").Items[0]
	require.Equal(t, []any{"审核备案", k.w.Cohort.ID}, []any{item.StageName, item.CohortId})
	require.Positive(t, item.DaysLeft)

	admin := k.as(k.w.Admin.UserID)
	done := inbox(admin, "box=done&limit=1")
	require.Greater(t, done.Total, 1)
	require.NotEmpty(t, done.Next)
	admin.get("/api/v1/tasks?box=done&limit=1&sort=done&cursor="+done.Next).refused(422, apperr.Invalid)
	require.Equal(t, done.Total, inbox(admin, "box=submitted").Total)
	require.Zero(t, inbox(admin, "box=done&stage=team").Total, "the case has moved on")
	require.Equal(t, "sort", reviewer.get("/api/v1/tasks?sort=done").refused(422, apperr.Invalid).Field)
	require.Equal(t, "sort", admin.get("/api/v1/tasks?box=submitted&sort=due").refused(422, apperr.Invalid).Field)
	counts := ok[gen.TaskCounts](reviewer.get("/api/v1/tasks/counts"), http.StatusOK)
	require.Equal(t, 1, counts.Todo)
}
