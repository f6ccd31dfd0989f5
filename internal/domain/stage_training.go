package domain

import (
	"strings"

	"zhengxiao/internal/apperr"
)

func (t *turn) toTraining() error {
	t.enter(StageTraining)
	return t.open(TaskTraining, RoleSchoolAdmin, t.s.SchoolID, "")
}

// finishTraining closes the study window early, by the school's own will.
func finishTraining(t *turn) error {
	t.s.Window = new(t.f.Now)
	return t.toAssessment()
}

// endWindow closes training when the study window is over (003:304).
func endWindow(t *turn) error {
	if t.s.Window == nil || t.f.Now.Before(*t.s.Window) {
		return apperr.New(CodeNotDue, "研修窗口尚未结束。")
	}
	return t.toAssessment()
}

func (t *turn) toAssessment() error {
	t.enter(StageAssessment)
	return t.open(TaskAssessment, RolePrincipal, t.s.SchoolID, "")
}

// reopenTraining lets a school whose teachers did not get through make up for it.
func reopenTraining(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "重开研修窗口的理由")
	}
	if t.a.Body.Until == nil || !t.a.Body.Until.After(t.f.Now) {
		return apperr.Field("until", "请填写晚于当前时间的研修截止时间。")
	}
	t.s.Window = new(t.a.Body.Until.UTC())
	return t.toTraining()
}

// reopenTeacher lets one teacher make up for what is missing after the window.
func reopenTeacher(t *turn) error {
	switch {
	case !t.f.Listed:
		return apperr.Field("user", "请选择本项目教师名册中的在册教师。")
	case strings.TrimSpace(t.a.Body.Comment) == "":
		return required("comment", "为该教师重开研修的理由")
	case t.a.Body.Until == nil || !t.a.Body.Until.After(t.f.Now):
		return apperr.Field("until", "请填写晚于当前时间的研修截止时间。")
	}
	return nil
}

// gatesReady is the entry to acceptance: 初审 of every teacher (003:449) and 测评 of at
// least 95 % of 专任教师, both counted from rows.
func gatesReady(t *turn) error {
	if err := RequireGateA(GateA(t.f.GateA.Passed, t.f.GateA.Teachers)); err != nil {
		return err
	}
	return RequireGateB(GateB(t.f.Policy.Gates, t.f.GateB.Qualified, t.f.GateB.FullTime))
}

func submitAssessment(t *turn) error {
	t.s.Results = t.f.ResultsSHA
	return t.toDossier()
}
