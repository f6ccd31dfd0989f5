package modelstest

import (
	"slices"
	"strconv"
	"sync"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testTeam(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, users := w.Case(w.School, 2)
	members := []models.TeamMember{
		{UserID: users[0].ID, Duty: domain.DutyPrincipal, CIO: true, SchoolLeader: true, Responsibility: "总负责"},
		{UserID: users[1].ID, Duty: domain.DutyITBackbone},
	}
	require.NoError(t, w.Store.PutTeam(ctx, c.ID, members))
	stranger := append(slices.Clone(members[:1]), models.TeamMember{UserID: w.User(w.Foreign).ID, Duty: domain.DutyMember})
	refused(t, w.Store.PutTeam(ctx, c.ID, stranger), apperr.Invalid)
	twice := []models.TeamMember{members[0], members[0]}
	refused(t, w.Store.PutTeam(ctx, c.ID, twice), apperr.Invalid)
	rows, err := w.Store.Team(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, rows, 2, "a refusal changes nothing")
}

func testPlanDraft(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	part := w.Policy.PlanParts[0].Code
	w.Move(c.ID, domain.StageDiagnosis)
	refused(t, w.Store.PutDiagnosis(ctx, models.Diagnosis{CaseID: c.ID, Environment: "unknown"}), domain.CodeEnvironment)
	require.NoError(t, w.Store.PutDiagnosis(ctx, models.Diagnosis{CaseID: c.ID, Strengths: "优势"}))
	refused(t, w.Store.PutPlanDraft(ctx, models.PlanDraft{CaseID: c.ID, Part: part, Text: "x"}), apperr.WrongStage)
	w.Move(c.ID, domain.StagePlanning)
	refused(t, w.Store.PutPlanDraft(ctx, models.PlanDraft{CaseID: c.ID, Part: "unknown", Text: "x"}), apperr.Invalid)

	empty, err := w.Store.PlanDraft(ctx, c.ID)
	require.NoError(t, err)
	require.False(t, empty.Has(part))
	require.NoError(t, w.Store.PutPlanDraft(ctx, models.PlanDraft{CaseID: c.ID, Part: part, Text: "正文"}))
	first, err := w.Store.PlanDraft(ctx, c.ID)
	require.NoError(t, err)
	require.True(t, first.Has(part))
	w.Clock.Advance(1)
	require.NoError(t, w.Store.PutPlanDraft(ctx, models.PlanDraft{CaseID: c.ID, Part: part, Text: "正文"}))
	same, err := w.Store.PlanDraft(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, first.SHA256, same.SHA256, "the digest is of the content alone")
	upload(t, w, c.ID, models.Slot{Kind: models.SlotPlanPart, Key: part}, "admin", "规划.pdf")
	changed, err := w.Store.PlanDraft(ctx, c.ID)
	require.NoError(t, err)
	require.NotEqual(t, first.SHA256, changed.SHA256, "a file is part of it")
}

func testFiles(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	who := s.members[0]
	slot := models.Slot{Kind: models.SlotSummary, Key: who + "/" + points(w, 1)[0]}
	big := grant(s.id, slot, who, "总结.pdf")
	big.Size = w.Policy.Files[models.SlotSummary].MaxBytes + 1
	_, err := w.Store.GrantFile(ctx, big)
	refused(t, err, domain.CodeFileSize)
	_, err = w.Store.GrantFile(ctx, grant(s.id, slot, who, "总结.exe"))
	refused(t, err, domain.CodeFileType)
	_, err = w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: models.SlotPlan, Key: who}, who, "计划.pdf"))
	refused(t, err, domain.CodePlanFileName)
	_, err = w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: "other"}, who, "x.pdf"))
	refused(t, err, apperr.Invalid)
	_, err = w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: models.SlotPlan, Key: "stranger"}, "stranger", "x.pdf"))
	refused(t, err, models.CodeNotMember)
	_, err = w.Store.GrantFile(ctx, grant(s.id, slot, who, "总结.pdf"))
	refused(t, err, apperr.NotFound)
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, who, points(w, 3)))

	v, err := w.Store.GrantFile(ctx, grant(s.id, slot, who, "总结.pdf"))
	require.NoError(t, err)
	_, err = w.Store.ReadableVersion(ctx, v.FileID, v.N)
	refused(t, err, apperr.Conflict)
	refused(t, w.Store.FileChecked(ctx, v.FileID, v.N), apperr.Conflict)
	require.NoError(t, w.Store.FileUploaded(ctx, v.FileID, v.N, "v1"))
	require.NoError(t, w.Store.FileUploaded(ctx, v.FileID, v.N, "v1"), "told twice")
	refused(t, w.Store.FileUploaded(ctx, v.FileID, v.N, "v2"), apperr.Conflict)
	require.NoError(t, w.Store.FileChecked(ctx, v.FileID, v.N))
	require.NoError(t, w.Store.FileChecked(ctx, v.FileID, v.N), "told twice")
	got, err := w.Store.ReadableVersion(ctx, v.FileID, v.N)
	require.NoError(t, err)
	require.Equal(t, "v1", got.VersionID)

	second := upload(t, w, s.id, slot, who, "总结2.pdf")
	require.Equal(t, []any{v.FileID, 2}, []any{second.FileID, second.N}, "one slot, another version")
	third, err := w.Store.GrantFile(ctx, grant(s.id, slot, who, "总结3.pdf"))
	require.NoError(t, err)
	require.NoError(t, w.Store.FileRejected(ctx, third.FileID, third.N, "内容与类型不符"))
	views, err := w.Store.Files(ctx, s.id, models.SlotSummary, who)
	require.NoError(t, err)
	require.Len(t, views, 1)
	require.Equal(t, 2, views[0].Version.N, "a rejected upload changes nothing")
	require.Equal(t, slot, views[0].Slot())
	versions, err := w.Store.Versions(ctx, v.FileID)
	require.NoError(t, err)
	require.Len(t, versions, 3, "earlier ones are kept")
}

