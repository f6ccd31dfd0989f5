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

// A school that is deferred or exempt is not opened; one whose 缓期 is over is planned
// again by the next opening, and who decided and why stays.
func testRestSchools(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	until := w.Clock.Now().Add(48 * time.Hour)
	all := []string{w.School.ID, w.Foreign.ID, w.Direct.ID}
	planned := func() []string {
		ids, err := w.Store.PlannedSchools(ctx, w.Cohort.ID, 10)
		require.NoError(t, err)
		return ids
	}
	for name, bad := range map[string]models.Rest{
		"no such status": {Status: models.SchoolOpened, Reason: "x"},
		"no reason":      {Status: models.SchoolExempt},
		"no day":         {Status: models.SchoolDeferred, Reason: "x"},
		"a day past":     {Status: models.SchoolDeferred, Reason: "x", Until: new(w.Clock.Now())},
		"needless day":   {Status: models.SchoolExempt, Reason: "x", Until: &until},
	} {
		_, err := w.Store.RestSchools(ctx, w.Cohort.ID, all, bad, "boss")
		require.Error(t, err, name)
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), name)
	}
	rest := func(r models.Rest, by string, ids ...string) []models.RestOutcome {
		out, err := w.Store.RestSchools(ctx, w.Cohort.ID, ids, r, by)
		require.NoError(t, err)
		return out
	}
	rest(models.Rest{Status: models.SchoolDeferred, Until: &until, Reason: "校舍改造"}, "boss", w.School.ID, w.Foreign.ID)
	rest(models.Rest{Status: models.SchoolExempt, Reason: "新建校"}, "boss", w.Direct.ID)
	require.Empty(t, planned())
	rest(models.Rest{Status: models.SchoolExempt, Reason: "新建校"}, "other", w.Direct.ID)
	rows, _, err := w.Store.SchoolsOfCohort(ctx, models.Scope{All: true}, w.Cohort.ID, models.CohortSchoolFilter{Status: models.SchoolExempt}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, []string{"boss", "新建校"}, []string{rows[0].DecidedBy, rows[0].Reason}, "the same again changes nothing")

	_, err = w.Store.OpenCase(ctx, models.NewCase{CohortID: w.Cohort.ID, SchoolID: w.Direct.ID, WorkflowID: "x", ActionID: "x"})
	refused(t, err, apperr.NotFound)
	rest(models.Rest{Status: models.SchoolPlanned}, "boss", w.Foreign.ID)
	require.Equal(t, []string{w.Foreign.ID}, planned())
	w.Case(w.Foreign, 0)
	out := rest(models.Rest{Status: models.SchoolExempt, Reason: "晚了"}, "boss", w.Foreign.ID, "stranger")
	require.NotEmpty(t, out[0].Refused, "its case runs")
	require.NotEmpty(t, out[1].Refused, "it is in no such cohort")

	size := func() models.CohortSize {
		sizes, err := w.Store.CohortSizes(ctx, models.Scope{All: true}, []string{w.Cohort.ID})
		require.NoError(t, err)
		return sizes[w.Cohort.ID]
	}
	require.Equal(t, models.CohortSize{CohortID: w.Cohort.ID, Schools: 3, Waiting: 1, Deferred: 1, Exempt: 1}, size())
	require.NoError(t, w.Store.PlanDue(ctx, w.Cohort.ID))
	require.NotContains(t, planned(), w.School.ID, "its time has not come")
	w.Clock.Advance(49 * time.Hour)
	require.Equal(t, 2, size().Waiting)
	now := w.Store.Now()
	due, _, err := w.Store.SchoolsOfCohort(ctx, models.Scope{All: true}, w.Cohort.ID, models.CohortSchoolFilter{DueBy: &now}, models.Page{})
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.True(t, due[0].Due(now))
	require.NoError(t, w.Store.AddSchools(ctx, w.Cohort.ID, []string{w.School.ID}))
	require.Contains(t, planned(), w.School.ID)
}

