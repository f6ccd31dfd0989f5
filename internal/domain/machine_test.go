package domain

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var day0 = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// plainDays is a calendar in which every day is a working day.
type plainDays struct{}

func (plainDays) Due(from time.Time, n int) (time.Time, error)   { return from.AddDate(0, 0, n), nil }
func (plainDays) Between(a, b time.Time) (int, error)            { return int(b.Sub(a).Hours() / 24), nil }
func (plainDays) Before(due time.Time, n int) (time.Time, error) { return due.AddDate(0, 0, -n), nil }

func machinePolicy() Policy {
	return Policy{
		Team:         TeamPolicy{Min: 3, Max: 5},
		Environments: []Choice{{"multimedia", "多媒体教学环境"}},
		PlanParts:    []PlanPart{{"development_plan", "发展规划", 1}, {"training_plan", "研修计划", 2}},
		Filing:       FilingPolicy{Chain: []string{"经办", "签发"}},
		Gates:        GatesPolicy{BNum: 95, BDen: 100},
		Evidence:     []EvidenceItem{{No: 1, Name: "甲", Required: true}, {No: 2, Name: "乙", Required: true}},
		Panel:        PanelPolicy{Min: 3, Max: 5, Aggregate: "mean"},
		Rubric: Rubric{Full: 1000, Pass: 600, Indicators: []Indicator{
			{Code: "C1", Max: 400}, {Code: "C2", Max: 600},
		}},
		Rectification: RectificationPolicy{MaxRounds: 1},
		Urge:          UrgePolicy{PerDay: 1},
		Deadlines: map[Stage]Deadline{
			StageTeam: {Days: 5, RemindBefore: 2, Escalate: []int{3}}, StageFiling: {Days: 10, RemindBefore: 3},
			StageScoring: {Days: 10}, StageDossier: {Days: 5}, StageTraining: {RemindBefore: 5},
		},
	}
}

// bench plays one case: it applies what Decide says and checks on every step that Apply
// arrives at the same state.
type bench struct {
	t   *testing.T
	s   State
	f   Facts
	n   int
	aim int // the visit that actions on any task are about
}

func newBench(t *testing.T) *bench {
	t.Helper()
	f := Facts{
		Now: day0, Policy: machinePolicy(), Calendar: plainDays{},
		Team: []TeamMember{
			{UserID: "p", Duty: DutyPrincipal, CIO: true, SchoolLeader: true},
			{UserID: "d", Duty: DutyTeachingDirector}, {UserID: "i", Duty: DutyITBackbone},
		},
		Diagnosis: DiagnosisFact{Environment: "multimedia", Complete: true},
		Plan:      PlanFact{SHA256: "abc"},
		Window:    day0.AddDate(0, 3, 0), FilingNo: "备-1", FullTime: 20,
		GateA: GateAFact{20, 20}, GateB: GateBFact{19, 20}, ResultsSHA: "r",
		Dossier: []DossierFact{{1, true, day0}, {2, true, day0}},
		Experts: map[string]ExpertFact{},
	}
	for i := range 6 {
		f.Experts[fmt.Sprintf("e%d", i)] = ExpertFact{Expert: true, Enabled: true}
	}
	o, err := Open("open", "case", "school", "district", false, f)
	require.NoError(t, err)
	s, err := Apply(State{}, o)
	require.NoError(t, err)
	return &bench{t: t, s: s, f: f}
}

var (
	admin    = Actor{UserID: "a", Role: RoleSchoolAdmin, OrgID: "school"}
	head     = Actor{UserID: "p", Role: RolePrincipal, OrgID: "school"}
	reviewer = Actor{UserID: "d", Role: RoleDistrict, OrgID: "district"}
	bureau   = Actor{UserID: "b", Role: RoleBureau, OrgID: "district"}
)

func expert(i int) Actor {
	return Actor{UserID: fmt.Sprintf("e%d", i), Role: RoleExpert, OrgID: "city"}
}

func (b *bench) visit(k Kind, a Actor) int {
	v, _ := rules[k].expected(b.s, Action{Kind: k, Actor: a, Visit: b.aim})
	return v
}

// try decides without applying.
func (b *bench) try(k Kind, a Actor, body Body) Outcome {
	b.n++
	return Decide(b.s, Action{ID: fmt.Sprint(b.n), Kind: k, Actor: a, Visit: b.visit(k, a), Body: body}, b.f)
}

func (b *bench) apply(o Outcome) {
	b.t.Helper()
	next, err := Apply(b.s, o)
	require.NoError(b.t, err)
	if o.Accepted() {
		require.Equal(b.t, b.s.Seq+1, next.Seq)
	}
	b.s = next
}

func (b *bench) do(k Kind, a Actor, body Body) {
	b.t.Helper()
	o := b.try(k, a, body)
	require.NoError(b.t, o.Err(), "%s at %s", k, b.s.Stage)
	b.apply(o)
}

