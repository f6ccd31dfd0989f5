package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func TestRosterChange_NeedsTheReviewersConsent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.refused(apperr.WrongStage, ConsentRoster, reviewer, Body{Request: "r"})
	b.toTraining()
	filed := b.s.Teachers
	b.refused(CodeRosterRequest, ConsentRoster, reviewer, Body{Request: "r"})
	b.f.Roster = RosterFact{Waiting: 1, FullTime: filed + 1}
	b.refused(CodeRosterRequest, ConsentRoster, reviewer, Body{Request: "answered"})
	b.f.Roster.Open = true
	b.refused(apperr.Forbidden, ConsentRoster, admin, Body{Request: "r"})
	b.refused(apperr.Invalid, DeclineRoster, reviewer, Body{Request: "r"})
	b.do(DeclineRoster, reviewer, Body{Request: "r", Comment: "请补充证明"})
	require.Equal(t, filed, b.s.Teachers)
	b.do(ConsentRoster, reviewer, Body{Request: "r"})
	require.Equal(t, filed+1, b.s.Teachers, "the count that was filed follows")
	b.f.Roster.FullTime = 0
	b.refused(CodeRosterEmpty, ConsentRoster, reviewer, Body{Request: "r"})
}
