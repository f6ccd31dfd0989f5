package domain

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var (
	colleague = Actor{UserID: "c", Role: RoleDistrict, OrgID: "district"}
	city      = Actor{UserID: "o", Role: RoleCityOffice, OrgID: "city"}
)

// on makes the actions that follow be about the open task of a kind.
func (b *bench) on(task Task) Wait {
	b.t.Helper()
	w, ok := b.s.Waiting(task)
	require.True(b.t, ok, "no open task %s", task)
	b.aim = w.Visit
	return w
}

func (b *bench) wait(task Task) Wait {
	b.t.Helper()
	w, ok := b.s.Waiting(task)
	require.True(b.t, ok)
	return w
}

func TestClaim_KeepsColleaguesOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	b.on(TaskFiling)
	b.do(ClaimTask, reviewer, Body{})
	b.refused(apperr.Conflict, ClaimTask, reviewer, Body{})
	b.refused(CodeClaimed, ClaimTask, colleague, Body{})
	b.refused(CodeClaimed, ReleaseTask, colleague, Body{})
	b.refused(CodeClaimed, ApprovePlan, colleague, Body{Revision: 1})
	b.refused(CodeClaimed, ReturnPlan, colleague, Body{Revision: 1, Reasons: []Reason{{"team", "x"}}})

	standIn := colleague
	standIn.For = []string{reviewer.UserID}
	require.True(t, b.try(ApprovePlan, standIn, Body{Revision: 1}).Accepted(), "who stands in for the claimer may act")

	b.f.Lapsed = map[string]bool{reviewer.UserID: true}
	require.True(t, b.try(ApprovePlan, colleague, Body{Revision: 1}).Accepted(), "a claim lapses with the claimer")
	b.f.Lapsed = nil
	b.do(ReleaseTask, reviewer, Body{})
	b.refused(apperr.Conflict, ReleaseTask, reviewer, Body{})
	b.do(ApprovePlan, colleague, Body{Revision: 1})
}

func TestHandOver_OnlyToHoldersOfTheRole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	b.on(TaskFiling)
	b.refused(apperr.Invalid, HandOver, reviewer, Body{})
	b.refused(CodeNotHolder, HandOver, reviewer, Body{User: "stranger"})
	b.f.Holder = true
	b.do(HandOver, reviewer, Body{User: colleague.UserID})
	b.refused(CodeClaimed, HandOver, reviewer, Body{User: reviewer.UserID})
	b.refused(apperr.Invalid, HandOver, colleague, Body{User: colleague.UserID})
	b.do(HandOver, colleague, Body{User: reviewer.UserID})
	require.Equal(t, reviewer.UserID, b.wait(TaskFiling).Claimed)
}

func TestChain_AnotherPersonOnEachStep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Filing.Distinct = true
	b.toFiling()
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	b.refused(CodeSamePerson, ApprovePlan, reviewer, Body{Revision: 1})
	standIn := Actor{UserID: "s", Role: RoleDistrict, OrgID: "district", For: []string{reviewer.UserID}, Proxy: true}
	b.refused(CodeSamePerson, ApprovePlan, standIn, Body{Revision: 1})
	for _, o := range Legal(b.s, reviewer, &b.f) {
		require.False(t, o.Kind == ApprovePlan && o.Allowed, "not offered either")
	}
	b.on(TaskFiling)
	b.f.Holder = true
	b.refused(CodeSamePerson, ClaimTask, reviewer, Body{})
	b.refused(CodeSamePerson, HandOver, colleague, Body{User: reviewer.UserID})
	b.do(ReturnPlan, colleague, Body{Revision: 1, To: StageFiling, Reasons: []Reason{{"training_plan", "请核对学时"}}})
	require.Equal(t, 0, b.s.ChainPos)
	require.Equal(t, reviewer.UserID, b.wait(TaskFiling).Claimed, "back to whoever passed it")
	b.refused(apperr.Invalid, ReturnPlan, reviewer, Body{Revision: 1, To: StageFiling, Reasons: []Reason{{"team", "x"}}})
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	both := colleague
	both.For = []string{reviewer.UserID}
	b.do(ApprovePlan, both, Body{Revision: 1}) // in the own right, though also a stand-in
	require.Equal(t, StageTraining, b.s.Stage)
	require.Empty(t, b.s.ChainBy)
}

