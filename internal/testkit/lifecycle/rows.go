package lifecycle

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Prepare writes what the school drafts before filing: team, diagnosis, 两案 and roster.
// It returns the digest of the plan draft.
func (w *World) Prepare(t *testing.T, caseID string) string {
	t.Helper()
	team := []models.TeamMember{
		{CaseID: caseID, UserID: w.Head.UserID, Duty: domain.DutyPrincipal, CIO: true, SchoolLeader: true},
		{CaseID: caseID, UserID: w.Admin.UserID, Duty: domain.DutyTeachingDirector},
		{CaseID: caseID, UserID: w.teachers[0], Duty: domain.DutyITBackbone},
	}
	require.NoError(t, w.DB.Create(&team).Error)
	require.NoError(t, w.DB.Create(&models.Diagnosis{
		CaseID: caseID, Environment: "multimedia", Strengths: "优", Weaknesses: "劣", Opportunities: "机", Threats: "威", UpdatedAt: w.Now(),
	}).Error)
	parts := []models.PlanDraft{
		{CaseID: caseID, Part: "development_plan", Text: "规划", UpdatedAt: w.Now()},
		{CaseID: caseID, Part: "training_plan", Text: "计划", UpdatedAt: w.Now()},
	}
	require.NoError(t, w.DB.Create(&parts).Error)
	entries := make([]models.RosterEntry, len(w.teachers))
	for i, id := range w.teachers {
		entries[i] = models.RosterEntry{UserID: id, Subject: "语文", FullTime: true, Status: domain.RosterActive}
	}
	require.NoError(t, w.Store.PutRoster(t.Context(), caseID, entries))
	draft, err := w.Store.PlanDraft(t.Context(), caseID)
	require.NoError(t, err)
	return draft.SHA256
}

// Study writes what training and assessment leave of every teacher but the last
// unqualified ones: 25 hours over two years, 初审 passed, three points 合格.
func (w *World) Study(t *testing.T, caseID string, unqualified int) {
	t.Helper()
	at := w.Now()
	activity := models.Activity{ID: "a-" + caseID[:30], CaseID: caseID, GroupID: "g", Kind: "offline", Title: "活动", Hours: 100, PublishedBy: w.Admin.UserID, PublishedAt: at}
	second := activity
	second.ID = "b-" + caseID[:30]
	third := activity
	third.ID = "c-" + caseID[:30]
	require.NoError(t, w.DB.Create([]*models.Activity{&activity, &second, &third}).Error)
	for i, user := range w.teachers {
		status := domain.PointQualified
		if i >= len(w.teachers)-unqualified {
			status = domain.PointUnqualified
		}
		require.NoError(t, w.DB.Create([]*models.Participation{
			{ActivityID: activity.ID, UserID: user, CaseID: caseID, Hours: 100, Year: 2025, JoinedAt: at, CompletedAt: &at},
			{ActivityID: second.ID, UserID: user, CaseID: caseID, Hours: 100, Year: 2026, JoinedAt: at, CompletedAt: &at},
			{ActivityID: third.ID, UserID: user, CaseID: caseID, Hours: 100, Year: 2026, JoinedAt: at, CompletedAt: &at},
		}).Error)
		require.NoError(t, w.DB.Create(&models.InitialReview{CaseID: caseID, UserID: user, Result: domain.ReviewPassed, ReviewerID: w.Admin.UserID, At: at}).Error)
		for _, code := range []string{"B1", "B2", "G4"} {
			require.NoError(t, w.DB.Create(&models.TeacherPoint{CaseID: caseID, UserID: user, Code: code, ChosenAt: at}).Error)
			require.NoError(t, w.DB.Create(&models.Practice{CaseID: caseID, UserID: user, Code: code, Status: status, SubmittedAt: at}).Error)
		}
	}
}

// Dossier gives every item of the 15 a checked file of its own, newer than any before.
func (w *World) Dossier(t *testing.T, caseID string) {
	t.Helper()
	at := w.Now()
	for no := 1; no <= 15; no++ {
		f := models.File{ID: fmt.Sprintf("f%d-%s", no, caseID[:30]), CaseID: caseID, SlotKind: models.SlotDossier, SlotKey: strconv.Itoa(no), OwnerID: w.Admin.UserID, CreatedAt: at}
		require.NoError(t, w.DB.Where("id = ?", f.ID).FirstOrCreate(&f).Error)
		n := f.CurrentVersion + 1
		v := models.FileVersion{
			FileID: f.ID, N: n, ObjectKey: fmt.Sprintf("k/%s/%d", f.ID, n), VersionID: "v", Name: "材料.pdf", Type: "pdf", Size: 1, SHA256: "0",
			State: models.FileChecked, GrantedBy: w.Admin.UserID, GrantedAt: at, CheckedAt: &at,
		}
		require.NoError(t, w.DB.Create(&v).Error)
		require.NoError(t, w.DB.Model(&f).Update("current_version", n).Error)
	}
}

// Marks is a full sheet of the policy's rubric at permille of every maximum.
func (w *World) Marks(t *testing.T, permille int) map[string]domain.Score {
	t.Helper()
	p, err := w.Store.Policy(t.Context(), w.Cohort.PolicyDigest)
	require.NoError(t, err)
	marks := map[string]domain.Score{}
	for _, i := range p.Rubric.Indicators {
		marks[i.Code] = i.Max * domain.Score(permille) / 1000
	}
	return marks
}