func (b *bench) refused(code apperr.Code, k Kind, a Actor, body Body) {
	b.t.Helper()
	before := b.s
	o := b.try(k, a, body)
	require.Equal(b.t, code, o.Code, "%s at %s: %s", k, b.s.Stage, o.Message)
	require.NotEmpty(b.t, o.Message)
	b.apply(o)
	require.Equal(b.t, before, b.s)
}

func (b *bench) toFiling() {
	b.do(SubmitTeam, head, Body{})
	b.do(SubmitDiagnosis, admin, Body{})
	b.do(SubmitPlan, admin, Body{Draft: "abc"})
}

func (b *bench) toTraining() {
	b.toFiling()
	b.do(ApprovePlan, reviewer, Body{Revision: b.s.Revision})
	b.do(ApprovePlan, reviewer, Body{Revision: b.s.Revision})
}

func (b *bench) seat(i int) {
	b.do(AcceptPanel, expert(i), Body{})
	b.do(DeclareConflict, expert(i), Body{})
}

func (b *bench) toScoring() {
	b.toTraining()
	b.do(AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "e2"}})
	for i := range 3 {
		b.seat(i)
	}
	b.do(FinishTraining, admin, Body{})
	b.do(SubmitAssessment, head, Body{})
	b.do(SubmitDossier, admin, Body{Scores: marks(300, 500)})
}

func (b *bench) toConfirmation() {
	b.toScoring()
	for i := range 3 {
		b.do(SubmitScore, expert(i), Body{Scores: marks(300, Score(400+i))})
	}
}

func marks(a, c Score) map[string]Score { return map[string]Score{"C1": a, "C2": c} }

func TestMachine_WholeLifecycle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toConfirmation()
	require.Equal(t, StageConfirmation, b.s.Stage)
	require.Equal(t, Score(701), *b.s.Score)
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictPass})
	require.Equal(t, JobCredit, b.s.Job)
	b.f.Ledger = LedgerFact{Expected: 3, Years: map[int]LedgerYear{2026: {Recognized: 2}, 2027: {Recognized: 1}}}
	b.do(SystemCredited, System(), Body{})
	b.do(ConfirmCredit, bureau, Body{Year: 2026})
	require.Equal(t, TaskCreditConfirm, b.s.OpenWaits()[0].Task)
	b.f.Ledger.Years = map[int]LedgerYear{2026: {Confirmed: 2}, 2027: {Recognized: 1}}
	b.refused(CodeCreditYearEmpty, ConfirmCredit, bureau, Body{Year: 2026})
	b.do(ConfirmCredit, bureau, Body{})
	b.f.Ledger.Years = map[int]LedgerYear{2026: {Confirmed: 2}, 2027: {Confirmed: 1}}
	b.do(RegisterCredit, bureau, Body{Receipt: "R1"})
	require.Equal(t, ResultPassed, b.s.Result)
	require.Empty(t, b.s.Waits)
	b.refused(apperr.CaseClosed, Terminate, bureau, Body{Comment: "x"})
}

func TestMachine_ReturnGoesStraightBackToTheReturner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	b.do(ReturnPlan, reviewer, Body{Revision: 1, To: StageDiagnosis, Reasons: []Reason{{"diagnosis", "缺数据"}}})
	require.Equal(t, StageDiagnosis, b.s.Stage)
	b.do(SubmitDiagnosis, admin, Body{})
	require.Equal(t, StageFiling, b.s.Stage, "a mended diagnosis does not pass planning again")
	require.Equal(t, 1, b.s.ChainPos, "and skips the step that had approved")
	b.do(ReturnPlan, reviewer, Body{Revision: 1, Reasons: []Reason{{"training_plan", "目标不明"}}})
	b.do(SubmitPlan, admin, Body{Draft: "abc"})
	require.Equal(t, 1, b.s.ChainPos)
	b.refused(CodeRevisionNotNewest, ApprovePlan, reviewer, Body{Revision: 1})
	b.do(ApprovePlan, reviewer, Body{Revision: 2})
	require.Equal(t, StageTraining, b.s.Stage)
	require.Equal(t, 2, b.s.Filed)
	require.Nil(t, b.s.Return)
}

func TestMachine_WithdrawOnlyBeforeTheFirstAction(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	b.do(WithdrawPlan, admin, Body{})
	require.Equal(t, StagePlanning, b.s.Stage)
	b.do(SubmitPlan, admin, Body{Draft: "abc"})
	b.do(ApprovePlan, reviewer, Body{Revision: 2})
	b.refused(CodeReviewStarted, WithdrawPlan, admin, Body{})
}

