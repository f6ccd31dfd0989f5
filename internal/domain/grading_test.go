package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func TestPointPassesThroughThreeActors(t *testing.T) {
	t.Parallel()
	s := PointChosen
	for _, step := range []PointStep{StepSubmit, StepReturn, StepSubmit, StepApprove, StepFail, StepSubmit, StepApprove, StepQualify} {
		next, err := s.Next(step)
		require.NoError(t, err, "%s %s", s, step)
		s = next
	}
	require.Equal(t, PointQualified, s)
}

func TestPointStepsOutOfTurnAreRefused(t *testing.T) {
	t.Parallel()
	legal := map[PointStatus][]PointStep{
		PointChosen:      {StepSubmit},
		PointSubmitted:   {StepSubmit, StepApprove, StepReturn},
		PointReturned:    {StepSubmit},
		PointReviewed:    {StepQualify, StepFail},
		PointQualified:   {StepFail},
		PointUnqualified: {StepQualify, StepSubmit},
	}
	for status := range pointStatusNames {
		for step := range pointStepNames {
			next, err := status.Next(step)
			if slices.Contains(legal[status], step) {
				require.NoError(t, err, "%s %s", status, step)
				continue
			}
			require.True(t, apperr.Is(err, CodePointStep), "%s %s", status, step)
			require.Equal(t, status, next, "a refused step changes nothing")
		}
	}
}

func TestOverallGradeIsTheWeakestLink(t *testing.T) {
	t.Parallel()
	q, u, r := PointQualified, PointUnqualified, PointReviewed
	for _, c := range []struct {
		points []PointStatus
		want   Grade
	}{
		{nil, GradePending},
		{[]PointStatus{q, q}, GradePending},
		{[]PointStatus{q, q, q}, GradeQualified},
		{[]PointStatus{q, q, q, q}, GradeQualified},
		{[]PointStatus{q, q, q, r}, GradePending},
		{[]PointStatus{q, q, q, u}, GradeUnqualified},
		{[]PointStatus{r, u}, GradeUnqualified},
	} {
		require.Equal(t, c.want, Overall(points20, c.points), "%v", c.points)
	}
}

func TestOnlyFullTimeTeachersCountForGateB(t *testing.T) {
	t.Parallel()
	a, b := CountResults([]TeacherResult{
		{"a", true, ReviewPassed, GradeQualified},
		{"b", true, ReviewPassed, GradePending},
		{"c", false, ReviewPassed, GradeQualified},
		{"d", false, ReviewFailed, GradeUnqualified},
	})
	require.Equal(t, GateAFact{Passed: 3, Teachers: 4}, a)
	require.Equal(t, GateBFact{Qualified: 1, FullTime: 2}, b)
}

func TestResultsDigestSeesEveryFieldAndNoOrder(t *testing.T) {
	t.Parallel()
	base := []TeacherResult{{"a", true, ReviewPassed, GradeQualified}, {"b", true, ReviewPassed, GradeQualified}}
	digest := ResultsDigest(base)
	require.Len(t, digest, 64)
	require.Equal(t, digest, ResultsDigest([]TeacherResult{base[1], base[0]}))
	for name, change := range map[string]func(r *TeacherResult){
		"user":      func(r *TeacherResult) { r.UserID = "c" },
		"full time": func(r *TeacherResult) { r.FullTime = false },
		"review":    func(r *TeacherResult) { r.Review = ReviewFailed },
		"grade":     func(r *TeacherResult) { r.Grade = GradeUnqualified },
	} {
		other := slices.Clone(base)
		change(&other[1])
		require.NotEqual(t, digest, ResultsDigest(other), name)
	}
	require.NotEqual(t, digest, ResultsDigest(base[:1]))
}
