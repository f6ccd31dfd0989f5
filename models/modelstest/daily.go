package modelstest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testRoster(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, users := w.Case(w.School, 3)
	entry := func(u *models.User, status domain.RosterStatus, full bool) models.RosterEntry {
		return models.RosterEntry{UserID: u.ID, FullTime: full, Status: status}
	}
	stranger := w.User(w.Foreign)
	refused(t, w.Store.PutRoster(ctx, c.ID, []models.RosterEntry{entry(stranger, domain.RosterActive, true)}), apperr.Invalid)
	refused(t, w.Store.PutRoster(ctx, c.ID, []models.RosterEntry{entry(users[0], "gone", true)}), apperr.Invalid)
	require.NoError(t, w.Store.PutRoster(ctx, c.ID, []models.RosterEntry{
		entry(users[0], domain.RosterActive, false), entry(users[1], domain.RosterLeave, true),
	}))
	teachers, full, err := w.Store.CountRoster(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{teachers, full})
	require.NoError(t, w.Store.RemoveTeacher(ctx, c.ID, users[1].ID))
	refused(t, w.Store.RemoveTeacher(ctx, c.ID, users[1].ID), apperr.NotFound)

	w.Move(c.ID, domain.StageTraining)
	refused(t, w.Store.PutRoster(ctx, c.ID, []models.RosterEntry{entry(users[1], domain.RosterActive, true)}), models.CodeRosterFrozen)
	refused(t, w.Store.RemoveTeacher(ctx, c.ID, users[0].ID), models.CodeRosterFrozen)
	rows, _, err := w.Store.Roster(ctx, c.ID, models.RosterFilter{Text: "用户"}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 2)
}

// Teachers leave after filing too: the reviewer says so, with a reason. The gates count
// who is left, the count that was filed follows, and the case's log keeps it.
func testRosterStatus(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	gone := s.members[0]
	set := func(userID string, status domain.RosterStatus) domain.Outcome {
		return s.take(domain.ChangeRoster, domain.Body{User: userID, RosterStatus: status, Comment: "据实变更"})
	}
	for code, o := range map[apperr.Code]domain.Outcome{
		domain.CodeRosterLeader: set(s.leader, domain.RosterLeave),
		apperr.Conflict:         set(gone, domain.RosterActive),
		apperr.Invalid:          set("stranger", domain.RosterLeave),
	} {
		require.Equal(t, code, o.Code, o.Message)
	}
	standing := func(teachers int) {
		t.Helper()
		facts, err := w.Store.FactsFor(ctx, s.id, domain.NeedGates, domain.Actor{})
		require.NoError(t, err)
		c, err := w.Store.CaseByID(ctx, s.id)
		require.NoError(t, err)
		require.Equal(t, []int{teachers, teachers, teachers}, []int{facts.GateA.Teachers, facts.GateB.FullTime, c.FullTime})
	}
	require.True(t, set(gone, domain.RosterTransferred).Accepted())
	standing(2)
	require.NoError(t, w.Store.DB(ctx).Model(&models.Case{}).Where("id = ?", s.id).Update("roster_frozen_at", w.Clock.Now()).Error)
	back := models.RosterEntry{UserID: gone, FullTime: true, Status: domain.RosterActive}
	r, err := w.Store.AskRosterChange(ctx, s.id, back, "调动取消", "admin")
	require.NoError(t, err)
	require.Equal(t, domain.CodeRosterAsked, set(gone, domain.RosterActive).Code, "the school's own request waits")
	require.True(t, s.take(domain.ConsentRoster, domain.Body{Request: r.ID}).Accepted())
	standing(3)
	w.Clock.Set(w.Cohort.WindowEnd) // the study window does not matter
	require.True(t, set(gone, domain.RosterRetired).Accepted())
	standing(2)

	changes, err := w.Store.RosterChanges(ctx, s.id, []string{gone, s.members[1]})
	require.NoError(t, err)
	require.Len(t, changes, 3)
	last := changes[2]
	require.Equal(t, []any{gone, domain.RosterActive, domain.RosterRetired, "据实变更", "reviewer"},
		[]any{last.UserID, last.OldStatus, last.NewStatus, last.Reason, last.ChangedBy})
	require.True(t, last.ChangedAt.Equal(w.Clock.Now()))
	w.Move(s.id, domain.StageDossier)
	require.Equal(t, apperr.WrongStage, set(gone, domain.RosterActive).Code)
}