// Uploads into one slot at the same moment get numbers of their own.
func testFilesRace(w *testkit.World) {
	t := w.T
	s := train(t, w)
	slot := models.Slot{Kind: models.SlotSummary, Key: s.leader + "/" + points(w, 1)[0]}
	require.NoError(t, w.Store.ChoosePoints(t.Context(), s.id, s.leader, points(w, 3)))
	var wg sync.WaitGroup
	numbers := make(chan int, 10)
	for range 10 {
		wg.Go(func() {
			v, err := w.Store.GrantFile(t.Context(), grant(s.id, slot, s.leader, "总结.pdf"))
			if err != nil {
				t.Error(err)
				return
			}
			numbers <- v.N
		})
	}
	wg.Wait()
	close(numbers)
	seen := map[int]bool{}
	for n := range numbers {
		seen[n] = true
	}
	require.Len(t, seen, 10)
}

// A file that was granted in time and arrives after the window changes nothing.
func testLateFile(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	plan := domain.PlanFileName(s.name(t, s.leader), "pdf")
	v, err := w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: models.SlotPlan, Key: s.leader}, s.leader, plan))
	require.NoError(t, err)
	w.Clock.Set(w.Cohort.WindowEnd)
	require.NoError(t, w.Store.FileUploaded(ctx, v.FileID, v.N, "v1"))
	refused(t, w.Store.FileChecked(ctx, v.FileID, v.N), models.CodeWindowClosed)
	f, err := w.Store.FileByID(ctx, v.FileID)
	require.NoError(t, err)
	require.Zero(t, f.CurrentVersion)
}

// Only slots that exist take files, and only from those whose they are.
func testSlots(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	who, code := s.members[0], points(w, 1)[0]
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, who, points(w, 3)))
	a := s.publish(t, true)
	for name, test := range map[string]struct {
		slot models.Slot
		by   string
		code apperr.Code
	}{
		"own summary":              {models.Slot{Kind: models.SlotSummary, Key: who + "/" + code}, who, ""},
		"another's summary":        {models.Slot{Kind: models.SlotSummary, Key: who + "/" + code}, s.leader, apperr.Forbidden},
		"summary of nothing":       {models.Slot{Kind: models.SlotSummary, Key: who}, who, apperr.Invalid},
		"summary of another point": {models.Slot{Kind: models.SlotSummary, Key: who + "/" + points(w, 5)[4]}, who, apperr.NotFound},
		"second practice file":     {models.Slot{Kind: models.SlotPractice, Key: who + "/" + code + "/2"}, who, ""},
		"tenth practice file":      {models.Slot{Kind: models.SlotPractice, Key: who + "/" + code + "/10"}, who, apperr.Invalid},
		"odd practice number":      {models.Slot{Kind: models.SlotPractice, Key: who + "/" + code + "/01"}, who, apperr.Invalid},
		"the leader's activity":    {models.Slot{Kind: models.SlotActivity, Key: a.ID + "/1"}, s.leader, ""},
		"a member's activity":      {models.Slot{Kind: models.SlotActivity, Key: a.ID + "/1"}, who, models.CodeNotLeader},
		"no activity":              {models.Slot{Kind: models.SlotActivity, Key: "none/1"}, s.leader, apperr.NotFound},
		"a member's 教学案例":          {models.Slot{Kind: models.SlotTeachingCase, Key: s.group.ID}, who, models.CodeNotLeader},
		"item 15":                  {models.Slot{Kind: models.SlotDossier, Key: "15"}, "admin", ""},
		"item 16":                  {models.Slot{Kind: models.SlotDossier, Key: "16"}, "admin", apperr.Invalid},
		"the 两案 after filing":      {models.Slot{Kind: models.SlotPlanPart, Key: w.Policy.PlanParts[0].Code}, "admin", apperr.WrongStage},
	} {
		_, err := w.Store.GrantFile(ctx, grant(s.id, test.slot, test.by, "材料.pdf"))
		require.Equal(t, test.code, apperr.CodeOf(err), "%s: %v", name, err)
	}
}

