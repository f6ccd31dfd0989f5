package api

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// schoolRig is a case in training with a group, its leader and a member.
type schoolRig struct {
	*rig

	w                          *testkit.World
	id, group                  string
	admin, head, leader, other person
	member                     *models.User
}

func newSchool(t *testing.T) *schoolRig {
	t.Helper()
	r, w := newWorld(t)
	c, teachers := w.Case(w.School, 3)
	s := &schoolRig{rig: r, w: w, id: c.ID, member: teachers[1]}
	s.admin, s.head = r.as(w.User(w.School, domain.RoleSchoolAdmin).ID), r.as(w.User(w.School, domain.RolePrincipal).ID)
	s.leader, s.other = r.as(teachers[0].ID), r.as(teachers[2].ID)
	group := ok[gen.Group](s.admin.post(s.path("/groups"), gen.GroupDraft{Name: "语文组", LeaderId: teachers[0].ID}), 201)
	require.Equal(t, teachers[0].ID, group.Leader.Id)
	s.group = group.Id
	changed := ok[gen.Group](s.leader.post(s.path("/groups/"+group.Id+"/members"), gen.MembersChange{Add: []string{teachers[1].ID}}), 200)
	require.Equal(t, 2, changed.Members)
	theme := gen.Theme{Title: "项目式学习", Text: "研究", Points: []string{"B1", "B2", "G4"}}
	require.Equal(t, theme, ok[gen.Theme](s.head.put(s.path("/theme"), theme), 200))
	w.Move(c.ID, domain.StageTraining)
	return s
}

func (s *schoolRig) path(rest string) string { return casePath(s.id, rest) }

func (s *schoolRig) publish(kind string, hours domain.Hours) gen.Activity {
	s.t.Helper()
	return ok[gen.Activity](s.leader.post(s.path("/activities"), gen.NewActivity{GroupId: s.group, Kind: kind, Title: "活动", Hours: hours}), 201)
}

// kinds are the codes of an online kind and of the offline one.
func (s *schoolRig) kinds() (online, offline domain.ActivityKind) {
	for _, k := range s.w.Policy.Hours.Kinds {
		if k.Offline {
			offline = k
		} else {
			online = k
		}
	}
	return online, offline
}

func TestATeacherEarnsHoursOnlineAndOffline(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	online, offline := s.kinds()
	a := s.publish(online.Code, 0)
	require.Equal(t, online.Hours, a.Hours)
	require.Equal(t, online.Name, a.KindName)
	require.Equal(t, 204, member.post(s.path("/activities/"+a.Id+"/join"), nil).Code)
	require.Zero(t, ok[gen.Study](member.get(s.path("/study")), 200).Hours, "joining earns nothing yet")
	require.Equal(t, 204, member.post(s.path("/activities/"+a.Id+"/complete"), gen.Completion{Content: "评课意见"}).Code)

	b := s.publish(offline.Code, 100)
	member.post(s.path("/activities/"+b.Id+"/join"), nil).refused(409, models.CodeActivityMode)
	list := ok[gen.ParticipationList](s.leader.put(s.path("/activities/"+b.Id+"/participations"), gen.UserIds{UserIds: []string{s.member.ID}}), 200)
	require.True(t, list.Items[0].Named)

	study := ok[gen.Study](member.get(s.path("/study")), 200)
	require.Equal(t, online.Hours+100, study.Hours)
	require.Len(t, study.Activities, 2)
	require.True(t, study.Writable)
	require.NotEmpty(t, study.Missing)
	require.Equal(t, "语文组", study.Group.Name)

	s.leader.post(s.path("/activities"), gen.NewActivity{GroupId: s.group, Kind: offline.Code, Title: "过长", Hours: 101}).refused(422, domain.CodeHoursRange)
	s.other.post(s.path("/activities/"+a.Id+"/join"), nil).refused(403, models.CodeNotMember)
	member.post(s.path("/activities"), gen.NewActivity{GroupId: s.group, Kind: online.Code, Title: "越权"}).refused(403, apperr.Forbidden)
	s.leader.post(s.path("/activities/"+a.Id+"/cancel"), nil).refused(409, models.CodeInUse)

	s.w.Clock.Advance(101 * 24 * time.Hour)
	s.tokens.Clear()
	s.as(s.member.ID).post(s.path("/activities/"+a.Id+"/complete"), gen.Completion{Content: "迟到"}).refused(409, models.CodeWindowClosed)
}

