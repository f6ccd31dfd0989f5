package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func seated(t *testing.T, n int) *bench {
	t.Helper()
	b := newBench(t)
	b.toTraining()
	var ids []string
	for i := range n {
		ids = append(ids, expert(i).UserID)
	}
	b.do(AssignPanel, bureau, Body{Experts: ids})
	return b
}

func (b *bench) handIn() {
	b.do(FinishTraining, admin, Body{})
	b.do(SubmitAssessment, head, Body{})
	b.do(SubmitDossier, admin, Body{Scores: marks(300, 500)})
}

func TestScoring_EndsWhenTheLastSilentExpertLeaves(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*bench){
		"declines": func(b *bench) { b.do(DeclinePanel, expert(3), Body{Comment: "出差"}) },
		"has a conflict": func(b *bench) {
			b.do(AcceptPanel, expert(3), Body{})
			b.do(DeclareConflict, expert(3), Body{Conflict: true, Comment: "亲属在该校"})
		},
		"learns of a conflict": func(b *bench) {
			b.seat(3)
			b.refused(apperr.Invalid, Recuse, expert(3), Body{})
			b.do(Recuse, expert(3), Body{Comment: "亲属调入该校"})
		},
		"is dismissed": func(b *bench) {
			b.refused(apperr.Invalid, AssignPanel, bureau, Body{Dismiss: []string{"e3"}})
			b.do(AssignPanel, bureau, Body{Dismiss: []string{"e3"}, Comment: "长期未答复"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := seated(t, 4)
			for i := range 3 {
				b.seat(i)
			}
			b.handIn()
			for i := range 3 {
				b.do(SubmitScore, expert(i), Body{Scores: marks(300, 500)})
			}
			require.Equal(t, StageScoring, b.s.Stage)
			leave(b)
			require.Equal(t, StageConfirmation, b.s.Stage)
		})
	}
}

func TestPanel_FullOfSilentExpertsCanBeReplaced(t *testing.T) {
	t.Parallel()
	b := seated(t, 5)
	for i := range 2 {
		b.seat(i)
	}
	b.handIn()
	b.do(SubmitScore, expert(0), Body{Scores: marks(300, 500)})
	b.refused(CodePanelSize, AssignPanel, bureau, Body{Experts: []string{"e5"}})
	b.refused(apperr.Conflict, AssignPanel, bureau, Body{Experts: []string{"e5"}, Dismiss: []string{"e0"}, Comment: "x"})
	b.do(AssignPanel, bureau, Body{Experts: []string{"e5"}, Dismiss: []string{"e2", "e3", "e4"}, Comment: "长期未答复"})
	b.seat(5)
	b.do(SubmitScore, expert(1), Body{Scores: marks(300, 500)})
	b.do(SubmitScore, expert(5), Body{Scores: marks(300, 500)})
	require.Equal(t, StageConfirmation, b.s.Stage)
}

func TestRectification_NamesOnlyItemsThatExist(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toConfirmation()
	for _, part := range []string{"0", "3", "16", "development_plan", ""} {
		b.refused(CodePartUnknown, ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{part, "缺签章"}}})
	}
}

// A team returned while a returned plan is being mended does not carry the plan past its
// mending.
func TestReturn_WithinAReturn(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]Stage{"planning": StagePlanning, "diagnosis": StageDiagnosis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.toFiling()
			b.do(ApprovePlan, reviewer, Body{Revision: 1})
			b.do(ReturnPlan, reviewer, Body{Revision: 1, To: to, Reasons: []Reason{{"training_plan", "目标不明"}}})
			b.do(ReturnTeam, reviewer, Body{Reasons: []Reason{{"team", "缺骨干"}}})
			b.do(SubmitTeam, head, Body{})
			require.Equal(t, to, b.s.Stage, "the interrupted mending resumes")
			if to == StageDiagnosis {
				b.do(SubmitDiagnosis, admin, Body{})
			} else {
				b.do(SubmitPlan, admin, Body{Draft: "abc"})
			}
			require.Equal(t, StageFiling, b.s.Stage)
			require.Equal(t, 1, b.s.ChainPos, "straight to who returned it")
		})
	}
}

func TestTerminate_NotOnceHoursAreRegistered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toConfirmation()
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictPass})
	b.f.Ledger = LedgerFact{Expected: 2, Years: map[int]LedgerYear{2026: {Registered: 1}, 2027: {Confirmed: 1}}}
	b.refused(CodeCreditRegistered, Terminate, bureau, Body{Comment: "x"})
	b.f.Ledger.Years[2026] = LedgerYear{Confirmed: 1}
	b.f.Ledger.Filed = 1
	b.refused(CodeCreditRegistered, Terminate, bureau, Body{Comment: "x"})
	b.f.Ledger.Filed = 0
	b.do(Terminate, bureau, Body{Comment: "x"})
}

func TestRegister_WaitsForReceiptsByPolicy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toConfirmation()
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictPass})
	b.f.Ledger = LedgerFact{Expected: 2, Years: map[int]LedgerYear{2026: {Recognized: 1}, 2027: {Recognized: 1}}}
	b.do(SystemCredited, System(), Body{})
	b.do(ConfirmCredit, bureau, Body{})
	b.f.Policy.Credit.AwaitReceipts = true
	b.f.Ledger.Years = map[int]LedgerYear{2026: {Confirmed: 1}, 2027: {Confirmed: 1}}
	b.f.Ledger.Unbooked = map[int]int{2027: 1}
	b.refused(CodeCreditUnbooked, RegisterCredit, bureau, Body{Receipt: "R1"})
	b.refused(CodeCreditUnbooked, RegisterCredit, bureau, Body{Receipt: "R1", Year: 2027})
	b.do(RegisterCredit, bureau, Body{Receipt: "R1", Year: 2026})
	b.f.Ledger.Years[2026] = LedgerYear{Registered: 1}
	b.f.Ledger.Unbooked = nil
	b.do(RegisterCredit, bureau, Body{Receipt: "R2"})
	require.Equal(t, ResultPassed, b.s.Result)
}
