package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func TestOrganisationsAndUsersAreManagedWithinReach(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	sys, root := r.as(w.User(w.City, domain.RoleSysadmin).ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)

	school := ok[gen.Org](sys.post("/api/v1/orgs", gen.NewOrg{ParentId: w.District.ID, Level: models.LevelSchool, Code: "440106002", Name: "第二小学"}), 201)
	sys.post("/api/v1/orgs", gen.NewOrg{ParentId: w.District.ID, Level: models.LevelSchool, Code: "440106002", Name: "重复"}).refused(409, apperr.Conflict)
	sys.post("/api/v1/orgs", gen.NewOrg{ParentId: school.Id, Level: models.LevelSchool, Code: "x", Name: "校中校"}).refused(422, apperr.Invalid)
	district.post("/api/v1/orgs", gen.NewOrg{ParentId: w.District.ID, Level: models.LevelSchool, Code: "y", Name: "越权"}).refused(403, apperr.Forbidden)
	require.Len(t, ok[gen.OrgPage](district.get("/api/v1/orgs?level=school"), 200).Items, 2)
	require.Len(t, ok[gen.OrgPage](root.get("/api/v1/orgs?level=school&q=%E7%AC%AC%E4%BA%8C"), 200).Items, 1)

	made := ok[gen.CreatedUser](district.post("/api/v1/users", gen.NewUser{Login: "head2", Name: "校长", OrgId: school.Id, Roles: []domain.Role{domain.RolePrincipal}}), 201)
	require.True(t, made.User.MustChange)
	require.NotEmpty(t, made.Password)
	require.True(t, ok[gen.SessionInfo](login(r, "head2", made.Password), 200).Me.MustChange)

	admin.post("/api/v1/users", gen.NewUser{Login: "t1", Name: "教师", OrgId: school.Id}).refused(404, apperr.NotFound)
	admin.post("/api/v1/users", gen.NewUser{Login: "t1", Name: "教师", OrgId: w.School.ID, Roles: []domain.Role{domain.RoleSchoolAdmin}}).refused(403, apperr.Forbidden)
	district.post("/api/v1/users", gen.NewUser{Login: "d2", Name: "同级", OrgId: w.District.ID, Roles: []domain.Role{domain.RoleDistrict}}).refused(403, apperr.Forbidden)
	root.post("/api/v1/users", gen.NewUser{Login: "b1", Name: "错级", OrgId: w.School.ID, Roles: []domain.Role{domain.RoleBureau}}).refused(422, apperr.Invalid)
	admin.post("/api/v1/users", gen.NewUser{Login: "t2", Name: "教师", OrgId: w.School.ID, IdNumber: "123"}).refused(422, models.CodeIDNumber)

	tree := ok[gen.OrgPage](root.get("/api/v1/orgs?parent_id="+w.City.ID), 200)
	require.Len(t, tree.Items, 3)
	for _, o := range tree.Items {
		require.Equal(t, map[string]int{w.District.ID: 2, w.Sibling.ID: 1}[o.Id], o.Children, o.Name)
		require.Equal(t, o.Id != w.Direct.ID, o.HasChildren, o.Name)
	}
	require.Len(t, ok[gen.OrgPage](root.get("/api/v1/orgs?sort=-name&under="+w.District.ID), 200).Items, 3)
	district.get("/api/v1/orgs?under="+w.Sibling.ID).refused(404, apperr.NotFound)
	district.get("/api/v1/users?under="+w.Sibling.ID).refused(404, apperr.NotFound)
	require.Len(t, ok[gen.UserPage](root.get("/api/v1/users?under="+w.District.ID), 200).Items, 3)
	require.Equal(t, "head2", ok[gen.UserPage](root.get("/api/v1/users?role=principal&disabled=false&sort=-created"), 200).Items[0].Login)
	require.Empty(t, ok[gen.UserPage](root.get("/api/v1/users?disabled=true"), 200).Items)

	user := "/api/v1/users/" + made.User.Id
	require.Equal(t, 204, district.put(user+"/grants/teacher/"+school.Id, nil).Code)
	require.Len(t, ok[gen.User](district.get(user), 200).Grants, 2)
	require.Equal(t, 204, district.send("DELETE", user+"/grants/teacher/"+school.Id, nil).Code)
	district.put(user+"/grants/sysadmin/"+w.City.ID, nil).refused(404, apperr.NotFound)
	root.put(user+"/grants/sysadmin/"+school.Id, nil).refused(422, apperr.Invalid)
	root.put(user+"/grants/sysadmin/"+w.City.ID, nil).refused(409, models.CodeTwoPersons)
	sys.post("/api/v1/users", gen.NewUser{Login: "t3", Name: "教师", OrgId: w.School.ID}).refused(403, apperr.Forbidden)
	district.put("/api/v1/users/"+district.id+"/grants/teacher/"+school.Id, nil).refused(409, apperr.Conflict)
}