// Somebody with two seats acts in the one that the task waits for: the other is no way
// around the rules for the own task.
func TestSuited_TheSeatThatTheTaskWaitsFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	w := b.wait(TaskFiling)
	asBureau, asReviewer := bureau, reviewer
	asBureau.UserID = reviewer.UserID
	seats := []Actor{asBureau, asReviewer}
	for _, k := range []Kind{ClaimTask, Extend, Urge} {
		require.Equal(t, asReviewer, Suited(b.s, k, w.Visit, seats), k)
	}
	require.Equal(t, asReviewer, Suited(b.s, ApprovePlan, w.Visit, seats), "only the reviewer may")
	require.Equal(t, asBureau, Suited(b.s, AssignPanel, b.s.Entered, seats))
	require.Equal(t, asBureau, Suited(b.s, SubmitScore, w.Visit, seats), "refused either way")
	require.Zero(t, Suited(b.s, Urge, w.Visit, nil))
}

func TestChain_WithoutAnotherPersonIsOrphaned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Filing.Distinct = true
	b.toFiling()
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	w := b.wait(TaskFiling)
	alone := Holders{Able: []string{reviewer.UserID}, Proxies: map[string]string{reviewer.UserID: "s"}}
	require.Equal(t, Party{Office: true, Orphaned: true}, Responsible(w, alone))
	two := Holders{Able: []string{reviewer.UserID, colleague.UserID}}
	require.Equal(t, Party{Office: true}, Responsible(w, two))

	next := b.f.Policy
	next.Filing.Distinct = false
	b.f.Target = next
	b.do(SystemMigrate, System(), Body{})
	require.Equal(t, Party{Office: true}, Responsible(b.wait(TaskFiling), alone))
}

func TestTakeBack_UntilTheNextPersonActs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	was := b.wait(TaskFiling)
	prior := b.s
	b.refused(CodeNothingToTakeBack, TakeBack, reviewer, Body{})
	b.do(ReturnPlan, reviewer, Body{Revision: 1, Reasons: []Reason{{"team", "x"}}})
	b.f.Prior = &prior
	b.refused(CodeNotYours, TakeBack, colleague, Body{})
	b.f.Urged = nil
	b.on(TaskPlanning)
	b.do(Urge, reviewer, Body{})
	b.do(TakeBack, reviewer, Body{})
	require.Equal(t, StageFiling, b.s.Stage)
	again := b.wait(TaskFiling)
	require.NotEqual(t, was.Visit, again.Visit)
	require.Equal(t, was.Due, again.Due, "with the time it had")
	require.Equal(t, b.s.Entered, again.Visit, "the school may still withdraw")
	_, planning := b.s.Waiting(TaskPlanning)
	require.False(t, planning)
	require.Nil(t, b.s.Last)

	b.do(ReturnPlan, reviewer, Body{Revision: 1, Reasons: []Reason{{"team", "x"}}})
	b.do(SubmitPlan, admin, Body{Draft: "abc"})
	b.refused(CodeNothingToTakeBack, TakeBack, reviewer, Body{})
}

func TestTakeBack_OfAFilingUntilTeachersBegin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Filing.Chain = []string{"审核"}
	b.toFiling()
	prior := b.s
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	b.f.Prior, b.f.Begun = &prior, true
	b.refused(CodeBegun, TakeBack, reviewer, Body{})
	b.f.Begun = false
	b.do(TakeBack, reviewer, Body{})
	require.Zero(t, b.s.Filed)
	require.Empty(t, b.s.FilingNo)
	require.Nil(t, b.s.Window)
	b.do(ApprovePlan, reviewer, Body{Revision: 1})
	require.Equal(t, 1, b.s.Filed)
}

func TestUrge_ALimitADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toFiling()
	w := b.on(TaskFiling)
	b.refused(CodeOwnTask, Urge, reviewer, Body{})
	b.do(Urge, admin, Body{})
	b.f.Urged = map[int]int{w.Visit: 1}
	b.refused(CodeUrgedToday, Urge, admin, Body{})
	b.f.Policy.Urge.PerDay = 2
	b.do(Urge, admin, Body{})
	require.Equal(t, 2, b.wait(TaskFiling).Urged)
	b.f.Policy.Urge.PerDay, b.f.Urged = 0, nil
	b.refused(CodeNoUrging, Urge, admin, Body{})
}