// Between the school's request and the answer its teacher became a leader.
func testConsentKeepsLeaders(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	next := s.members[0]
	require.NoError(t, w.Store.DB(ctx).Model(&models.Case{}).Where("id = ?", s.id).Update("roster_frozen_at", w.Clock.Now()).Error)
	r, err := w.Store.AskRosterChange(ctx, s.id, models.RosterEntry{UserID: next, FullTime: true, Status: domain.RosterLeave}, "产假", "admin")
	require.NoError(t, err)
	require.NoError(t, w.Store.DB(ctx).Model(&models.StudyGroup{}).Where("id = ?", s.group.ID).Update("leader_id", next).Error)
	require.Equal(t, domain.CodeRosterLeader, s.take(domain.ConsentRoster, domain.Body{Request: r.ID}).Code)
	rows, _, err := w.Store.RosterRequests(ctx, s.id, models.Page{})
	require.NoError(t, err)
	require.Equal(t, models.RequestOpen, rows[0].Status)
}

func testGroups(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	_, err := w.Store.CreateGroup(ctx, s.id, models.NewGroup{Name: "语文组", LeaderID: s.leader}, "admin")
	refused(t, err, apperr.Conflict)
	_, err = w.Store.CreateGroup(ctx, s.id, models.NewGroup{Name: "数学组", LeaderID: "stranger"}, "admin")
	refused(t, err, models.CodeNotMember)
	refused(t, w.Store.ChangeMembers(ctx, s.id, s.group.ID, nil, []string{s.leader}), models.CodeInUse)

	require.NoError(t, w.Store.ChangeMembers(ctx, s.id, s.group.ID, nil, s.members[1:]))
	second, err := w.Store.CreateGroup(ctx, s.id, models.NewGroup{Name: "数学组", LeaderID: s.members[1]}, "admin")
	require.NoError(t, err)
	refused(t, w.Store.ChangeMembers(ctx, s.id, second.ID, s.members[:1], nil), apperr.Conflict)
	groups, err := w.Store.Groups(ctx, s.id)
	require.NoError(t, err)
	require.Len(t, groups, 2)
	for _, g := range groups {
		require.NotEmpty(t, g.Leader)
		if g.ID == s.group.ID {
			require.Equal(t, 2, g.Members)
		}
	}

	leads := func(user string) bool {
		grants, err := w.Store.Grants(ctx, user)
		require.NoError(t, err)
		for _, g := range grants {
			if g.Role == domain.RoleGroupLeader {
				return true
			}
		}
		return false
	}
	require.True(t, leads(s.leader))
	_, err = w.Store.EditGroup(ctx, s.id, s.group.ID, models.NewGroup{Name: "语文组", LeaderID: s.members[0]})
	require.NoError(t, err)
	require.False(t, leads(s.leader), "the role goes with the group")
	require.True(t, leads(s.members[0]))
	require.NoError(t, w.Store.DeleteGroup(ctx, s.id, second.ID))
	require.False(t, leads(s.members[1]))
}

func testTheme(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	refused(t, w.Store.PutTheme(ctx, s.id, models.Theme{Title: "主题"}, points(w, 2)), domain.CodePointCount)
	refused(t, w.Store.ChoosePoints(ctx, s.id, s.leader, points(w, 6)[5:]), domain.CodePointScope)
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, s.leader, points(w, 5)[4:]))
	refused(t, w.Store.PutTheme(ctx, s.id, models.Theme{Title: "主题"}, points(w, 4)), models.CodeInUse)
	_, codes, err := w.Store.Theme(ctx, s.id)
	require.NoError(t, err)
	require.Len(t, codes, 5, "a refusal changes nothing")
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, s.leader, nil))
	require.NoError(t, w.Store.PutTheme(ctx, s.id, models.Theme{Title: "主题"}, points(w, 4)))
}