func TestNobodyTakesOverAnAccountAboveTheirOwn(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	head := w.User(w.School, domain.RolePrincipal)
	admin.post("/api/v1/users/"+head.ID+"/password", nil).refused(403, apperr.Forbidden)
	admin.post("/api/v1/users/"+head.ID+"/disable", nil).refused(403, apperr.Forbidden)
	office := r.as(w.User(w.District, domain.RoleDistrict).ID)
	ok[gen.OneTimePassword](office.post("/api/v1/users/"+head.ID+"/password", nil), 200)
	require.NoError(t, w.Store.Grant(t.Context(), models.Grant{UserID: head.ID, Role: domain.RoleSysadmin, OrgID: w.City.ID}))
	office.post("/api/v1/users/"+head.ID+"/password", nil).refused(403, apperr.Forbidden)
}

func TestRolesAndPoliciesCanBeRead(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := r.as(w.User(w.School, domain.RoleTeacher).ID)
	require.Len(t, ok[gen.RoleList](teacher.get("/api/v1/roles"), 200).Items, len(domain.Roles()))
	list := ok[gen.PolicyList](teacher.get("/api/v1/policies"), 200)
	require.Len(t, list.Items, 2)
	for _, p := range list.Items {
		doc := ok[gen.PolicyDocument](teacher.get("/api/v1/policies/"+p.Digest), 200)
		require.Equal(t, p.Programme, doc.Value.Programme)
	}
	teacher.get("/api/v1/policies/none").refused(404, apperr.NotFound)
}

