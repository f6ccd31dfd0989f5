package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var policy20 = Policy{Hours: hours20, Points: points20}

func complete() Materials {
	return Materials{
		Plan: true, Hours: 260,
		Points: []string{"B1", "B2", "G4"}, Summaries: []string{"G4", "B2", "B1"},
	}
}

func TestTC11_ThreePointsTwoSummariesFailReview(t *testing.T) {
	t.Parallel()
	m := complete()
	m.Summaries = []string{"B1", "B2"}
	r := CheckMaterials(policy20, m)
	require.False(t, r.Ready())
	require.Equal(t, 2, r.Summaries)
	require.Equal(t, []string{"缺能力点提升总结：G4"}, r.Missing())
	require.True(t, apperr.Is(CheckReview(r, ReviewPassed, ""), CodeReviewNotReady))
}

func TestTC12_FourPointsThreeSummariesFailReview(t *testing.T) {
	t.Parallel()
	m := complete()
	m.Points = append(m.Points, "G7")
	r := CheckMaterials(policy20, m)
	require.Equal(t, []string{"G7"}, r.MissingSummaries)
	require.True(t, apperr.Is(CheckReview(r, ReviewPassed, ""), CodeReviewNotReady))
}

func TestTC09_SameSummaryTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	m := complete()
	m.Summaries = []string{"B1", "B1", "B1"}
	r := CheckMaterials(policy20, m)
	require.Equal(t, 1, r.Summaries)
	require.Equal(t, []string{"B2", "G4"}, r.MissingSummaries)
}

func TestReviewChecksExactlyThreeThings(t *testing.T) {
	t.Parallel()
	require.True(t, CheckMaterials(policy20, complete()).Ready())
	require.Equal(t, Hours(250), CheckMaterials(policy20, complete()).Hours, "shown as recorded")
	require.Equal(t,
		[]string{"未上传个人提升计划", "校本研修0/25学时", "应用能力点只选了0个，至少3个"},
		CheckMaterials(policy20, Materials{}).Missing())

	m := complete()
	m.Hours = 249
	require.Equal(t, []string{"校本研修24.9/25学时"}, CheckMaterials(policy20, m).Missing())
}

func TestReviewerMarks(t *testing.T) {
	t.Parallel()
	ready, not := CheckMaterials(policy20, complete()), CheckMaterials(policy20, Materials{})
	require.NoError(t, CheckReview(ready, ReviewPassed, ""))
	require.NoError(t, CheckReview(ready, ReviewFailed, "总结与能力点不符"))
	require.NoError(t, CheckReview(not, ReviewFailed, "材料不齐"))
	require.True(t, apperr.Is(CheckReview(ready, ReviewFailed, "  "), CodeReviewReason))
	require.True(t, apperr.Is(CheckReview(ready, ReviewPending, ""), CodeReviewResult))
	require.True(t, apperr.Is(CheckReview(ready, "excellent", ""), CodeReviewResult))
}