// The second round takes schools not yet assessed and those that failed, each into one
// cohort only.
func testSecondRound(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	more := map[string]*models.Org{}
	for i, name := range []string{"通过", "不通过", "终止", "在办", "免考", "缓期", "未立项"} {
		more[name] = w.Org(w.District, models.LevelSchool, "44010610"+string(rune('0'+i)), name)
		require.NoError(t, w.Store.AddSchools(ctx, w.Cohort.ID, []string{more[name].ID}))
	}
	closed := func(r domain.Result) func(*domain.State) { return func(s *domain.State) { s.Result = r } }
	for name, r := range map[string]domain.Result{"通过": domain.ResultPassed, "不通过": domain.ResultFailed, "终止": domain.ResultTerminated} {
		c, _ := w.Case(more[name], 0)
		w.Move(c.ID, domain.StageClosed, closed(r))
	}
	w.Case(more["在办"], 0)
	until := w.Clock.Now().Add(24 * time.Hour)
	_, err := w.Store.RestSchools(ctx, w.Cohort.ID, []string{more["免考"].ID}, models.Rest{Status: models.SchoolExempt, Reason: "新建"}, "boss")
	require.NoError(t, err)
	_, err = w.Store.RestSchools(ctx, w.Cohort.ID, []string{more["缓期"].ID}, models.Rest{Status: models.SchoolDeferred, Reason: "改造", Until: &until}, "boss")
	require.NoError(t, err)
	for _, o := range []*models.Org{w.School, w.Foreign, w.Direct} {
		require.NoError(t, w.Store.RemoveSchool(ctx, w.Cohort.ID, o.ID))
	}
	taken := func() []string {
		rows, err := w.Store.SecondRound(ctx, w.Cohort.ID)
		require.NoError(t, err)
		var names []string
		for _, r := range rows {
			require.NotEmpty(t, r.Why)
			if r.Taken {
				names = append(names, r.SchoolName)
			}
		}
		return names
	}
	require.Equal(t, []string{"不通过", "终止", "未立项"}, taken())
	w.Clock.Advance(25 * time.Hour)
	require.Equal(t, []string{"不通过", "终止", "缓期", "未立项"}, taken())

	n := models.NewCohort{
		Code: "2602", Name: "第二轮", PolicyDigest: w.Cohort.PolicyDigest,
		WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(time.Hour),
	}
	for _, wrong := range []string{more["通过"].ID, w.School.ID} {
		_, _, err = w.Store.StartSecondRound(ctx, w.Cohort.ID, n, []string{more["终止"].ID, wrong}, "boss")
		require.Equal(t, "school_ids", apperr.FieldOf(err))
	}
	require.Len(t, taken(), 4, "a refusal takes no school")
	c, _, err := w.Store.StartSecondRound(ctx, w.Cohort.ID, n, []string{more["终止"].ID}, "boss")
	require.NoError(t, err)
	places, err := w.Store.CohortSchools(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, places, 1)
	require.Equal(t, []string{"不通过", "缓期", "未立项"}, taken(), "who was not chosen may be taken later")

	n.Code = "2602b"
	c, rows, err := w.Store.StartSecondRound(ctx, w.Cohort.ID, n, nil, "boss")
	require.NoError(t, err)
	require.Len(t, rows, 7)
	require.Equal(t, w.Cohort.ID, c.PreviousID)
	places, err = w.Store.CohortSchools(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, places, 3)
	require.Empty(t, taken(), "each is in the newer cohort now")
	n.Code = "2603"
	_, _, err = w.Store.StartSecondRound(ctx, w.Cohort.ID, n, nil, "boss")
	refused(t, err, apperr.Conflict)
	ids, err := w.Store.PlannedSchools(ctx, w.Cohort.ID, 10)
	require.NoError(t, err)
	require.NotContains(t, ids, more["未立项"].ID, "the first round does not open it as well")
	require.NoError(t, w.Store.RemoveSchool(ctx, c.ID, more["未立项"].ID))
	require.Equal(t, []string{"未立项"}, taken(), "it has its place in the first round back")
}

// A schedule says of each row what becomes of it, and does the same when it is meant.
func testSchedule(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	n := models.NewCohort{
		Code: "D1", Name: "区批次", Programme: "2.0", OrgID: w.District.ID, PolicyDigest: w.Cohort.PolicyDigest,
		WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd,
	}
	own, err := w.Store.CreateCohort(ctx, n, "tester")
	require.NoError(t, err)
	school := w.Org(w.District, models.LevelSchool, "440106002", "第二小学")
	scope := models.Scope{Paths: []string{w.District.Path}}
	rows := []models.Placement{
		{SchoolCode: school.Code, CohortCode: "D1"}, {SchoolCode: school.Code, CohortCode: "D1"}, {SchoolCode: w.School.Code, CohortCode: "D1"},
		{SchoolCode: w.Foreign.Code, CohortCode: "D1"}, {SchoolCode: "nowhere", CohortCode: "D1"}, {SchoolCode: school.Code, CohortCode: w.Cohort.Code},
	}
	outcomes := func(dry bool) []string {
		out, err := w.Store.Schedule(ctx, scope, rows, dry)
		require.NoError(t, err)
		var words []string
		for _, o := range out {
			require.Equal(t, o.Outcome == models.PlacementRefused, o.Reason != "")
			words = append(words, o.Outcome)
		}
		return words
	}
	want := []string{"added", "refused", "refused", "refused", "refused", "refused"}
	require.Equal(t, want, outcomes(true))
	places, err := w.Store.CohortSchools(ctx, own.ID)
	require.NoError(t, err)
	require.Empty(t, places, "dry changes nothing")
	require.Equal(t, want, outcomes(false))
	want[0] = "same"
	require.Equal(t, want, outcomes(false), "a second time nothing is new")
}