func testDossier(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	require.NoError(t, w.Store.DB(ctx).Create(&models.TeamMember{CaseID: s.id, UserID: s.leader, Duty: domain.DutyPrincipal}).Error)
	filed := w.Clock.Now()
	part := w.Policy.PlanParts[0].Code
	require.NoError(t, w.Store.DB(ctx).Create(&models.PlanRevision{
		CaseID: s.id, Version: 1, Body: `[{"code":"` + part + `","text":"正文"}]`, Status: models.PlanFiled, SubmittedAt: filed, FiledAt: &filed,
	}).Error)
	ready := func() map[int]models.DossierItem {
		items, err := w.Store.DossierItems(ctx, s.id)
		require.NoError(t, err)
		require.Len(t, items, 15)
		by := map[int]models.DossierItem{}
		for _, i := range items {
			if i.Ready {
				by[i.No] = i
			}
		}
		return by
	}
	for no, item := range ready() {
		require.Contains(t, []string{"team", part}, item.Source, "item %d", no)
		require.NotEmpty(t, item.Snapshot)
	}
	upload(t, w, s.id, models.Slot{Kind: models.SlotDossier, Key: strconv.Itoa(5)}, "admin", "讲话稿.pdf")
	item := ready()[5]
	require.Equal(t, []any{1, "讲话稿.pdf"}, []any{item.N, item.FileName})
	require.Equal(t, w.Clock.Now().Unix(), item.UploadedAt.Unix())
	w.Move(s.id, domain.StageScoring)
	_, err := w.Store.GrantFile(ctx, grant(s.id, models.Slot{Kind: models.SlotDossier, Key: "5"}, "admin", "讲话稿.pdf"))
	refused(t, err, apperr.WrongStage)
}

func testScores(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 0)
	ind := w.Policy.Rubric.Indicators[0]
	w.Move(c.ID, domain.StageDossier, func(st *domain.State) { st.Round = 1 })
	refused(t, w.Store.PutSelfScores(ctx, c.ID, map[string]domain.Score{ind.Code: ind.Max + 1}), domain.CodeScoreRange)
	refused(t, w.Store.PutSelfScores(ctx, c.ID, map[string]domain.Score{"unknown": 1}), domain.CodeScoreUnknown)
	require.NoError(t, w.Store.PutSelfScores(ctx, c.ID, map[string]domain.Score{ind.Code: ind.Max}))
	self, err := w.Store.SelfScores(ctx, c.ID, 1)
	require.NoError(t, err)
	require.Equal(t, map[string]domain.Score{ind.Code: ind.Max}, self)

	w.Move(c.ID, domain.StageScoring, func(st *domain.State) {
		st.Round = 1
		st.Panel = map[string]domain.Member{"ready": {Status: domain.MemberReady}, "accepted": {Status: domain.MemberAccepted}}
	})
	half := ind.Max / 2
	draft := map[string]models.DraftScore{ind.Code: {Score: &half, Note: "缺少佐证"}}
	refused(t, w.Store.PutScoreDrafts(ctx, c.ID, "accepted", draft), apperr.Forbidden)
	refused(t, w.Store.PutScoreDrafts(ctx, c.ID, "stranger", draft), apperr.Forbidden)
	require.NoError(t, w.Store.PutScoreDrafts(ctx, c.ID, "ready", draft))
	require.NoError(t, w.Store.PutScoreDrafts(ctx, c.ID, "ready", map[string]models.DraftScore{ind.Code: {Note: "再看"}}))
	got, err := w.Store.ScoreDrafts(ctx, c.ID, 1, "ready")
	require.NoError(t, err)
	require.Equal(t, map[string]models.DraftScore{ind.Code: {Note: "再看"}}, got)
}