func TestExtend_NobodyHisOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	later := b.f.Now.AddDate(0, 1, 0)
	b.on(TaskTeam)
	b.refused(apperr.Forbidden, Extend, head, Body{Until: &later, Comment: "x"})
	b.refused(apperr.Invalid, Extend, reviewer, Body{Until: &later})
	b.refused(apperr.Invalid, Extend, reviewer, Body{Until: &day0, Comment: "x"})
	b.do(Extend, reviewer, Body{Until: &later, Comment: "校长外出"})
	require.Equal(t, &later, b.wait(TaskTeam).Due)
	b.do(SubmitTeam, head, Body{})
	b.on(TaskDiagnosis)
	b.refused(CodeNoDeadline, Extend, reviewer, Body{Until: &later, Comment: "x"})
	b.do(SubmitDiagnosis, admin, Body{})
	b.do(SubmitPlan, admin, Body{Draft: "abc"})
	b.on(TaskFiling)
	b.refused(CodeOwnTask, Extend, reviewer, Body{Until: &later, Comment: "x"})
	b.do(Extend, bureau, Body{Until: &later, Comment: "集中审核"})
	further := later.AddDate(0, 0, 5)
	b.do(Extend, city, Body{Until: &further, Comment: "集中审核"})
}

func TestCopy_OnlyToThoseWhoMaySeeTheCase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Readers = map[string]bool{"d": true, "x": false}
	b.refused(apperr.Invalid, Copy, admin, Body{})
	b.refused(apperr.Invalid, Copy, admin, Body{Users: []string{"d", "d"}})
	b.refused(apperr.Invalid, Copy, admin, Body{Users: []string{admin.UserID}})
	b.refused(CodeOutOfReach, Copy, admin, Body{Users: []string{"d", "x"}})
	b.refused(apperr.Forbidden, Copy, expert(0), Body{Users: []string{"d"}})
	b.do(Copy, admin, Body{Users: []string{"d"}})
}

func TestPause_StopsTheClocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	due := *b.wait(TaskTeam).Due
	b.refused(apperr.Invalid, Pause, bureau, Body{})
	b.refused(apperr.Forbidden, Pause, head, Body{Comment: "x"})
	b.do(Pause, bureau, Body{Comment: "台风停课"})
	b.refused(CodePaused, SubmitTeam, head, Body{})
	b.refused(CodePaused, Pause, bureau, Body{Comment: "x"})
	_, rings := b.s.NextRung()
	require.False(t, rings)
	b.f.Now = b.f.Now.AddDate(0, 0, 4)
	b.do(Resume, reviewer, Body{})
	require.Equal(t, due.AddDate(0, 0, 4), *b.wait(TaskTeam).Due)
	b.refused(apperr.Conflict, Resume, reviewer, Body{})
	b.do(SubmitTeam, head, Body{})
}

func TestPause_WithADateEndsByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	until := b.f.Now.AddDate(0, 0, 10)
	b.do(Pause, bureau, Body{Comment: "校舍改造", Until: &until})
	next, rings := b.s.NextRung()
	require.True(t, rings)
	require.Equal(t, RungResume, next.Rung)
	wake := Action{ID: "w", Kind: SystemRung, Actor: System(), Visit: next.Visit, Body: Body{Rung: next.Rung}}
	require.Equal(t, CodeNotDue, Decide(b.s, wake, b.f).Code)
	b.f.Now = until
	b.apply(Decide(b.s, wake, b.f))
	require.Nil(t, b.s.Paused)
	require.Equal(t, 10, b.wait(TaskTeam).Extra)
	require.Equal(t, apperr.Stale, Decide(b.s, wake, b.f).Code)
}

func TestAppeal_OnceAndInTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Appeal.Days = 5
	b.toConfirmation()
	b.refused(CodeNoAppealable, AppealResult, head, Body{Comment: "x"})
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictFail, Comment: "未达标"})
	require.Equal(t, StageConfirmation, b.s.Stage)
	b.refused(apperr.Conflict, ConfirmResult, bureau, Body{Verdict: VerdictPass})
	b.refused(apperr.Invalid, AppealResult, head, Body{})
	b.do(AppealResult, head, Body{Comment: "已补充材料"})
	b.refused(apperr.Conflict, AcceptResult, head, Body{})
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "补签章"}}})
	require.Equal(t, StageDossier, b.s.Stage)
	require.Equal(t, 1, b.s.Round)
	b.refused(CodeAppealUsed, AppealResult, head, Body{Comment: "x"})
}