func testActivities(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	online, offline := kind(w, false), kind(w, true)
	for name, test := range map[string]struct {
		n    models.NewActivity
		by   string
		code apperr.Code
	}{
		"not by a member":    {models.NewActivity{Kind: online.Code, Title: "x"}, s.members[0], models.CodeNotLeader},
		"no unknown kind":    {models.NewActivity{Kind: "other", Title: "x"}, s.leader, domain.CodeActivityKind},
		"fixed hours":        {models.NewActivity{Kind: online.Code, Title: "x", Hours: online.Hours + 1}, s.leader, domain.CodeHoursFixed},
		"no more than 10 学时": {models.NewActivity{Kind: offline.Code, Title: "x", Hours: offline.Hours + 1}, s.leader, domain.CodeHoursRange},
		"some hours":         {models.NewActivity{Kind: offline.Code, Title: "x"}, s.leader, domain.CodeHoursRange},
		"a title":            {models.NewActivity{Kind: online.Code}, s.leader, apperr.Invalid},
		"a topic of its own": {models.NewActivity{Kind: online.Code, Title: "x", TopicID: "other"}, s.leader, apperr.NotFound},
		"an end after start": {models.NewActivity{Kind: online.Code, Title: "x", StartsAt: at(w, 2), EndsAt: at(w, 1)}, s.leader, apperr.Invalid},
	} {
		test.n.GroupID = s.group.ID
		_, err := w.Store.PublishActivity(ctx, s.id, test.n, test.by)
		require.Equal(t, test.code, apperr.CodeOf(err), "%s: %v", name, err)
	}
	topic, err := w.Store.CreateTopic(ctx, models.Topic{CaseID: s.id, GroupID: s.group.ID, Title: "专题", CreatedBy: s.leader})
	require.NoError(t, err)
	a, err := w.Store.PublishActivity(ctx, s.id, models.NewActivity{GroupID: s.group.ID, TopicID: topic.ID, Kind: online.Code, Title: "研讨", EndsAt: at(w, 1)}, s.leader)
	require.NoError(t, err)
	require.Equal(t, online.Hours, a.Hours, "fixed by the kind")

	w.Clock.Advance(time.Hour)
	_, err = w.Store.Join(ctx, s.id, a.ID, s.members[0])
	refused(t, err, apperr.Conflict)
	refused(t, w.Store.CancelActivity(ctx, s.id, a.ID, s.members[0]), models.CodeNotLeader)
	require.NoError(t, w.Store.CancelActivity(ctx, s.id, a.ID, s.leader))
	refused(t, w.Store.CancelActivity(ctx, s.id, a.ID, s.leader), apperr.Conflict)
	list, _, err := w.Store.Activities(ctx, s.id, s.group.ID, models.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// at is some hours from now.
func at(w *testkit.World, hours int) *time.Time {
	v := w.Clock.Now().Add(time.Duration(hours) * time.Hour)
	return &v
}

func testOnlineHours(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	a := s.publish(t, false)
	_, err := w.Store.Join(ctx, s.id, a.ID, "stranger")
	refused(t, err, models.CodeNotMember)
	refused(t, w.Store.NameMembers(ctx, s.id, a.ID, s.leader, s.members), models.CodeActivityMode)
	_, err = w.Store.Join(ctx, s.id, a.ID, s.members[0])
	require.NoError(t, err)
	sum, err := w.Store.HoursOf(ctx, s.id, s.members[0])
	require.NoError(t, err)
	require.Empty(t, sum, "joining is not completing")
	_, err = w.Store.Complete(ctx, s.id, a.ID, s.members[0], " ")
	refused(t, err, apperr.Invalid)
	first, err := w.Store.Complete(ctx, s.id, a.ID, s.members[0], "发言")
	require.NoError(t, err)
	w.Clock.Advance(time.Hour)
	again, err := w.Store.Complete(ctx, s.id, a.ID, s.members[0], "补充发言")
	require.NoError(t, err)
	require.Equal(t, first.CompletedAt.Unix(), again.CompletedAt.Unix())
	sum, err = w.Store.HoursOf(ctx, s.id, s.members[0])
	require.NoError(t, err)
	require.Equal(t, []domain.YearHours{{Year: 2026, Hours: a.Hours}}, sum, "once, however often")
	refused(t, w.Store.CancelActivity(ctx, s.id, a.ID, s.leader), models.CodeInUse)
}

// 003:200: the leader names the members; they do nothing online. Years are China's.
func testOfflineHours(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	w.Move(s.id, domain.StageTraining, func(st *domain.State) {
		end := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
		st.Window = &end
	})
	a, b := s.publish(t, true), s.publish(t, true)
	_, err := w.Store.Join(ctx, s.id, a.ID, s.members[0])
	refused(t, err, models.CodeActivityMode)
	refused(t, w.Store.NameMembers(ctx, s.id, a.ID, s.members[0], s.members), models.CodeNotLeader)
	refused(t, w.Store.NameMembers(ctx, s.id, a.ID, s.leader, []string{s.members[0], "stranger"}), models.CodeNotMember)
	require.NoError(t, w.Store.NameMembers(ctx, s.id, a.ID, s.leader, s.members))
	require.NoError(t, w.Store.NameMembers(ctx, s.id, a.ID, s.leader, s.members), "twice counts once")
	w.Clock.Set(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) // midnight in China
	require.NoError(t, w.Store.NameMembers(ctx, s.id, b.ID, s.leader, s.members[:1]))
	sum, err := w.Store.HoursOf(ctx, s.id, s.members[0])
	require.NoError(t, err)
	require.Equal(t, []domain.YearHours{{Year: 2026, Hours: a.Hours}, {Year: 2027, Hours: b.Hours}}, sum)
	require.NoError(t, w.Store.UnnameMember(ctx, s.id, b.ID, s.leader, s.members[0]))
	list, err := w.Store.ParticipationsOf(ctx, s.id, s.members[0])
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, s.leader, list[0].NamedBy)
}

// 003:304: after the study window nothing may be uploaded or changed.
func testWindow(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	online, offline := s.publish(t, false), s.publish(t, true)
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, s.members[0], points(w, 3)))
	writes := map[string]func() error{
		"join":     func() error { _, err := w.Store.Join(ctx, s.id, online.ID, s.leader); return err },
		"complete": func() error { _, err := w.Store.Complete(ctx, s.id, online.ID, s.leader, "x"); return err },
		"name":     func() error { return w.Store.NameMembers(ctx, s.id, offline.ID, s.leader, s.members) },
		"goals":    func() error { return w.Store.PutGoals(ctx, s.id, s.leader, "目标") },
		"points":   func() error { return w.Store.ChoosePoints(ctx, s.id, s.leader, points(w, 3)) },
		"summary": func() error {
			slot := models.Slot{Kind: models.SlotSummary, Key: s.members[0] + "/" + points(w, 1)[0]}
			_, err := w.Store.GrantFile(ctx, grant(s.id, slot, s.members[0], "总结.pdf"))
			return err
		},
		"course": func() error { return w.Store.ChooseCourse(ctx, s.id, s.leader, testkit.ID(), 10) },
	}
	w.Clock.Set(w.Cohort.WindowEnd.Add(-time.Microsecond))
	for name, write := range writes {
		require.NoError(t, write(), name)
	}
	w.Clock.Set(w.Cohort.WindowEnd)
	for name, write := range writes {
		require.Equal(t, models.CodeWindowClosed, apperr.CodeOf(write()), name)
	}
}