// A school whose case is still running is not planned into another cohort of the programme.
func testRunningElsewhere(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	cohort := func(code, programme string) *models.Cohort {
		own, err := w.Store.CreateCohort(ctx, models.NewCohort{
			Code: code, Name: code + "批次", Programme: programme, OrgID: w.City.ID, PolicyDigest: w.Cohort.PolicyDigest,
			WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd,
		}, "tester")
		require.NoError(t, err)
		return own
	}
	same, other := cohort("C2", "2.0"), cohort("C1", "1.0")
	schedule := func(code string) models.PlacementOutcome {
		rows := []models.Placement{{SchoolCode: w.School.Code, CohortCode: code}}
		out, err := w.Store.Schedule(ctx, models.Scope{Paths: []string{w.City.Path}}, rows, true)
		require.NoError(t, err)
		return out[0]
	}
	add := func(c *models.Cohort) error { return w.Store.AddSchools(ctx, c.ID, []string{w.School.ID}) }
	err := add(same)
	refused(t, err, apperr.Conflict)
	require.ErrorContains(t, err, w.School.Name+"在批次“2601期”中")
	require.Contains(t, schedule("C2").Reason, "“2601期”")
	require.Equal(t, models.PlacementNew, schedule("C1").Outcome, "another programme")
	require.NoError(t, add(other))
	require.NoError(t, w.Store.RemoveSchool(ctx, other.ID, w.School.ID))
	require.NoError(t, add(w.Cohort), "it is there already")
	w.Move(c.ID, domain.StageClosed, func(s *domain.State) { s.Result = domain.ResultFailed })
	require.Equal(t, models.PlacementNew, schedule("C2").Outcome)
	require.NoError(t, add(same))
}

// While the second round is drafted cases of the first one are opened: each school is in
// one of them.
func testSecondRoundRace(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	var schools []string
	for i := range 12 {
		schools = append(schools, w.Org(w.District, models.LevelSchool, fmt.Sprintf("4401070%02d", i), fmt.Sprintf("第%d小学", i)).ID)
	}
	require.NoError(t, w.Store.AddSchools(ctx, w.Cohort.ID, schools))
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, id := range schools {
			_, err := w.Store.OpenCase(ctx, models.NewCase{CohortID: w.Cohort.ID, SchoolID: id, WorkflowID: "case-" + id, ActionID: "open-" + id})
			if err != nil && !apperr.Is(err, apperr.NotFound) {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		n := models.NewCohort{Code: "2602", Name: "第二轮", PolicyDigest: w.Cohort.PolicyDigest, WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd}
		if _, _, err := w.Store.StartSecondRound(ctx, w.Cohort.ID, n, nil, "boss"); err != nil && !apperr.Is(err, apperr.Conflict) {
			t.Error(err)
		}
	})
	wg.Wait()
	var twice int64
	err := w.Store.DB(ctx).Table("cohort_schools n").Joins("JOIN cases ON cases.school_id = n.school_id").
		Where("n.cohort_id <> ?", w.Cohort.ID).Count(&twice).Error
	require.NoError(t, err)
	require.Zero(t, twice)
}

func unreadNotices(w *testkit.World, user string) []models.Notice {
	w.T.Helper()
	rows, _, err := w.Store.Notices(w.T.Context(), user, true, models.Page{})
	require.NoError(w.T, err)
	return rows
}