// However many activities a teacher takes part in, the page takes the same few queries.
func TestTheStudyPageDoesNotAskForEachActivity(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	online, _ := s.kinds()
	var queries atomic.Int64
	count := func(*gorm.DB) { queries.Add(1) }
	require.NoError(t, s.store.DB(t.Context()).Callback().Query().After("gorm:query").Register("count", count))
	var counts []int64
	for range 4 {
		a := s.publish(online.Code, 0)
		require.Equal(t, 204, member.post(s.path("/activities/"+a.Id+"/join"), nil).Code)
		queries.Store(0)
		study := ok[gen.Study](member.get(s.path("/study")), 200)
		counts = append(counts, queries.Load())
		last := study.Activities[len(study.Activities)-1]
		require.Equal(t, []string{a.Id, a.Title, a.Kind}, []string{last.ActivityId, last.Title, last.Kind})
	}
	require.Equal(t, counts[0], counts[3])
}

func TestATeacherSeesOnlyTheOwnStudyAndTheLeaderTheGroups(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	page := s.path("/teachers/" + s.member.ID + "/study")
	ok[gen.Study](s.leader.get(page), 200)
	ok[gen.Study](s.admin.get(page), 200)
	s.other.get(page).refused(403, apperr.Forbidden)
	s.leader.get(s.path("/teachers/"+s.other.id+"/study")).refused(403, models.CodeNotLeader)
}

func TestFilesArePinnedCheckedAndReadOnlyByThoseConcerned(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	study := ok[gen.Study](member.put(s.path("/study/points"), gen.PointChoice{Points: []string{"B1", "B2", "G4"}}), 200)
	require.Len(t, study.Points, 3)

	body := []byte("%PDF-1.7 summary")
	wish := gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "B1", Name: "B1总结.pdf", Size: int64(len(body)), Sha256: digest(body)}
	grant := ok[gen.UploadGrant](member.post(s.path("/files"), wish), 201)
	require.Equal(t, s.member.ID+"/B1", grant.SlotKey)
	complete := "/api/v1/files/" + grant.FileId + "/versions/1/complete"
	member.post(complete, nil).refused(422, "file_missing")
	member.get("/api/v1/files/"+grant.FileId+"/versions/1/download").refused(409, apperr.Conflict)
	s.files.upload(grant.Fields["key"], body)
	s.admin.post(complete, nil).refused(403, apperr.Forbidden)
	require.Equal(t, models.FileChecked, ok[gen.FileVersion](member.post(complete, nil), 200).State)
	require.Equal(t, models.FileChecked, ok[gen.FileVersion](member.post(complete, nil), 200).State)

	download := "/api/v1/files/" + grant.FileId + "/versions/1/download"
	for _, reader := range []person{member, s.leader, s.admin} {
		require.Contains(t, ok[gen.Download](reader.get(download), 200).Url, "versionId=v-")
	}
	shown := ok[gen.Download](member.get(download+"?disposition=inline"), 200)
	require.Contains(t, shown.Url, "type="+shown.Type+"&inline=true")
	require.NotEmpty(t, shown.Name)
	require.Contains(t, ok[gen.Download](member.get(download), 200).Url, "inline=false", "saved unless asked otherwise")
	member.get(download+"?disposition=show").refused(422, apperr.Invalid)
	s.other.get(download).refused(403, apperr.Forbidden)
	s.as(s.w.User(s.w.Sibling, domain.RoleDistrict).ID).get(download).refused(404, apperr.NotFound)
	require.Empty(t, ok[gen.FileList](s.other.get(s.path("/files?slot_kind=summary")), 200).Items)
	require.Len(t, ok[gen.FileList](s.leader.get(s.path("/files?slot_kind=summary")), 200).Items, 1)

	again := ok[gen.UploadGrant](member.post(s.path("/files"), wish), 201)
	require.Equal(t, 2, again.N)
	s.files.upload(again.Fields["key"], []byte("other bytes"))
	member.post("/api/v1/files/"+grant.FileId+"/versions/2/complete", nil).refused(422, "file_sha256")
	versions := ok[gen.FileVersionList](member.get("/api/v1/files/"+grant.FileId+"/versions"), 200)
	require.Equal(t, 1, versions.Current)
	require.Equal(t, models.FileRejected, versions.Items[0].State)
	member.post("/api/v1/files/"+grant.FileId+"/versions/2/complete", nil).refused(409, apperr.Conflict)

	require.NotNil(t, ok[gen.Study](member.get(s.path("/study")), 200).Points[0].Summary)
}

func TestUploadsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	ok[gen.Study](member.put(s.path("/study/points"), gen.PointChoice{Points: []string{"B1", "B2", "G4"}}), 200)
	sum := digest([]byte("x"))
	for name, tc := range map[string]struct {
		who    person
		wish   gen.UploadRequest
		status int
		code   apperr.Code
	}{
		"wrong type":      {member, gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "B1", Name: "a.exe", Size: 1, Sha256: sum}, 422, domain.CodeFileType},
		"too large":       {member, gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "B1", Name: "a.pdf", Size: 2048<<10 + 1, Sha256: sum}, 422, domain.CodeFileSize},
		"plan name":       {member, gen.UploadRequest{SlotKind: gen.SlotKindPlan, Name: "计划.pdf", Size: 1, Sha256: sum}, 422, domain.CodePlanFileName},
		"bad digest":      {member, gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "B1", Name: "a.pdf", Size: 1, Sha256: "00"}, 422, apperr.Invalid},
		"school's slot":   {member, gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "5", Name: "a.pdf", Size: 1, Sha256: sum}, 403, apperr.Forbidden},
		"point not taken": {member, gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "A1", Name: "a.pdf", Size: 1, Sha256: sum}, 404, apperr.NotFound},
		"no such item":    {s.admin, gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "16", Name: "a.pdf", Size: 1, Sha256: sum}, 422, apperr.Invalid},
		"slot key":        {member, gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "../B1", Name: "a.pdf", Size: 1, Sha256: sum}, 422, apperr.Invalid},
		"not the leader":  {member, gen.UploadRequest{SlotKind: gen.SlotKindTeachingCase, SlotKey: s.group, Name: "a.pdf", Size: 1, Sha256: sum}, 403, models.CodeNotLeader},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.who.post(s.path("/files"), tc.wish)
			got.t = t
			got.refused(tc.status, tc.code)
		})
	}
	ok[gen.UploadGrant](member.post(s.path("/files"), gen.UploadRequest{SlotKind: gen.SlotKindSummary, SlotKey: "B1", Name: "a.pdf", Size: 2048 << 10, Sha256: sum}), 201)
}