func TestAppeal_APauseDoesNotUseUpTheTimeToObject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Appeal.Days = 5
	b.toConfirmation()
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "补签章"}}})
	last := *b.s.Objectable
	b.do(Pause, reviewer, Body{Comment: "停课"})
	b.f.Now = b.f.Now.AddDate(0, 0, 20)
	b.do(Resume, reviewer, Body{})
	require.Equal(t, last.AddDate(0, 0, 20), *b.s.Objectable)
	b.do(AppealResult, head, Body{Comment: "已有签章"})
	require.Nil(t, b.s.Objectable)
}

func TestAppeal_TheTimeThatHasBegunIsNotMigratedAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Appeal.Days = 5
	b.toConfirmation()
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictFail, Comment: "未达标"})
	b.f.Target = b.f.Policy
	b.f.Target.Appeal.Days = 0
	b.refused(CodePolicySettled, SystemMigrate, System(), Body{})
	b.f.Target.Appeal.Days = 10
	b.do(SystemMigrate, System(), Body{})
	require.NotNil(t, b.wait(TaskAppeal).Due)
}

func TestAppeal_OfARectificationThatStandsIsTheSameRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Appeal.Days = 5
	b.toConfirmation()
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "补签章"}}})
	began := *b.s.RectifiedAt
	late := b.f
	late.Now = b.f.Now.AddDate(0, 0, 6)
	over := Decide(b.s, Action{ID: "late", Kind: AppealResult, Actor: head, Visit: b.s.Entered, Body: Body{Comment: "x"}}, late)
	require.Equal(t, CodeAppealOver, over.Code)
	b.f.Now = b.f.Now.AddDate(0, 0, 2)
	b.do(AppealResult, head, Body{Comment: "已有签章"})
	require.Equal(t, StageConfirmation, b.s.Stage)
	b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "仍须补签章"}}})
	require.Equal(t, 1, b.s.Round)
	require.Equal(t, began, *b.s.RectifiedAt)
}

func TestAppeal_NotUsedTheResultIsFinal(t *testing.T) {
	t.Parallel()
	for _, accept := range []bool{true, false} {
		b := newBench(t)
		b.f.Policy.Appeal.Days = 5
		b.toConfirmation()
		b.do(ConfirmResult, bureau, Body{Verdict: VerdictFail, Comment: "未达标"})
		if accept {
			b.do(AcceptResult, admin, Body{})
		} else {
			w := b.wait(TaskAppeal)
			require.Equal(t, b.f.Now.AddDate(0, 0, 5), *w.Due)
			b.f.Now = *w.Due
			b.apply(Decide(b.s, Action{ID: "final", Kind: SystemRung, Actor: System(), Visit: w.Visit, Body: Body{Rung: RungFinal}}, b.f))
		}
		require.Equal(t, ResultFailed, b.s.Result)
	}
}

func TestReopenTeacher_OnlyForWhoIsListed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toTraining()
	b.do(FinishTraining, admin, Body{})
	until := b.f.Now.AddDate(0, 0, 7)
	body := Body{User: "t1", Until: &until, Comment: "病假"}
	b.refused(apperr.Invalid, ReopenTeacher, reviewer, body)
	b.f.Listed = true
	b.refused(apperr.Invalid, ReopenTeacher, reviewer, Body{User: "t1", Until: &day0, Comment: "病假"})
	b.refused(apperr.Invalid, ReopenTeacher, reviewer, Body{User: "t1", Until: &until})
	b.do(ReopenTeacher, reviewer, body)
}

func TestExempt_EndsTheCaseWithItsReason(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.refused(apperr.Invalid, Exempt, bureau, Body{})
	b.do(Exempt, bureau, Body{Comment: "试点校，已考核"})
	require.Equal(t, ResultExempt, b.s.Result)
}

// office is who can act for the district in the property below.
type office struct {
	people  []string          // enabled holders of the role
	standIn map[string]string // delegate by delegator
}

func (o *office) able(id string) bool { return slices.Contains(o.people, id) }

// actor is a person of the office, or one who only stands in, as the API describes them.
func (o *office) actor(id string) (Actor, bool) {
	a := Actor{UserID: id, Role: RoleDistrict, OrgID: "district", Proxy: !o.able(id)}
	for from, to := range o.standIn {
		if to == id && o.able(from) {
			a.For = append(a.For, from)
		}
	}
	return a, o.able(id) || len(a.For) > 0
}

