package domain

import (
	"reflect"
	"slices"

	"zhengxiao/internal/apperr"
)

// CodePolicySettled refuses a policy that would change what a case has already been
// decided, reviewed or scored by.
const CodePolicySettled apperr.Code = "policy_settled"

// migrate moves an open case to another policy: what lies ahead follows the new one, what
// has been decided stays. The store pins the new digest; the event's patch holds the new
// deadlines.
func migrate(t *turn) error {
	old, next := t.f.Policy, t.f.Target
	if reflect.DeepEqual(old, next) {
		return apperr.New(CodeUnchanged, "该项目已按这一版本的政策办理，无须迁移。")
	}
	for _, keeps := range []func(State, Policy, Policy) error{
		keepsProgramme, keepsParts, keepsChain, keepsStudy, keepsResults, keepsEvidence, keepsRubric, keepsCredit, keepsAppeal,
	} {
		if err := keeps(t.s, old, next); err != nil {
			return err
		}
	}
	t.f.Policy = next
	for _, w := range t.s.OpenWaits() {
		if err := t.reschedule(&w, old.deadline(w.Task)); err != nil {
			return err
		}
		if w.Task == TaskFiling {
			w.Barred = t.barred()
		}
		t.put(w)
	}
	if !slices.Contains(staffing, t.s.Stage) {
		return nil
	}
	if err := t.staff(); err != nil {
		return err
	}
	return t.concluded()
}

// reschedule gives a wait the deadline of the policy in force; was is the one it had. A
// date that a person has set stays, and so does the step of the ladder it has come to,
// save that steps whose time has passed are not climbed again.
func (t *turn) reschedule(w *Wait, was Deadline) error {
	d := t.deadline(w.Task)
	if reflect.DeepEqual(d, was) {
		return nil
	}
	if !w.Fixed && d.Days != was.Days {
		w.Overdue = false
		return t.schedule(w)
	}
	if w.Due == nil {
		return nil
	}
	if !w.Overdue {
		return t.arm(w, d)
	}
	w.Rung, w.RungAt = RungOverdue, w.Due
	for w.RungAt != nil && !w.RungAt.After(t.f.Now) {
		if err := t.climb(w); err != nil {
			return err
		}
	}
	return nil
}

func settled(format string, args ...any) error {
	return apperr.Newf(CodePolicySettled, format, args...).On("policy")
}

func keepsProgramme(_ State, old, next Policy) error {
	if old.Programme == next.Programme {
		return nil
	}
	return settled("新政策属于%s工程，该项目属于%s工程，不能迁移；请选择同一工程的政策。", next.Programme, old.Programme)
}

// keepsParts: what has been submitted is filed by part, and its environment by code.
func keepsParts(s State, old, next Policy) error {
	if StageDiagnosis.Before(s.Stage) && !contains(codes(next.Environments), codes(old.Environments)) {
		return settled("诊断评估已提交，新政策不能取消原有的教学环境类型。")
	}
	part := func(p PlanPart) string { return p.Code }
	if s.Revision > 0 && !slices.Equal(mapped(old.PlanParts, part), mapped(next.PlanParts, part)) {
		return settled("两案已提交，新政策不能改变两案的组成。")
	}
	return nil
}

// keepsChain: the review steps that a plan has passed must be the first of the new chain,
// and one must be left. A plan sent back resumes at the step that returned it.
func keepsChain(s State, old, next Policy) error {
	pos := s.ChainPos
	if s.Return != nil && s.Return.Stage == StageFiling {
		pos = max(pos, s.Return.ChainPos)
	}
	if pos == 0 {
		return nil
	}
	was, is := old.Filing.Chain, next.Filing.Chain
	if len(is) <= pos || len(was) < pos || !slices.Equal(was[:pos], is[:pos]) {
		return settled("两案审核已通过%d个环节，新政策须保留这些环节且其后至少还有一个环节；可待审核结束后再迁移。", pos)
	}
	return nil
}

// keepsStudy: from filing on teachers choose points and groups record activities by code.
func keepsStudy(s State, old, next Policy) error {
	if s.Filed == 0 {
		return nil
	}
	if !contains(codes(next.Points.List), codes(old.Points.List)) {
		return settled("研修已开始，新政策不能取消教师可能已选的应用能力点；可以增加。")
	}
	kind := func(k ActivityKind) string { return k.Code }
	if !contains(mapped(next.Hours.Kinds, kind), mapped(old.Hours.Kinds, kind)) {
		return settled("研修已开始，新政策不能取消已有的研修活动形式；可以增加。")
	}
	return nil
}

// keepsResults: the gates were passed, and the results pinned, by these rules.
func keepsResults(s State, old, next Policy) error {
	if s.Results == "" || s.Stage.Before(StageDossier) {
		return nil
	}
	if old.Gates != next.Gates || old.Points.Min != next.Points.Min || !reflect.DeepEqual(old.Hours, next.Hours) {
		return settled("校本应用考核结果已提交，新政策不能再改变学时、能力点数量或准入条件。")
	}
	return nil
}

// keepsEvidence: the folder is open from filing on, and read by experts once handed in.
func keepsEvidence(s State, old, next Policy) error {
	switch {
	case s.Filed == 0:
		return nil
	case s.scored() && !reflect.DeepEqual(old.Evidence, next.Evidence):
		return settled("验收材料已提交评分，新政策不能再改变证明清单。")
	}
	item := func(e EvidenceItem) EvidenceItem { return EvidenceItem{No: e.No, Source: e.Source} }
	if !contains(mapped(next.Evidence, item), mapped(old.Evidence, item)) {
		return settled("验收材料已开始准备，新政策不能取消证明清单的项目或改变其来源；可以增加。")
	}
	return nil
}

// keepsRubric: scores are compared across experts and rounds.
func keepsRubric(s State, old, next Policy) error {
	if s.scored() && !reflect.DeepEqual(old.Rubric, next.Rubric) {
		return settled("该项目正在评分或已经评分，不能更换评分量表；新量表请用于尚未评分的项目。")
	}
	return nil
}

func keepsCredit(s State, old, next Policy) error {
	if s.Stage == StageCrediting && old.Credit != next.Credit {
		return settled("学时认定已经开始，新政策不能再改变认定的对象。")
	}
	return nil
}

// keepsAppeal: without days to object, the time that has begun would never end.
func keepsAppeal(s State, _, next Policy) error {
	if _, open := s.Waiting(TaskAppeal); open && next.Appeal.Days == 0 {
		return settled("学校正在复核期内，新政策不能取消复核期；可待复核期结束后再迁移。")
	}
	return nil
}

// scored reports whether experts have the dossier, or have had it in an earlier round.
func (s State) scored() bool { return s.Round > 0 || !s.Stage.Before(StageScoring) }

func codes(list []Choice) []string {
	return mapped(list, func(c Choice) string { return c.Code })
}

func mapped[T, K any](list []T, key func(T) K) []K {
	keys := make([]K, len(list))
	for i, v := range list {
		keys[i] = key(v)
	}
	return keys
}

// contains reports whether every one of some is in all.
func contains[K comparable](all, some []K) bool {
	return !slices.ContainsFunc(some, func(k K) bool { return !slices.Contains(all, k) })
}