func TestPointsGoThroughTeacherGroupAndTeam(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	outside := s.w.Policy.Points.List[2].Code // B3
	member.put(s.path("/study/points"), gen.PointChoice{Points: []string{outside}}).refused(422, domain.CodePointScope)
	member.put(s.path("/study/points"), gen.PointChoice{Points: []string{"Z9"}}).refused(422, domain.CodePointUnknown)
	ok[gen.Study](member.put(s.path("/study/points"), gen.PointChoice{Points: []string{"B1", "B2", "G4"}}), 200)
	require.NoError(t, s.store.DB(t.Context()).Create(&models.TeamMember{CaseID: s.id, UserID: s.head.id, Duty: domain.DutyPrincipal}).Error)

	practice := s.path("/practice/" + s.member.ID + "/B1")
	s.head.post(practice+"/grade", gen.PracticeGrade{Qualified: true}).refused(409, domain.CodePointStep)
	study := ok[gen.Study](member.put(s.path("/study/practice/B1"), gen.PracticeSubmission{Note: "公开课"}), 200)
	require.Equal(t, domain.PointSubmitted, study.Points[0].Status)

	s.other.get(s.path("/practice")).refused(422, apperr.Invalid)
	s.other.get(s.path("/practice?group_id="+s.group)).refused(403, models.CodeNotLeader)
	queue := ok[gen.PracticePage](s.leader.get(s.path("/practice?status=submitted&group_id="+s.group)), 200)
	require.Len(t, queue.Items, 1)

	s.other.post(practice+"/review", gen.PracticeReview{Approve: true}).refused(403, apperr.Forbidden)
	s.leader.post(practice+"/review", gen.PracticeReview{}).refused(422, apperr.Invalid)
	require.Equal(t, 204, s.leader.post(practice+"/review", gen.PracticeReview{Reason: "缺反思"}).Code)
	require.Equal(t, "缺反思", ok[gen.Study](member.get(s.path("/study")), 200).Points[0].Note)
	ok[gen.Study](member.put(s.path("/study/practice/B1"), gen.PracticeSubmission{Note: "公开课与反思"}), 200)
	require.Equal(t, 204, s.leader.post(practice+"/review", gen.PracticeReview{Approve: true}).Code)

	s.admin.post(practice+"/grade", gen.PracticeGrade{Qualified: true}).refused(403, models.CodeNotTeam)
	s.head.post(practice+"/grade", gen.PracticeGrade{}).refused(422, apperr.Invalid)
	require.Equal(t, 204, s.head.post(practice+"/grade", gen.PracticeGrade{Qualified: true}).Code)

	register := ok[gen.RegisterPage](s.admin.get(s.path("/practice-register?group_id="+s.group)), 200)
	require.Len(t, register.Items, 2)
	for _, row := range register.Items {
		if row.UserId == s.member.ID {
			require.Equal(t, domain.PointQualified, row.Points[0].Status)
			require.Equal(t, domain.GradePending, row.Grade)
		}
	}
}

func TestInitialReviewsListEverythingAndRefuseOneByOne(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	all := ok[gen.InitialReviewPage](s.admin.get(s.path("/initial-reviews")), 200)
	require.Len(t, all.Items, 3)
	row := all.Items[0]
	require.False(t, row.Plan)
	require.Zero(t, row.Hours)
	require.Equal(t, domain.Hours(250), row.Target)
	require.Equal(t, 3, row.PointsMin)
	require.Equal(t, domain.ReviewPending, row.Result)

	first := ok[gen.InitialReviewPage](s.admin.get(s.path("/initial-reviews?limit=2")), 200)
	require.Len(t, first.Items, 2)
	rest := ok[gen.InitialReviewPage](s.admin.get(s.path("/initial-reviews?limit=2&cursor="+first.Next)), 200)
	require.Len(t, rest.Items, 1)
	require.Empty(t, rest.Next)

	marks := gen.InitialReviewMarks{UserIds: []string{s.member.ID, "stranger"}, Result: domain.ReviewPassed}
	out := ok[gen.InitialReviewOutcome](s.admin.put(s.path("/initial-reviews"), marks), 200)
	require.Zero(t, out.Done)
	require.Len(t, out.Refused, 2)
	require.Equal(t, string(domain.CodeReviewNotReady), out.Refused[0].Code)
	require.Contains(t, out.Refused[0].Reason, "未上传个人提升计划")
	require.Equal(t, string(models.CodeNotMember), out.Refused[1].Code)
	require.Contains(t, out.Gates.A.Text, "0/3")

	s.admin.put(s.path("/initial-reviews"), gen.InitialReviewMarks{UserIds: []string{s.member.ID}, Result: domain.ReviewFailed}).refused(422, domain.CodeReviewReason)
	failed := gen.InitialReviewMarks{UserIds: []string{s.member.ID, s.member.ID}, Result: domain.ReviewFailed, Reason: "材料不全"}
	require.Equal(t, 1, ok[gen.InitialReviewOutcome](s.admin.put(s.path("/initial-reviews"), failed), 200).Done)
	require.Len(t, ok[gen.InitialReviewPage](s.admin.get(s.path("/initial-reviews?result=failed")), 200).Items, 1)
	s.head.put(s.path("/initial-reviews"), failed).refused(403, apperr.Forbidden)
}