func TestACohortIsDraftedFilledAndOpened(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	draft := gen.NewCohort{
		Code: "2602", Name: "2602期", Programme: "2.0", OrgId: w.City.ID, WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(time.Hour), Pace: 60,
	}
	c := ok[gen.Cohort](office.post("/api/v1/cohorts", draft), 201)
	require.Equal(t, models.CohortDraft, c.Status)
	office.post("/api/v1/cohorts", draft).refused(409, apperr.Conflict)
	draft.Programme = "3.0"
	office.post("/api/v1/cohorts", draft).refused(422, "policy_programme")
	path := "/api/v1/cohorts/" + c.Id
	office.post(path+"/open", nil).refused(409, apperr.Conflict)

	filled := ok[gen.Cohort](office.post(path+"/schools", gen.SchoolIds{SchoolIds: []string{w.School.ID, w.Direct.ID}}), 200)
	require.Equal(t, 2, filled.Schools)
	office.post(path+"/schools", gen.SchoolIds{SchoolIds: []string{w.District.ID}}).refused(422, apperr.Invalid)
	require.Equal(t, 204, office.send("DELETE", path+"/schools/"+w.Direct.ID, nil).Code)
	changed := ok[gen.Cohort](office.put(path, gen.CohortChange{Name: "改名", WindowStart: draft.WindowStart, WindowEnd: draft.WindowEnd, Pace: 30}), 200)
	require.Equal(t, "改名", changed.Name)

	require.Equal(t, c.Id, ok[gen.Cohort](district.get(path), 200).Id, "the city's cohort concerns the district")
	district.put(path, gen.CohortChange{Name: "越权", WindowStart: draft.WindowStart, WindowEnd: draft.WindowEnd}).refused(403, apperr.Forbidden)

	early := gen.CohortChange{Name: "改名", WindowStart: draft.WindowStart, WindowEnd: draft.WindowEnd, OpensAt: w.Clock.Now().Add(time.Hour), Pace: 30}
	ok[gen.Cohort](office.put(path, early), 200)
	office.post(path+"/open", nil).refused(409, apperr.Conflict)
	early.OpensAt = w.Clock.Now()
	ok[gen.Cohort](office.put(path, early), 200)

	r.engine.set(apperr.New(apperr.Unavailable, "away"), false)
	office.post(path+"/open", nil).refused(503, apperr.Unavailable)
	require.Equal(t, models.CohortDraft, ok[gen.Cohort](office.get(path), 200).Status)
	r.engine.set(nil, false)
	require.Equal(t, models.CohortOpening, ok[gen.Cohort](office.post(path+"/open", nil), 202).Status)
	require.Equal(t, []string{c.Id}, r.engine.cohorts)
	office.put(path, gen.CohortChange{Name: "迟了", WindowStart: draft.WindowStart, WindowEnd: draft.WindowEnd}).refused(409, apperr.Conflict)
	later := gen.WindowExtension{WindowEnd: draft.WindowEnd.Add(time.Hour)}
	district.put(path+"/window", later).refused(403, apperr.Forbidden)
	require.True(t, later.WindowEnd.Equal(ok[gen.Cohort](office.put(path+"/window", later), 200).WindowEnd))
	require.Equal(t, "window_end", office.put(path+"/window", later).refused(422, apperr.Invalid).Field)
	require.Len(t, ok[gen.CohortSchoolList](office.get(path+"/schools"), 200).Items, 1)
	require.Len(t, ok[gen.CohortList](office.get("/api/v1/cohorts?status=opening"), 200).Items, 1)

	newest := ok[gen.CohortList](office.get("/api/v1/cohorts?limit=1"), 200)
	require.Equal(t, c.Id, newest.Items[0].Id)
	require.Equal(t, w.Cohort.ID, ok[gen.CohortList](office.get("/api/v1/cohorts?cursor="+newest.Next), 200).Items[0].Id)
	require.Equal(t, "2601", ok[gen.CohortList](office.get("/api/v1/cohorts?sort=code"), 200).Items[0].Code)
	require.Len(t, ok[gen.CohortList](office.get("/api/v1/cohorts?q=2601"), 200).Items, 1)
	office.get("/api/v1/cohorts?sort=size").refused(422, apperr.Invalid)
	planned := ok[gen.CohortSchoolList](district.get("/api/v1/cohorts/"+w.Cohort.ID+"/schools?status=planned&sort=-name"), 200)
	require.Len(t, planned.Items, 1, "the district's own of the city's three")
	require.Equal(t, []string{w.School.ID, w.School.Code, w.District.ID}, []string{planned.Items[0].School.Id, planned.Items[0].Code, planned.Items[0].District.Id})
}

// board is a city with one case per school, one of them overdue.
func board(t *testing.T) (*rig, *testkit.World, *models.Case) {
	t.Helper()
	r, w := newWorld(t)
	w.User(w.District, domain.RoleDistrict)
	c, _ := w.Case(w.School, 0)
	direct, _ := w.Case(w.Direct, 0)
	for _, open := range []*models.Case{c, direct} {
		require.NoError(t, w.Store.MarkOpened(t.Context(), w.Cohort.ID, open.SchoolID, open.ID))
	}
	due := w.Clock.Now().Add(-5 * 24 * time.Hour)
	wait := domain.Wait{
		Visit: 3, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: w.District.ID,
		Since: w.Clock.Now().Add(-14 * 24 * time.Hour), Due: &due, Overdue: true,
	}
	w.Move(c.ID, domain.StageFiling, func(s *domain.State) {
		s.Entered, s.Visits, s.Revision, s.Waits = 3, 3, 2, map[string]domain.Wait{"3": wait}
	})
	task := models.TaskRow{
		CaseID: c.ID, Visit: 3, Task: wait.Task, Role: wait.Role, OrgID: wait.OrgID, Path: c.Path, Since: wait.Since,
		DueAt: &due, Overdue: true, Status: models.TaskOpen,
	}
	require.NoError(t, w.Store.DB(t.Context()).Create(&task).Error)
	return r, w, c
}