func TestMachine_TeamReturnedResumesWhereItWas(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(SubmitTeam, head, Body{})
	b.do(SubmitDiagnosis, admin, Body{})
	b.refused(apperr.Invalid, ReturnTeam, reviewer, Body{})
	b.do(ReturnTeam, reviewer, Body{Reasons: []Reason{{"team", "缺骨干"}}})
	require.Equal(t, StageTeam, b.s.Stage)
	b.do(SubmitTeam, head, Body{})
	require.Equal(t, StagePlanning, b.s.Stage)
}

func TestMachine_Rectification(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toConfirmation()
	b.f.Now = day0.AddDate(0, 0, 20)
	until := b.f.Now.AddDate(0, 0, 7)
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Until: &until, Reasons: []Reason{{"2", "缺签章"}}})
	require.Equal(t, StageDossier, b.s.Stage)
	require.Equal(t, 1, b.s.Round)
	require.Equal(t, until, *b.s.OpenWaits()[0].Due)
	b.refused(CodeRectificationUnanswered, SubmitDossier, admin, Body{Scores: marks(1, 1)})
	b.f.Dossier[1].UploadedAt = b.f.Now.Add(time.Hour)
	b.do(SubmitDossier, admin, Body{Scores: marks(350, 500)})
	for i := range 3 {
		require.Equal(t, MemberReady, b.s.Panel[fmt.Sprintf("e%d", i)].Status, "a new round is scored afresh")
		b.do(SubmitScore, expert(i), Body{Scores: marks(100, 100)})
	}
	b.refused(CodeScoreBelowPass, ConfirmResult, bureau, Body{Verdict: VerdictPass})
	b.refused(CodeRectificationExhausted, ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "x"}}})
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictFail, Comment: "未达标"})
	require.Equal(t, ResultFailed, b.s.Result)
}

func TestMachine_PanelRefillsAfterDeclineAndConflict(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.f.Experts["e5"] = ExpertFact{Expert: true, Enabled: true, SameSchool: true}
	b.refused(CodeExpertSameSchool, AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "e5"}})
	b.refused(CodePanelSize, AssignPanel, bureau, Body{Experts: []string{"e0", "e1"}})
	b.refused(CodeExpertUnknown, AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "nobody"}})
	b.do(AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "e2"}})
	_, asked := b.s.wait(TaskPanel, "")
	require.False(t, asked)
	b.refused(CodeNotAccepted, DeclareConflict, expert(0), Body{})
	b.do(DeclinePanel, expert(0), Body{Comment: "出差"})
	b.do(AcceptPanel, expert(1), Body{})
	b.do(DeclareConflict, expert(1), Body{Conflict: true, Comment: "亲属在该校"})
	_, asked = b.s.wait(TaskPanel, "")
	require.True(t, asked, "the bureau is asked again")
	b.refused(CodeExpertRefused, AssignPanel, bureau, Body{Experts: []string{"e0", "e3"}})
	b.do(AssignPanel, bureau, Body{Experts: []string{"e3", "e4"}})
	require.Equal(t, 3, (&turn{s: b.s}).active())
}

func TestMachine_CloseScoringDismissesTheSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.do(AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "e2", "e3"}})
	for i := range 4 {
		b.seat(i)
	}
	b.do(FinishTraining, admin, Body{})
	b.do(SubmitAssessment, head, Body{})
	b.do(SubmitDossier, admin, Body{Scores: marks(300, 500)})
	b.refused(CodePanelSize, CloseScoring, bureau, Body{})
	for i := range 3 {
		b.do(SubmitScore, expert(i), Body{Scores: marks(300, 500)})
	}
	require.Equal(t, StageScoring, b.s.Stage, "one expert of four is still out")
	b.do(CloseScoring, bureau, Body{})
	require.Equal(t, MemberDismissed, b.s.Panel["e3"].Status)
	require.Equal(t, StageConfirmation, b.s.Stage)
}

// TC18: experts score only after the self-score, and the bureau confirms only after the
// experts (003:19-21).
func TestTC18_OrderOfSelfScoreScoreAndConfirmation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.do(AssignPanel, bureau, Body{Experts: []string{"e0", "e1", "e2"}})
	b.seat(0)
	b.do(FinishTraining, admin, Body{})
	b.do(SubmitAssessment, head, Body{})
	b.refused(apperr.WrongStage, SubmitScore, expert(0), Body{Scores: marks(1, 1)})
	b.refused(apperr.WrongStage, ConfirmResult, bureau, Body{Verdict: VerdictPass})
	b.do(SubmitDossier, admin, Body{Scores: marks(300, 500)})
	b.refused(apperr.WrongStage, ConfirmResult, bureau, Body{Verdict: VerdictPass})
}