// For a teacher for whom the window is opened again the leader may make up what is missing,
// for nobody else.
func testReopened(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	old := s.publish(t, true)
	w.Move(s.id, domain.StageAssessment)
	now := w.Clock.Now()
	until := now.Add(5 * 24 * time.Hour)
	late := until.Add(time.Hour)
	ill, well := s.members[0], s.members[1]
	var made *models.Activity
	publish := func(starts *time.Time) (err error) {
		made, err = w.Store.PublishActivity(ctx, s.id, models.NewActivity{
			GroupID: s.group.ID, Kind: kind(w, true).Code, Title: "补研修", Hours: kind(w, true).Hours, StartsAt: starts,
		}, s.leader)
		return err
	}
	name := func(a *models.Activity, users ...string) error {
		return w.Store.NameMembers(ctx, s.id, a.ID, s.leader, users)
	}
	photo := func(a *models.Activity) error {
		_, err := w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: models.SlotActivity, Key: a.ID + "/1"}, s.leader, "照片.jpg"))
		return err
	}
	refused(t, publish(nil), apperr.WrongStage)
	refused(t, name(old, ill), apperr.WrongStage)
	refused(t, photo(old), apperr.WrongStage)
	require.NoError(t, w.Store.DB(ctx).Model(&models.RosterRow{}).Where("case_id = ? AND user_id = ?", s.id, ill).Update("window_until", until).Error)

	require.NoError(t, publish(&late))
	refused(t, name(made, ill), models.CodeWindowClosed)
	require.NoError(t, w.Store.CancelActivity(ctx, s.id, made.ID, s.leader))
	require.NoError(t, publish(nil))
	require.NoError(t, name(made, ill))
	require.NoError(t, name(old, ill))
	require.NoError(t, photo(made))
	refused(t, name(made, ill, well), models.CodeWindowClosed)
	refused(t, name(made, well), apperr.WrongStage)
	refused(t, w.Store.UnnameMember(ctx, s.id, old.ID, s.leader, well), apperr.WrongStage)
	require.NoError(t, w.Store.UnnameMember(ctx, s.id, old.ID, s.leader, ill))
	sum, err := w.Store.HoursOf(ctx, s.id, ill)
	require.NoError(t, err)
	require.Equal(t, made.Hours, sum[0].Hours)

	state := func(change ...func(*domain.State)) domain.State {
		w.Move(s.id, domain.StageAssessment, change...)
		c, err := w.Store.CaseByID(ctx, s.id)
		require.NoError(t, err)
		st, err := c.Decode()
		require.NoError(t, err)
		return st
	}
	for user, open := range map[string]bool{"": true, ill: true, well: false} {
		got, err := w.Store.Reopened(ctx, s.id, state(), user)
		require.NoError(t, err)
		require.Equal(t, open, got != nil)
	}
	paused := state(func(st *domain.State) { st.Paused = &domain.Suspension{At: now, Reason: "停课"} })
	got, err := w.Store.Reopened(ctx, s.id, paused, ill)
	require.NoError(t, err)
	require.Nil(t, got)
	refused(t, name(made, ill), domain.CodePaused)
	state(func(st *domain.State) { st.Paused = nil })
	w.Clock.Set(until)
	refused(t, name(made, ill), apperr.WrongStage)
	refused(t, publish(nil), apperr.WrongStage)
}