func TestProgressSaysWhereOnWhomAndHowLate(t *testing.T) {
	t.Parallel()
	r, w, c := board(t)
	city := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	all := ok[gen.ProgressPage](city.get("/api/v1/progress"), 200)
	require.Len(t, all.Items, 2)
	row := all.Items[0]
	require.Equal(t, c.ID, row.CaseId, "what is due first leads")
	require.Equal(t, "审核备案", row.StageName)
	require.Equal(t, w.District.Name, row.WaitingOrg)
	require.Equal(t, "用户0001", row.WaitingPerson)
	require.Equal(t, 9, row.WorkingDays, "a fortnight is nine whole working days")
	require.Equal(t, 2, row.DaysOver)
	require.True(t, row.Overdue)

	for query, n := range map[string]int{
		"overdue=true": 1, "stage=filing": 1, "stage=team": 1, "waiting_role=district": 1, "waiting_role=expert": 0,
		"district_id=" + w.District.ID: 1, "q=%E5%B0%8F%E5%AD%A6": 1, "cohort_id=none": 0, "cohort_id=" + w.Cohort.ID: 2, "limit=1": 1,
	} {
		require.Len(t, ok[gen.ProgressPage](city.get("/api/v1/progress?"+query), 200).Items, n, query)
	}
	second := ok[gen.ProgressPage](city.get("/api/v1/progress?limit=1&cursor="+ok[gen.ProgressPage](city.get("/api/v1/progress?limit=1"), 200).Next), 200)
	require.Equal(t, w.Direct.ID, second.Items[0].School.Id)

	counts := ok[gen.ProgressCounts](city.get("/api/v1/progress/counts"), 200)
	require.Equal(t, 2, counts.Total)
	require.Equal(t, 1, counts.Overdue)
	require.Equal(t, 1, counts.NotStarted)
	waiting := ok[gen.NotStartedPage](city.get("/api/v1/progress/not-started"), 200)
	require.Equal(t, w.Foreign.ID, waiting.Items[0].School.Id)

	sibling := r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	require.Empty(t, ok[gen.ProgressPage](sibling.get("/api/v1/progress"), 200).Items)
	require.Len(t, ok[gen.NotStartedPage](sibling.get("/api/v1/progress/not-started"), 200).Items, 1)
}

func TestACaseViewSaysWhatMayBeDoneAndWhyNot(t *testing.T) {
	t.Parallel()
	r, w, c := board(t)
	officer := r.as(w.User(w.District, domain.RoleDistrict).ID)
	v := ok[gen.CaseView](officer.get(casePath(c.ID, "")), 200)
	require.Len(t, v.Waits, 1)
	require.True(t, v.Waits[0].Mine)
	require.Equal(t, 9, v.Waits[0].WorkingDays)
	require.Equal(t, 2, v.Waits[0].DaysOver)
	byKind := map[domain.Kind]gen.LegalAction{}
	for _, a := range v.Actions {
		byKind[a.Kind] = a
	}
	require.True(t, byKind[domain.ApprovePlan].Allowed)
	require.Equal(t, 3, byKind[domain.ApprovePlan].Visit)
	require.False(t, byKind[domain.ReturnTeam].Allowed)
	require.NotEmpty(t, byKind[domain.ReturnTeam].Reason)
	require.NotContains(t, byKind, domain.SubmitTeam, "what is never theirs is not offered")

	school := ok[gen.CaseView](r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).get(casePath(c.ID, "")), 200)
	require.False(t, school.Waits[0].Mine)
	require.Contains(t, school.Waits[0].Person, "用户0001")
}