func TestMachine_GatesHoldTheDossierBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.do(FinishTraining, admin, Body{})
	b.f.GateA.Passed = 19
	b.refused(CodeGateAClosed, SubmitAssessment, head, Body{})
	b.f.GateA.Passed, b.f.GateB.Qualified = 20, 18
	b.refused(CodeGateBClosed, SubmitAssessment, head, Body{})
	b.do(ReopenTraining, reviewer, Body{Comment: "补训", Until: new(day0.AddDate(0, 6, 0))})
	require.Equal(t, StageTraining, b.s.Stage)
}

func TestMachine_StaleVisit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	o := Decide(b.s, Action{ID: "x", Kind: ApprovePlan, Actor: reviewer, Visit: 1, Body: Body{Revision: 1}}, b.f)
	require.Equal(t, apperr.Stale, o.Code)
}

func TestMachine_TimersClimbTheLadder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.s.OpenWaits()[0]
	require.Equal(t, RungRemind, w.Rung)
	fire := func() Outcome {
		w := b.s.OpenWaits()[0]
		return Decide(b.s, Action{ID: "t" + w.Rung, Kind: SystemRung, Actor: System(), Visit: w.Visit, Body: Body{Rung: w.Rung}}, b.f)
	}
	require.Equal(t, CodeNotDue, fire().Code)
	for _, want := range []string{RungOverdue, RungEscalate + "1", ""} {
		b.f.Now = *b.s.OpenWaits()[0].RungAt
		o := fire()
		require.NoError(t, o.Err())
		b.apply(o)
		require.Equal(t, want, b.s.OpenWaits()[0].Rung)
	}
	require.True(t, b.s.OpenWaits()[0].Overdue)
}

func TestMachine_WindowEndsTraining(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.refused(CodeNotDue, SystemWindowEnd, System(), Body{})
	b.f.Now = b.f.Window
	b.do(SystemWindowEnd, System(), Body{})
	require.Equal(t, StageAssessment, b.s.Stage)
}

func TestMachine_Legal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	byKind := map[Kind]Option{}
	for _, o := range Legal(b.s, admin, &b.f) {
		byKind[o.Kind] = o
	}
	require.True(t, byKind[WithdrawPlan].Allowed)
	require.False(t, byKind[SubmitPlan].Allowed)
	require.Equal(t, apperr.WrongStage, byKind[SubmitPlan].Code)
	require.NotContains(t, byKind, ApprovePlan, "what the role can never do is not listed")
}

// A random walk over every kind, actor and body: refusals change nothing, Apply follows
// Decide, an open case always waits on somebody or runs a job, and whatever Legal allows
// is never refused for its role, stage or version.
func TestMachine_RandomWalkKeepsInvariants(t *testing.T) {
	t.Parallel()
	actors := []Actor{admin, head, reviewer, bureau, expert(0), expert(1), expert(2), expert(3), System()}
	kinds := append(Kinds(), SystemRung, SystemWindowEnd, SystemRecompute, SystemCredited, SystemMigrate)
	for seed := range int64(25) {
		r := rand.New(rand.NewSource(seed))
		b := newBench(t)
		b.f.Ledger = LedgerFact{Expected: 1, Years: map[int]LedgerYear{2026: {Recognized: 1, Confirmed: 1}}}
		for range 400 {
			k, a := kinds[r.Intn(len(kinds))], actors[r.Intn(len(actors))]
			if k == Terminate && r.Intn(20) > 0 {
				continue
			}
			body := Body{
				Draft: "abc", Revision: b.s.Revision, Reasons: []Reason{{"development_plan", "理由"}}, Comment: "说明",
				Experts: []string{"e0", "e1", "e2", "e3"}[:3+r.Intn(2)], Scores: marks(Score(r.Intn(401)), Score(r.Intn(601))),
				Verdict: []Verdict{VerdictPass, VerdictRectify, VerdictFail}[r.Intn(3)], Receipt: "R", Conflict: r.Intn(8) == 0,
				Until: new(b.f.Now.AddDate(0, 0, 5)),
			}
			if w, ok := b.s.NextRung(); ok {
				body.Rung = w.Rung
			}
			b.f.Target = target(func(p *Policy) { p.Panel.Min = 2 + r.Intn(2); p.Filing.Chain = p.Filing.Chain[:1+r.Intn(2)] })
			o := b.try(k, a, body)
			require.NotEqual(t, apperr.Internal, o.Code, o.Message)
			before, _ := json.Marshal(b.s)
			b.apply(o)
			if !o.Accepted() {
				after, _ := json.Marshal(b.s)
				require.JSONEq(t, string(before), string(after))
			}
			require.True(t, b.s.Closed() || b.s.Job != "" || len(b.s.Waits) > 0, "an open case waits on nobody at %s", b.s.Stage)
			b.f.Now = b.f.Now.Add(time.Duration(r.Intn(40)) * time.Hour)
		}
	}
}