func TestChoiceOfCoursesAboveTenHoursIsRefused(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	member := s.as(s.member.ID)
	list := ok[gen.CourseChoiceList](member.post(s.path("/study/courses"), gen.CourseChoice{Course: "在线教学", Hours: 60}), 200)
	require.Equal(t, domain.Hours(100), list.Limit)
	member.post(s.path("/study/courses"), gen.CourseChoice{Course: "人工智能", Hours: 50}).refused(422, domain.CodeOnlineChoiceCap)
	require.Equal(t, domain.Hours(60), ok[gen.CourseChoiceList](member.get(s.path("/study/courses")), 200).Total)
}

func TestTheRosterTakesHundredsOfRowsUntilItIsFrozen(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 0)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	rows := gen.RosterRows{}
	for range 500 {
		rows.Rows = append(rows.Rows, gen.RosterRowDraft{UserId: w.User(w.School, domain.RoleTeacher).ID, FullTime: true})
	}
	require.Equal(t, gen.RosterCounts{Teachers: 500, FullTime: 500}, ok[gen.RosterCounts](admin.put(casePath(c.ID, "/roster"), rows), 200))
	seen := map[string]bool{}
	for next := ""; ; {
		page := ok[gen.RosterPage](admin.get(casePath(c.ID, "/roster?limit=200&cursor="+next)), 200)
		for _, row := range page.Items {
			require.False(t, seen[row.UserId])
			seen[row.UserId] = true
		}
		if next = page.Next; next == "" {
			break
		}
	}
	require.Len(t, seen, 500)
	stranger := gen.RosterRows{Rows: []gen.RosterRowDraft{{UserId: w.User(w.Foreign, domain.RoleTeacher).ID}}}
	admin.put(casePath(c.ID, "/roster"), stranger).refused(422, apperr.Invalid)
	w.Move(c.ID, domain.StageTraining)
	admin.put(casePath(c.ID, "/roster"), rows).refused(409, models.CodeRosterFrozen)
}

func TestTheLeaderKeepsTheTeachingCaseAndTopics(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	draft := gen.TeachingCaseDraft{Title: "项目式阅读", Reflection: "反思", VideoLocation: "校档案室 3 号柜"}
	saved := ok[gen.TeachingCase](s.leader.put(s.path("/groups/"+s.group+"/teaching-case"), draft), 200)
	require.Equal(t, draft.VideoLocation, saved.VideoLocation)
	s.admin.put(s.path("/groups/"+s.group+"/teaching-case"), draft).refused(403, apperr.Forbidden)
	ok[gen.Topic](s.leader.post(s.path("/topics"), gen.NewTopic{GroupId: s.group, Title: "读写结合"}), 201)
	require.Len(t, ok[gen.TopicList](s.as(s.member.ID).get(s.path("/topics?group_id="+s.group)), 200).Items, 1)
	visit := gen.NewGuidanceVisit{At: s.w.Clock.Now(), Topic: "两案落实", Content: "听课两节"}
	ok[gen.GuidanceVisit](s.as(s.w.User(s.w.District, domain.RoleDistrict).ID).send(http.MethodPost, s.path("/guidance-visits"), visit), 201)
	require.Len(t, ok[gen.GuidanceVisitList](s.admin.get(s.path("/guidance-visits")), 200).Items, 1)
	s.admin.send(http.MethodPost, s.path("/guidance-visits"), visit).refused(403, apperr.Forbidden)
}