func TestInboxesHoldWhatWaitsForThePerson(t *testing.T) {
	t.Parallel()
	r, w, c := board(t)
	officer := r.as(w.User(w.District, domain.RoleDistrict).ID)
	require.Equal(t, gen.TaskCounts{Todo: 1, Overdue: 1}, ok[gen.TaskCounts](officer.get("/api/v1/tasks/counts"), 200))
	todo := ok[gen.TaskPage](officer.get("/api/v1/tasks"), 200)
	require.Len(t, todo.Items, 1)
	require.Equal(t, c.ID, todo.Items[0].CaseId)
	require.Empty(t, ok[gen.TaskPage](r.as(w.User(w.Sibling, domain.RoleDistrict).ID).get("/api/v1/tasks"), 200).Items)

	require.NoError(t, w.Store.DB(t.Context()).Create(&models.PlanRevision{CaseID: c.ID, Version: 2, SHA256: "0", Body: "[]", SubmittedAt: w.Clock.Now(), Status: models.PlanSubmitted}).Error)
	ok[gen.ActionResult](officer.act(c.ID, domain.ReturnPlan, "key-00000001", gen.ActionRequest{
		Revision: 2, Reasons: []gen.Reason{{Part: "training_plan", Text: "目标不明确"}},
	}), 200)
	require.Empty(t, ok[gen.TaskPage](officer.get("/api/v1/tasks"), 200).Items)
	done := ok[gen.TaskPage](officer.get("/api/v1/tasks?box=done"), 200)
	require.Len(t, done.Items, 1)
	require.Equal(t, string(domain.ReturnPlan), done.Items[0].Kind)
	sent := ok[gen.TaskPage](officer.get("/api/v1/tasks?box=submitted"), 200)
	require.Len(t, sent.Items, 1)
	require.Equal(t, gen.TaskItemStatusAccepted, sent.Items[0].Status)

	notice := models.Notice{ID: testkit.ID(), UserID: officer.id, Source: "s", CaseID: c.ID, Kind: "task", Title: "新待办", CreatedAt: w.Clock.Now()}
	require.NoError(t, w.Store.DB(t.Context()).Create(&notice).Error)
	require.Len(t, ok[gen.NoticePage](officer.get("/api/v1/notices?unread=true"), 200).Items, 1)
	require.Equal(t, 204, r.as(w.User(w.District, domain.RoleDistrict).ID).post("/api/v1/notices/"+notice.ID+"/read", nil).Code)
	require.Equal(t, 1, ok[gen.TaskCounts](officer.get("/api/v1/tasks/counts"), 200).Unread, "nobody reads another's notices")
	require.Equal(t, 204, officer.post("/api/v1/notices/"+notice.ID+"/read", nil).Code)
	require.Empty(t, ok[gen.NoticePage](officer.get("/api/v1/notices?unread=true"), 200).Items)
}

func TestDraftsOfTeamDiagnosisAndPlan(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, teachers := w.Case(w.School, 2)
	head := w.User(w.School, domain.RolePrincipal)
	p := r.as(head.ID)
	path := func(rest string) string { return casePath(c.ID, rest) }
	team := gen.TeamDraft{Members: []gen.TeamMemberDraft{
		{UserId: head.ID, Duty: domain.DutyPrincipal, Cio: true, Responsibility: "统筹"},
		{UserId: teachers[0].ID, Duty: domain.DutyTeachingDirector}, {UserId: teachers[1].ID, Duty: domain.DutyITBackbone},
	}}
	require.Len(t, ok[gen.Team](p.put(path("/team"), team), 200).Members, 3)
	stranger := gen.TeamDraft{Members: []gen.TeamMemberDraft{{UserId: w.User(w.Foreign).ID, Duty: domain.DutyMember}}}
	p.put(path("/team"), stranger).refused(422, apperr.Invalid)
	require.Equal(t, domain.StageDiagnosis, ok[gen.ActionResult](p.act(c.ID, domain.SubmitTeam, "key-00000001", gen.ActionRequest{}), 200).Case.Stage)
	p.put(path("/team"), team).refused(409, apperr.WrongStage)

	p.act(c.ID, domain.SubmitDiagnosis, "key-00000002", gen.ActionRequest{}).refused(422, domain.CodeEnvironment)
	swot := gen.DiagnosisDraft{Environment: w.Policy.Environments[0].Code, Strengths: "优", Weaknesses: "劣", Opportunities: "机", Threats: "威"}
	ok[gen.Diagnosis](p.put(path("/diagnosis"), swot), 200)
	ok[gen.ActionResult](p.act(c.ID, domain.SubmitDiagnosis, "key-00000003", gen.ActionRequest{}), 200)

	plan := ok[gen.Plan](p.get(path("/plan")), 200)
	require.Len(t, plan.Missing, len(w.Policy.PlanParts))
	for _, part := range w.Policy.PlanParts {
		plan = ok[gen.Plan](p.put(path("/plan/"+part.Code), gen.PlanPartDraft{Text: part.Name}), 200)
	}
	require.Empty(t, plan.Missing)
	p.put(path("/plan/poem"), gen.PlanPartDraft{Text: "诗"}).refused(422, apperr.Invalid)
	p.act(c.ID, domain.SubmitPlan, "key-00000004", gen.ActionRequest{Draft: "0"}).refused(409, apperr.Stale)
	ok[gen.ActionResult](p.act(c.ID, domain.SubmitPlan, "key-00000005", gen.ActionRequest{Draft: plan.Digest}), 200)
	revisions := ok[gen.PlanRevisionList](p.get(path("/plan-revisions")), 200)
	require.Equal(t, plan.Digest, revisions.Items[0].Sha256)
	whole := ok[gen.PlanRevision](p.get(path("/plan-revisions/1")), 200)
	require.Equal(t, plan.Digest, digest([]byte(whole.Body)))
	p.get(path("/plan-revisions/2")).refused(404, apperr.NotFound)
	r.as(w.User(w.District, domain.RoleDistrict).ID).get(path("/plan")).refused(403, apperr.Forbidden)
}

