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
	b.f.Roster.Leads, b.f.Roster.Next = true, RosterLeave
	b.refused(CodeRosterLeader, ConsentRoster, reviewer, Body{Request: "r"})
	b.f.Roster.Leads, b.f.Roster.FullTime = false, 0
	b.refused(CodeRosterEmpty, ConsentRoster, reviewer, Body{Request: "r"})
}

func TestRosterChange_TheReviewerMayHaveLearnedOfItHimself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	leave := Body{User: "t1", RosterStatus: RosterLeave, Comment: "产假"}
	b.refused(apperr.WrongStage, ChangeRoster, reviewer, leave)
	b.toTraining()
	filed := b.s.Teachers
	fits := RosterFact{Listed: true, Was: RosterActive, Next: RosterLeave, FullTime: filed - 1}
	b.f.Roster = fits
	b.refused(apperr.Forbidden, ChangeRoster, admin, leave)
	b.refused(apperr.Invalid, ChangeRoster, reviewer, Body{User: "t1", RosterStatus: RosterLeave, Comment: " "})
	b.refused(apperr.Invalid, ChangeRoster, reviewer, Body{User: "t1", RosterStatus: "gone", Comment: "产假"})
	for code, spoil := range map[apperr.Code]func(*RosterFact){
		apperr.Invalid:   func(f *RosterFact) { f.Listed = false },
		apperr.Conflict:  func(f *RosterFact) { f.Was = RosterLeave },
		CodeRosterAsked:  func(f *RosterFact) { f.Asked = true },
		CodeRosterLeader: func(f *RosterFact) { f.Leads = true },
		CodeRosterEmpty:  func(f *RosterFact) { f.FullTime = 0 },
	} {
		b.f.Roster = fits
		spoil(&b.f.Roster)
		b.refused(code, ChangeRoster, reviewer, leave)
	}
	b.f.Roster = fits
	b.do(ChangeRoster, reviewer, leave)
	require.Equal(t, filed-1, b.s.Teachers, "the count that was filed follows")
	b.f.Roster = RosterFact{Listed: true, Was: RosterLeave, Next: RosterActive, Leads: true, FullTime: filed}
	b.do(ChangeRoster, reviewer, Body{User: "t1", RosterStatus: RosterActive, Comment: "返岗"})
	require.Equal(t, filed, b.s.Teachers, "a leader may come back")
}