func testStages(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	w.Move(s.id, domain.StageDossier)
	_, err := w.Store.PublishActivity(ctx, s.id, models.NewActivity{GroupID: s.group.ID, Kind: kind(w, false).Code, Title: "x"}, s.leader)
	refused(t, err, apperr.WrongStage)
	refused(t, w.Store.PutReview(ctx, s.id, s.leader, domain.ReviewFailed, "x", "admin"), apperr.WrongStage)
	refused(t, w.Store.PutTeam(ctx, s.id, nil), apperr.WrongStage)
	w.Move(s.id, domain.StageClosed)
	_, err = w.Store.AddVisit(ctx, models.GuidanceVisit{CaseID: s.id, Topic: "x", At: w.Clock.Now()})
	refused(t, err, apperr.CaseClosed)
	refused(t, w.Store.PutGoals(ctx, "no such case", s.leader, "x"), apperr.NotFound)
}

func testCourses(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	most := w.Policy.Hours.OnlineChoice
	require.NoError(t, w.Store.ChooseCourse(ctx, s.id, s.leader, "甲", most-10))
	refused(t, w.Store.ChooseCourse(ctx, s.id, s.leader, "乙", 11), domain.CodeOnlineChoiceCap)
	refused(t, w.Store.ChooseCourse(ctx, s.id, s.leader, "甲", 10), apperr.Conflict)
	require.NoError(t, w.Store.ChooseCourse(ctx, s.id, s.leader, "乙", 10))
	require.NoError(t, w.Store.DropCourse(ctx, s.id, s.leader, "甲"))
	refused(t, w.Store.DropCourse(ctx, s.id, s.leader, "甲"), apperr.NotFound)
	rows, err := w.Store.Courses(ctx, w.Cohort.ID, s.leader)
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

// Courses chosen at the same moment never pass the cap together.
func testCoursesRace(w *testkit.World) {
	t := w.T
	s := train(t, w)
	var wg sync.WaitGroup
	var chosen atomic.Int32
	for range 10 {
		wg.Go(func() {
			err := w.Store.ChooseCourse(t.Context(), s.id, s.leader, testkit.ID(), w.Policy.Hours.OnlineChoice/2)
			switch apperr.CodeOf(err) {
			case "":
				chosen.Add(1)
			case domain.CodeOnlineChoiceCap:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 2, chosen.Load())
}

func testTeachingCase(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	row := models.TeachingCase{CaseID: s.id, GroupID: s.group.ID, Title: "案例", VideoLocation: "校档案室", UpdatedBy: s.members[0]}
	refused(t, w.Store.PutTeachingCase(ctx, row), models.CodeNotLeader)
	row.UpdatedBy = s.leader
	require.NoError(t, w.Store.PutTeachingCase(ctx, row))
	row.Title = "修改后的案例"
	require.NoError(t, w.Store.PutTeachingCase(ctx, row))
	slot := models.Slot{Kind: models.SlotTeachingCase, Key: s.group.ID}
	upload(t, w, s.id, slot, s.leader, "教学设计.pdf")
	_, err := w.Store.GrantFile(ctx, grant(s.id, slot, s.leader, "课堂实录.mp4"))
	refused(t, err, domain.CodeFileType) // 003:243: 课堂实录 stays at the school
	rows, err := w.Store.TeachingCases(ctx, s.id)
	require.NoError(t, err)
	require.Len(t, rows, 1, "one a group")
	require.Equal(t, "修改后的案例", rows[0].Title)
}

func testVisits(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	_, err := w.Store.AddVisit(ctx, models.GuidanceVisit{CaseID: c.ID, Topic: "两案", At: *at(w, 1)})
	refused(t, err, apperr.Invalid)
	_, err = w.Store.AddVisit(ctx, models.GuidanceVisit{CaseID: c.ID, Topic: "两案", At: w.Clock.Now(), Content: "指导"})
	require.NoError(t, err)
	rows, err := w.Store.Visits(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, rows, 1)
}
