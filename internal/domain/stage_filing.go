package domain

import (
	"slices"

	"zhengxiao/internal/apperr"
)

// Refusals of the review.
const (
	CodeRevisionNotNewest apperr.Code = "revision_not_newest"
	CodeReviewStarted     apperr.Code = "review_started"
	CodeRosterEmpty       apperr.Code = "roster_empty"
	CodeWindowPast        apperr.Code = "window_past"
	CodePartUnknown       apperr.Code = "part_unknown"
	CodeSamePerson        apperr.Code = "same_person"
)

// toFiling opens the review at its first step, or at the step that had returned it.
func (t *turn) toFiling() error {
	t.s.ChainPos = 0
	if t.s.Return != nil {
		t.s.ChainPos = t.s.Return.ChainPos
	}
	t.s.ChainBy = t.s.ChainBy[:min(t.s.ChainPos, len(t.s.ChainBy))]
	t.enter(StageFiling)
	return t.open(TaskFiling, t.s.Reviewer(), t.s.SuperiorID, "")
}

// withdrawReady: the school may take its plan back until the first reviewer acts.
func withdrawReady(t *turn) error {
	if w, ok := t.s.wait(TaskFiling, ""); !ok || w.Visit != t.s.Entered {
		return apperr.New(CodeReviewStarted, "审核已开始办理，不能撤回；如需修改，请联系审核单位退回。")
	}
	return nil
}

func withdrawPlan(t *turn) error {
	return t.toPlanning()
}

// approvePlan passes one step of the review chain; the last one files the plan: the
// revision is in force, the 专任 count is frozen and the study window begins.
func approvePlan(t *turn) error {
	if err := t.newest(); err != nil {
		return err
	}
	t.s.Return = nil
	t.s.ChainPos++
	t.s.ChainBy = append(slices.Clone(t.s.ChainBy), t.a.Actor.UserID)
	if t.s.ChainPos < len(t.f.Policy.Filing.Chain) {
		t.finish(TaskFiling, "")
		return t.open(TaskFiling, t.s.Reviewer(), t.s.SuperiorID, "")
	}
	if t.f.FullTime == 0 {
		return apperr.New(CodeRosterEmpty, "教师名册中没有专任教师，不能备案；请学校先录入名册，可退回并说明。")
	}
	if !t.f.Window.After(t.f.Now) {
		return apperr.New(CodeWindowPast, "该批次的研修窗口已经结束，备案后将无法开展研修；请先调整批次的研修时间。")
	}
	t.s.ChainPos, t.s.ChainBy = 0, nil
	t.s.Filed, t.s.FilingNo, t.s.Teachers = t.s.Revision, t.f.FilingNo, t.f.FullTime
	window := t.f.Window
	t.s.Window = &window
	if err := t.toTraining(); err != nil {
		return err
	}
	return t.staff()
}

// returnPlan sends the case back to a named earlier step, with reasons against parts.
func returnPlan(t *turn) error {
	if err := t.newest(); err != nil {
		return err
	}
	if err := t.reasons(); err != nil {
		return err
	}
	for _, r := range t.a.Body.Reasons {
		if !t.knownPart(r.Part) {
			return apperr.Newf(CodePartUnknown, "不认识的部分 %q，请从两案、团队或诊断中选择。", r.Part).On("reasons")
		}
	}
	t.s.Return = nil
	if t.a.Body.To == StageFiling {
		return t.stepBack()
	}
	t.returned()
	switch t.a.Body.To {
	case "", StagePlanning:
		return t.toPlanning()
	case StageDiagnosis:
		return t.toDiagnosis()
	case StageTeam:
		return t.toTeam()
	default:
		return apperr.New(apperr.Invalid, "只能退回到团队组建、诊断评估、两案编制或上一审核环节。").On("to")
	}
}

// stepBack returns the plan to the reviewer of the step before.
func (t *turn) stepBack() error {
	if t.s.ChainPos == 0 {
		return apperr.New(apperr.Invalid, "这是审核的第一个环节，只能退回学校。").On("to")
	}
	before := t.s.ChainBy[t.s.ChainPos-1]
	t.s.ChainPos--
	t.s.ChainBy = slices.Clone(t.s.ChainBy[:t.s.ChainPos])
	t.finish(TaskFiling, "")
	if err := t.open(TaskFiling, t.s.Reviewer(), t.s.SuperiorID, ""); err != nil {
		return err
	}
	w, _ := t.s.wait(TaskFiling, "")
	w.Claimed = before
	t.put(w)
	return nil
}

func approveReady(t *turn) error {
	w, _ := t.s.wait(TaskFiling, "")
	return t.another(w)
}

// barred is who must leave the present step of the chain to another.
func (t *turn) barred() []string {
	if !t.f.Policy.Filing.Distinct {
		return nil
	}
	return slices.Clone(t.s.ChainBy)
}

// another asks for a different person on each step of the chain.
func (t *turn) another(w Wait) error {
	if !w.Bars(t.a.Actor) {
		return nil
	}
	chain := t.f.Policy.Filing.Chain
	return apperr.Newf(CodeSamePerson, "您已办理过本次审核的前一环节，“%s”须由另一人办理，请转办给同事。", chain[min(t.s.ChainPos, len(chain)-1)])
}

func (t *turn) knownPart(code string) bool {
	if code == string(StageTeam) || code == string(StageDiagnosis) {
		return true
	}
	for _, p := range t.f.Policy.PlanParts {
		if p.Code == code {
			return true
		}
	}
	return false
}

// newest refuses a decision on a revision that is not the one under review.
func (t *turn) newest() error {
	if t.a.Body.Revision != t.s.Revision {
		return apperr.Newf(CodeRevisionNotNewest, "您审阅的是第 %d 版，当前待审的是第 %d 版，请重新审阅。", t.a.Body.Revision, t.s.Revision).On("revision")
	}
	return nil
}