func TestBlockersNameWhoIsMissingWhat(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	list := ok[gen.BlockerList](s.admin.get(s.path("/blockers")), 200)
	require.NotEmpty(t, list.Items)
	require.Equal(t, "3名教师未满校本研修学时", list.Items[0].Text)
	require.Len(t, list.Items[0].Names, 3)
	view := ok[gen.CaseView](s.admin.get(s.path("")), 200)
	require.Equal(t, "0/3(0.00%)未达标", view.Gates.A.Text)
	require.Nil(t, ok[gen.CaseView](s.other.get(s.path("")), 200).Gates)
}

func TestExpertCandidatesAndDrafts(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ToScoring()
	candidates := ok[gen.ExpertCandidateList](k.as(k.w.Bureau.UserID).get(casePath(k.id, "/expert-candidates?q=expert")), 200)
	require.Len(t, candidates.Items, 5)
	require.False(t, candidates.Items[0].SameSchool)

	expert := k.as(k.w.Experts[0].UserID)
	draft := gen.ScoreDraft{Scores: map[string]domain.Score{"C1": 10}, Notes: map[string]string{"C2": "待核实"}}
	require.Equal(t, draft, ok[gen.ScoreDraft](expert.put(casePath(k.id, "/score-draft"), draft), 200))
	expert.put(casePath(k.id, "/score-draft"), gen.ScoreDraft{Scores: map[string]domain.Score{"C1": 9999}, Notes: map[string]string{}}).refused(422, domain.CodeScoreRange)
	require.Empty(t, ok[gen.ScoreDraft](k.as(k.w.Experts[1].UserID).get(casePath(k.id, "/score-draft")), 200).Scores)
	dossier := ok[gen.Dossier](expert.get(casePath(k.id, "/dossier")), 200)
	require.Len(t, dossier.Items, 15)
	require.Equal(t, 15, dossier.Ready)
	f := dossier.Items[6].File
	require.NotNil(t, f)
	ok[gen.Download](expert.get("/api/v1/files/"+f.FileId+"/versions/1/download"), 200)
	self := ok[gen.SelfScore](expert.get(casePath(k.id, "/self-score")), 200)
	require.Equal(t, domain.Total(self.Scores), self.Total)
	k.as(k.w.Admin.UserID).put(casePath(k.id, "/self-score"), gen.SelfScoreDraft{Scores: map[string]domain.Score{"C1": 1}}).refused(409, apperr.WrongStage)
}

// A window that closed while plans were under review can be extended: what is filed then
// gets the new end, what is in training keeps its own.
func TestAnExtendedWindowCountsFromTheNextFiling(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	trained, _ := f.w.Case(f.w.Foreign, 1)
	f.w.Move(trained.ID, domain.StageTraining)
	old := f.w.Cohort.WindowEnd
	f.w.Clock.Set(old)
	f.tokens.Clear() // the sessions are over too
	f.office = f.as(f.office.id)
	f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve).refused(409, domain.CodeWindowPast)

	later := gen.WindowExtension{WindowEnd: old.Add(30 * 24 * time.Hour)}
	city := f.as(f.w.User(f.w.City, domain.RoleCityOffice).ID)
	ok[gen.Cohort](city.put("/api/v1/cohorts/"+f.w.Cohort.ID+"/window", later), 200)
	filed := ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000002", f.approve), 200)
	require.True(t, later.WindowEnd.Equal(filed.Case.Window))
	require.True(t, old.Equal(ok[gen.CaseView](city.get(casePath(trained.ID, "")), 200).Window))
}