// A teacher who left after filing no longer keeps the gates closed, once the office that
// reviews the school has said so: an event of the case, with the reason.
func TestTheReviewerChangesAStatusOnAFrozenRoster(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	district, city := w.User(w.District, domain.RoleDistrict), w.User(w.City, domain.RoleCityOffice)
	for name, tc := range map[string]struct {
		school            *models.Org
		reviewer, another *models.User
	}{"of a district's school": {w.School, district, city}, "of a city's own school": {w.Direct, city, district}} {
		c, teachers := w.Case(tc.school, 2)
		w.Move(c.ID, domain.StageTraining, func(s *domain.State) { s.Teachers = 2 })
		retired := gen.ActionRequest{User: teachers[0].ID, RosterStatus: domain.RosterRetired, Comment: "到龄退休"}
		p := r.as(tc.reviewer.ID)
		admin := r.as(w.User(tc.school, domain.RoleSchoolAdmin).ID)
		row := gen.RosterRows{Rows: []gen.RosterRowDraft{{UserId: teachers[0].ID, Status: domain.RosterRetired}}}
		require.Contains(t, admin.put(casePath(c.ID, "/roster"), row).refused(409, models.CodeRosterFrozen).Detail, "审核单位", name)
		admin.act(c.ID, domain.ChangeRoster, "school-retires", retired).refused(403, apperr.Forbidden)
		require.Contains(t, []int{403, 404}, r.as(tc.another.ID).send(http.MethodPost, casePath(c.ID, "/actions/roster.change"), retired,
			"Idempotency-Key", "another-retires").Code, name)
		silent := retired
		silent.Comment = ""
		p.act(c.ID, domain.ChangeRoster, "without-reason", silent).refused(422, apperr.Invalid)

		require.Equal(t, "0/2(0.00%)未达标", ok[gen.CaseView](p.get(casePath(c.ID, "")), 200).Gates.A.Text)
		done := ok[gen.ActionResult](p.act(c.ID, domain.ChangeRoster, "retires-once", retired), 200)
		require.Equal(t, done.Seq, ok[gen.ActionResult](p.act(c.ID, domain.ChangeRoster, "retires-once", retired), 200).Seq)
		view := ok[gen.CaseView](p.get(casePath(c.ID, "")), 200)
		require.Equal(t, []any{"0/1(0.00%)未达标", 1}, []any{view.Gates.A.Text, view.Teachers}, name)
		p.act(c.ID, domain.ChangeRoster, "retires-again", retired).refused(409, apperr.Conflict)

		log := ok[gen.TimelinePage](p.get(casePath(c.ID, "/timeline")), 200).Items
		entry := log[slices.IndexFunc(log, func(e gen.TimelineEntry) bool { return e.Seq == done.Seq })]
		require.Equal(t, []any{"变更名册", []string{teachers[0].Name}, domain.RosterRetired, "到龄退休"},
			[]any{entry.Name, entry.Concerns, entry.RosterStatus, entry.Comment})
		for _, t2 := range ok[gen.RosterPage](p.get(casePath(c.ID, "/roster")), 200).Items {
			if t2.UserId != teachers[0].ID {
				require.Empty(t, t2.Changes)
				continue
			}
			require.Equal(t, []gen.RosterChange{{
				From: domain.RosterActive, To: domain.RosterRetired, Reason: "到龄退休", By: tc.reviewer.Name, At: w.Clock.Now(),
			}}, t2.Changes)
		}
	}
}
