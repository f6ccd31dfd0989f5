package modelstest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// name is what the roster calls a teacher.
func (s training) name(t *testing.T, userID string) string {
	t.Helper()
	u, err := s.Store.User(t.Context(), userID)
	require.NoError(t, err)
	return u.Name
}

func (s training) sheet(t *testing.T, userID string) models.TeacherSheet {
	t.Helper()
	rows, err := s.Store.TeacherSheets(t.Context(), s.id, models.TeacherFilter{UserIDs: []string{userID}})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	return rows[0]
}

// 003:448: plan, 25 学时 and a summary for each point; a change afterwards asks again.
func testReview(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	who := s.members[0]
	refused(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewPassed, "", "admin"), domain.CodeReviewNotReady)
	refused(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewFailed, "", "admin"), domain.CodeReviewReason)
	s.complete(t, who, s.name(t, who))
	require.Empty(t, s.sheet(t, who).Readiness.Missing())
	require.NoError(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewPassed, "", "admin"))
	require.Equal(t, domain.ReviewPassed, s.sheet(t, who).Review)

	ready := true
	rows, err := w.Store.TeacherSheets(ctx, s.id, models.TeacherFilter{Ready: &ready})
	require.NoError(t, err)
	require.Len(t, rows, 1, "the others have nothing yet")

	upload(t, w, s.id, models.Slot{Kind: models.SlotSummary, Key: who + "/" + points(w, 1)[0]}, who, "新总结.docx")
	require.Equal(t, domain.ReviewPending, s.sheet(t, who).Review, "what was reviewed is no longer there")
	require.NoError(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewPassed, "", "admin"))
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, who, points(w, 4)))
	require.Equal(t, domain.ReviewPending, s.sheet(t, who).Review)
	refused(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewPassed, "", "admin"), domain.CodeReviewNotReady)
}

// 003:447: the teacher submits, the group reviews, the team grades; in that order only.
func testPracticeChain(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	who, code := s.members[0], points(w, 1)[0]
	grader := w.User(w.School, domain.RolePrincipal)
	require.NoError(t, w.Store.DB(ctx).Create(&models.TeamMember{CaseID: s.id, UserID: grader.ID}).Error)
	w.Move(s.id, domain.StageAssessment)

	_, err := w.Store.SubmitPractice(ctx, s.id, who, code, "x")
	refused(t, err, apperr.NotFound)
	w.Move(s.id, domain.StageTraining)
	require.NoError(t, w.Store.ChoosePoints(ctx, s.id, who, points(w, 3)))
	w.Move(s.id, domain.StageAssessment)
	_, err = w.Store.SubmitPractice(ctx, s.id, who, code, " ")
	refused(t, err, apperr.Invalid)
	_, err = w.Store.ReviewPractice(ctx, s.id, who, code, s.leader, true, "")
	refused(t, err, domain.CodePointStep)
	upload(t, w, s.id, models.Slot{Kind: models.SlotPractice, Key: who + "/" + code + "/1"}, who, "教案.pdf")
	_, err = w.Store.SubmitPractice(ctx, s.id, who, code, "")
	require.NoError(t, err, "a file is evidence enough")

	_, err = w.Store.GradePractice(ctx, s.id, who, code, grader.ID, true, "")
	refused(t, err, domain.CodePointStep)
	_, err = w.Store.ReviewPractice(ctx, s.id, who, code, s.members[1], true, "")
	refused(t, err, models.CodeNotLeader)
	_, err = w.Store.ReviewPractice(ctx, s.id, who, code, s.leader, false, "")
	refused(t, err, apperr.Invalid)
	_, err = w.Store.ReviewPractice(ctx, s.id, who, code, s.leader, false, "缺少反思")
	require.NoError(t, err)
	_, err = w.Store.SubmitPractice(ctx, s.id, who, code, "补充反思")
	require.NoError(t, err)
	_, err = w.Store.ReviewPractice(ctx, s.id, who, code, s.leader, true, "")
	require.NoError(t, err)
	_, err = w.Store.GradePractice(ctx, s.id, who, code, s.leader, true, "")
	refused(t, err, models.CodeNotTeam)
	p, err := w.Store.GradePractice(ctx, s.id, who, code, grader.ID, true, "")
	require.NoError(t, err)
	require.Equal(t, domain.PointQualified, p.Status)
	require.Equal(t, s.leader, p.ReviewedBy)
	require.Equal(t, domain.GradePending, s.sheet(t, who).Grade, "two points are still open")

	rows, _, err := w.Store.Practices(ctx, s.id, models.PracticeFilter{GroupID: s.group.ID, Status: domain.PointQualified}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

func testBlockers(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	s.complete(t, s.members[0], s.name(t, s.members[0]))
	c, err := w.Store.CaseByID(ctx, s.id)
	require.NoError(t, err)
	list, err := w.Store.Blockers(ctx, &c)
	require.NoError(t, err)
	counts := map[models.BlockerKind]int{}
	for _, b := range list {
		counts[b.Kind] = b.Count
		require.NotEmpty(t, b.Names)
		require.LessOrEqual(t, len(b.Names), 5)
	}
	require.Equal(t, 2, counts[models.BlockerHours])
	require.Equal(t, 2, counts[models.BlockerPlan])
	require.Equal(t, 2, counts[models.BlockerPoints])
	require.Equal(t, 3, counts[models.BlockerReview])
	require.Equal(t, 3, counts[models.BlockerGrade])
	require.Positive(t, counts[models.BlockerDossier])
	w.Move(s.id, domain.StageScoring)
	c, err = w.Store.CaseByID(ctx, s.id)
	require.NoError(t, err)
	list, err = w.Store.Blockers(ctx, &c)
	require.NoError(t, err)
	require.Empty(t, list)
}

func testCredits(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	for i, user := range []string{s.leader, s.members[0]} {
		for year := 2026; year <= 2026+i; year++ {
			require.NoError(t, w.Store.DB(ctx).Create(&models.Credit{
				CaseID: s.id, UserID: user, Year: year, Hours: 100, State: domain.CreditRecognized, RecognizedAt: w.Clock.Now(),
			}).Error)
		}
	}
	sums, err := w.Store.CreditSums(ctx, s.id)
	require.NoError(t, err)
	require.Equal(t, []models.CreditSum{
		{Year: 2026, State: domain.CreditRecognized, Rows: 2, Hours: 200},
		{Year: 2027, State: domain.CreditRecognized, Rows: 1, Hours: 100},
	}, sums)
	rows, next, err := w.Store.Credits(ctx, s.id, models.CreditFilter{}, models.Page{Limit: 2})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.NotEmpty(t, rows[0].Name)
	rest, next, err := w.Store.Credits(ctx, s.id, models.CreditFilter{}, models.Page{Limit: 2, Cursor: next})
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Empty(t, next)
	mine, err := w.Store.CreditsOf(ctx, s.members[0])
	require.NoError(t, err)
	require.Len(t, mine, 2)
}