// A bulletin reaches each addressee in scope once, and the sender sees who has read and
// answered it.
func testBulletins(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	boss := w.User(w.City, domain.RoleCityOffice)
	head, both := w.User(w.School, domain.RolePrincipal), w.User(w.School, domain.RolePrincipal, domain.RoleSchoolAdmin)
	far, gone := w.User(w.Foreign, domain.RolePrincipal), w.User(w.School, domain.RolePrincipal)
	require.NoError(t, w.Store.DB(ctx).Model(&models.User{}).Where("id = ?", gone.ID).Update("disabled", true).Error)
	city := models.Scope{Paths: []string{w.City.Path}}
	heads := []domain.Role{domain.RolePrincipal, domain.RoleSchoolAdmin}
	for name, test := range map[string]struct {
		a    models.Audience
		want int
	}{
		"everywhere":         {models.Audience{Scope: city, Roles: heads, Paths: []string{w.City.Path}}, 3},
		"a district":         {models.Audience{Scope: city, Roles: heads, Paths: []string{w.District.Path}}, 2},
		"a cohort":           {models.Audience{Scope: city, Roles: heads, CohortID: w.Cohort.ID}, 3},
		"only in scope":      {models.Audience{Scope: models.Scope{Paths: []string{w.Sibling.Path}}, Roles: heads, CohortID: w.Cohort.ID}, 1},
		"without the sender": {models.Audience{Scope: city, Roles: []domain.Role{domain.RoleCityOffice}, Paths: []string{w.City.Path}}, 0},
	} {
		n, err := w.Store.CountAddressees(ctx, test.a, boss.ID)
		require.NoError(t, err)
		require.Equal(t, test.want, n, name)
	}

	by := w.Clock.Now().Add(72 * time.Hour)
	to := models.Audience{Scope: city, Roles: heads, Paths: []string{w.City.Path}}
	b := models.Bulletin{ID: "b1", OrgID: w.City.ID, Path: w.City.Path, AuthorID: boss.ID, Title: "报送名册", Body: "请按期报送。", Receipt: true, ReceiptBy: &by, SHA256: "1"}
	sent, err := w.Store.SendBulletin(ctx, b, to)
	require.NoError(t, err)
	require.Equal(t, []int{3, 3}, []int{sent.Recipients, sent.Delivered}, "a few are reached at once")
	_, err = w.Store.SendBulletin(ctx, b, to)
	require.NoError(t, err, "the same again is the same")
	b.SHA256 = "2"
	_, err = w.Store.SendBulletin(ctx, b, to)
	refused(t, err, apperr.KeyReused)
	b.ID = "b2"
	_, err = w.Store.SendBulletin(ctx, b, models.Audience{Scope: city, Roles: []domain.Role{domain.RoleExpert}, Paths: []string{w.City.Path}})
	refused(t, err, apperr.Invalid)

	unread := func(user string) []models.Notice { return unreadNotices(w, user) }
	require.Len(t, unread(head.ID), 1)
	require.Equal(t, "/bulletins/received/b1", unread(head.ID)[0].Link)
	require.Empty(t, unread(gone.ID))

	_, err = w.Store.ReceivedBulletin(ctx, "b1", boss.ID)
	refused(t, err, apperr.NotFound)
	refused(t, w.Store.ReadBulletin(ctx, "b1", boss.ID), apperr.NotFound)
	require.NoError(t, w.Store.ReadBulletin(ctx, "b1", head.ID))
	require.NoError(t, w.Store.ConfirmBulletin(ctx, "b1", both.ID, "已知悉"))
	require.NoError(t, w.Store.ConfirmBulletin(ctx, "b1", both.ID, "已知悉"))
	refused(t, w.Store.ConfirmBulletin(ctx, "b1", both.ID, "改口"), apperr.Conflict)
	require.Empty(t, unread(head.ID))
	require.Empty(t, unread(both.ID))

	views, _, err := w.Store.Bulletins(ctx, city, "名册", models.Page{})
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 1}, []int{views[0].Recipients, views[0].Read, views[0].Confirmed})
	views, _, err = w.Store.Bulletins(ctx, models.Scope{Paths: []string{w.District.Path}}, "", models.Page{})
	require.NoError(t, err)
	require.Empty(t, views, "what is sent from above is not the district's to see")
	list, _, err := w.Store.BulletinRecipients(ctx, "b1", models.RecipientFilter{State: models.BulletinUnread}, models.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, far.ID, list[0].UserID)

	told, err := w.Store.RemindBulletin(ctx, "b1")
	require.NoError(t, err)
	require.Equal(t, 2, told, "one has not read, one has not answered")
	_, err = w.Store.RemindBulletin(ctx, "b1")
	refused(t, err, apperr.Conflict)
	w.Clock.Advance(96 * time.Hour)
	require.Len(t, unread(far.ID), 2)
	require.NoError(t, w.Store.ConfirmBulletin(ctx, "b1", far.ID, ""))
	require.Empty(t, unread(far.ID), "a reminder is read with what it reminds of")
	mine, err := w.Store.ReceivedBulletin(ctx, "b1", far.ID)
	require.NoError(t, err)
	require.True(t, mine.Late(mine.Mine, w.Store.Now()))
}