func (o *office) holders() Holders {
	h := Holders{Able: o.people, Proxies: map[string]string{}}
	for from, to := range o.standIn {
		if o.able(from) {
			h.Proxies[from] = to
		}
	}
	return h
}

// Whatever is delegated, handed over, claimed, taken back, and whoever leaves: every open
// task of the office has one responsible party, who can act on it, or it is orphaned
// because nobody in the office is left.
func TestResponsible_OneEachWhateverHappens(t *testing.T) {
	t.Parallel()
	const rounds, steps = 150, 60
	for seed := range rounds {
		r := rand.New(rand.NewSource(int64(seed)))
		b := newBench(t)
		b.f.Policy.Filing.Distinct = seed%2 == 0
		b.toFiling()
		o := &office{people: []string{"d", "c", "x"}, standIn: map[string]string{}}
		history := []State{b.s}
		for range steps {
			b.f.Now = b.f.Now.Add(time.Minute)
			if !o.disturb(r) {
				b.officeStep(r, o, &history)
			}
			if b.s.Stage != StageFiling && b.s.Stage != StagePlanning {
				break // filed: the school's turn
			}
			b.oneResponsible(o)
		}
	}
}

// disturb changes who is in the office now and then.
func (o *office) disturb(r *rand.Rand) bool {
	all := []string{"d", "c", "x"}
	who := all[r.Intn(3)]
	switch r.Intn(8) {
	case 0:
		o.people = nil
		for _, p := range all {
			if r.Intn(3) > 0 {
				o.people = append(o.people, p)
			}
		}
	case 1:
		if o.standIn[who] == "" {
			o.standIn[who] = "s" // a colleague without the role
		}
	case 2:
		delete(o.standIn, who)
	default:
		return false
	}
	return true
}

func (b *bench) officeStep(r *rand.Rand, o *office, history *[]State) {
	b.f.Lapsed, b.f.Prior = map[string]bool{}, nil
	for _, p := range []string{"d", "c", "x", "s"} {
		b.f.Lapsed[p] = !o.able(p)
	}
	if b.s.Stage == StagePlanning && r.Intn(2) == 0 {
		b.do(SubmitPlan, admin, Body{Draft: "abc"})
		*history = append(*history, b.s)
		return
	}
	a, can := o.actor([]string{"d", "c", "x", "s"}[r.Intn(4)])
	if !can {
		return
	}
	target := []string{"d", "c", "x", "s"}[r.Intn(4)]
	b.f.Holder = o.able(target)
	if last := b.s.Last; last != nil {
		for i := range *history {
			if (*history)[i].Seq == last.Seq-1 {
				b.f.Prior = &(*history)[i]
			}
		}
	}
	if w, ok := b.s.Waiting(TaskFiling); ok {
		b.aim = w.Visit
	}
	kinds := []Kind{ClaimTask, ReleaseTask, HandOver, TakeBack, ReturnPlan, ApprovePlan}
	out := b.try(kinds[r.Intn(len(kinds))], a, Body{
		User: target, Revision: b.s.Revision, Reasons: []Reason{{"team", "x"}}, Comment: "x",
	})
	b.apply(out)
	if out.Accepted() {
		*history = append(*history, b.s)
	}
}

func (b *bench) oneResponsible(o *office) {
	b.t.Helper()
	w, open := b.s.Waiting(TaskFiling)
	if !open {
		return
	}
	b.aim = w.Visit
	b.f.Lapsed = map[string]bool{w.Claimed: !o.able(w.Claimed)}
	p := Responsible(w, o.holders())
	var can []string
	for _, id := range []string{"d", "c", "x", "s"} {
		a, holds := o.actor(id)
		if holds && b.try(ApprovePlan, a, Body{Revision: b.s.Revision}).Accepted() {
			can = append(can, id)
		}
	}
	seen := fmt.Sprintf("claimed by %q, office %v, stand-ins %v, can act %v", w.Claimed, o.people, o.standIn, can)
	require.Equal(b.t, p.Orphaned, len(can) == 0, seen)
	require.NotEqual(b.t, p.Person != "", p.Office, "one party: %s", seen)
	for _, id := range can {
		if p.Person != "" {
			require.Contains(b.t, []string{p.Person, p.Proxy}, id, seen)
		}
	}
}
