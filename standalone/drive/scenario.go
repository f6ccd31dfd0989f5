package drive

import (
	"context"
	"slices"

	"zhengxiao/internal/domain"
)

// Leg is one stretch of a case's way, taken in a stage.
type Leg struct {
	Stage domain.Stage
	Name  string
	Do    func(*School, context.Context) error
}

// Scenario is a case's whole way, up to where it is left.
type Scenario struct {
	Name   string       // as users would say it
	Legs   []Leg        // empty: the case is opened and nothing else
	Ends   domain.Stage // the stage in which the case is left; empty when it is not even opened
	Result domain.Result
}

// Unopened reports whether the school's case is never opened.
func (s Scenario) Unopened() bool { return s.Ends == "" }

// The legs. Those of one stage that belong together are taken in this order.
var (
	formTeam = Leg{domain.StageTeam, "组建团队", (*School).FormTeam}
	diagnose = Leg{domain.StageDiagnosis, "提交诊断", (*School).Diagnose}
	plan     = Leg{domain.StagePlanning, "提交两案", (*School).Plan}
	approve  = Leg{domain.StageFiling, "审核备案", (*School).ApprovePlan}
	study    = Leg{domain.StageTraining, "校本研修", (*School).Study}
	finish   = Leg{domain.StageTraining, "结束研修", (*School).FinishTraining}
	review   = Leg{domain.StageAssessment, "初审与测评", (*School).Review}
	assess   = Leg{domain.StageAssessment, "提交考核结果", (*School).SubmitAssessment}
	invite   = Leg{domain.StageDossier, "邀请专家", (*School).InvitePanel}
	seat     = Leg{domain.StageDossier, "专家回避声明", (*School).SeatPanel}
	fill     = Leg{domain.StageDossier, "准备验收材料", (*School).FillDossier}
	handIn   = Leg{domain.StageDossier, "提交验收材料", (*School).SubmitDossier}
	score    = Leg{domain.StageScoring, "专家打分", (*School).Score}
	scoreLow = Leg{domain.StageScoring, "专家打分", (*School).ScoreLow}
	pass     = Leg{domain.StageConfirmation, "确认通过", (*School).Pass}
	await    = Leg{domain.StageCrediting, "学时认定", (*School).AwaitCredit}
	confirm  = Leg{domain.StageCrediting, "确认学时", (*School).ConfirmCredit}
	register = Leg{domain.StageCrediting, "登记学时", (*School).RegisterCredit}

	withdraw = Leg{domain.StageFiling, "撤回两案", (*School).WithdrawPlan}
	resubmit = Leg{domain.StagePlanning, "再次提交两案", (*School).SubmitPlan}
	sendBack = Leg{domain.StageFiling, "退回两案", (*School).ReturnPlan}
	mendPlan = Leg{domain.StagePlanning, "修改并重报两案", (*School).MendPlan}
	decline  = Leg{domain.StageDossier, "专家谢绝", (*School).Decline}
	recuse   = Leg{domain.StageDossier, "专家回避", (*School).Recuse}
	rectify  = Leg{domain.StageConfirmation, "要求整改", (*School).Rectify}
	mend     = Leg{domain.StageDossier, "整改并重报", (*School).MendDossier}
	fail     = Leg{domain.StageConfirmation, "确认不通过", (*School).Fail}
	accept   = Leg{domain.StageConfirmation, "认可结果", (*School).AcceptResult}
	appeal   = Leg{domain.StageConfirmation, "申请复核", (*School).Appeal}
)

// straight is the way without detours.
var straight = []Leg{
	formTeam, diagnose, plan, approve, study, finish, review, assess, invite, seat, fill, handIn,
	score, pass, await, confirm, register,
}

// until is the straight way into a stage.
func until(stage domain.Stage, more ...Leg) []Leg {
	i := slices.IndexFunc(straight, func(l Leg) bool { return l.Stage == stage })
	if i < 0 {
		i = len(straight)
	}
	return append(slices.Clone(straight[:i]), more...)
}

// from is the straight way from one leg on.
func from(name string) []Leg {
	i := slices.IndexFunc(straight, func(l Leg) bool { return l.Name == name })
	return straight[i:]
}

// NotStarted is a school whose case is never opened.
func NotStarted() Scenario { return Scenario{Name: "未启动"} }

// Waiting leaves the case waiting in a stage. In training half of the teachers have
// begun; in crediting the hours are recognised and wait for the bureau.
func Waiting(stage domain.Stage) Scenario {
	s := Scenario{Name: "等待" + stage.Name(), Legs: until(stage), Ends: stage}
	switch stage {
	case domain.StageTraining:
		s.Legs = append(s.Legs, Leg{stage, "校本研修（部分教师）", (*School).StudyPartly})
	case domain.StageScoring:
		s.Legs = append(s.Legs, Leg{stage, "一名专家打分", (*School).ScorePartly})
	case domain.StageCrediting:
		s.Legs = append(s.Legs, await)
	}
	return s
}

// Overdue is Waiting; that the deadline passes is the clock's part.
func Overdue(stage domain.Stage) Scenario {
	return Scenario{Name: stage.Name() + "逾期", Legs: until(stage), Ends: stage}
}

// Returned leaves the case with the school, its plan returned.
func Returned() Scenario {
	return Scenario{Name: "两案被退回", Legs: until(domain.StageFiling, sendBack), Ends: domain.StagePlanning}
}

// ReturnedOnce is the way to the end with one return of the plan.
func ReturnedOnce() Scenario {
	legs := until(domain.StageFiling, sendBack, mendPlan)
	return Scenario{Name: "退回后通过", Legs: append(legs, from(approve.Name)...), Ends: domain.StageClosed, Result: domain.ResultPassed}
}

// ReturnedTwice leaves the case with the school, its plan returned a second time.
func ReturnedTwice() Scenario {
	return Scenario{Name: "两案两次被退回", Legs: until(domain.StageFiling, sendBack, mendPlan, sendBack), Ends: domain.StagePlanning}
}

// Urged leaves the case with the office, urged by the school and copied to its principal.
func Urged() Scenario {
	return Scenario{Name: "催办中", Ends: domain.StageFiling, Legs: until(domain.StageFiling,
		Leg{domain.StageFiling, "抄送校长", (*School).CopyPrincipal}, Leg{domain.StageFiling, "催办", (*School).Urge})}
}

// Delegated leaves the case with a stand-in of the office.
func Delegated() Scenario {
	return Scenario{Name: "审核人已委托", Ends: domain.StageFiling, Legs: until(domain.StageFiling,
		Leg{domain.StageFiling, "委托并认领", (*School).Delegate})}
}

// Paused leaves the case resting until somebody resumes it.
func Paused() Scenario {
	return Scenario{Name: "暂停", Ends: domain.StagePlanning, Legs: until(domain.StagePlanning,
		Leg{domain.StagePlanning, "暂停", (*School).Pause})}
}

// Deferred leaves the case resting until a date.
func Deferred() Scenario {
	return Scenario{Name: "缓期", Ends: domain.StageDiagnosis, Legs: until(domain.StageDiagnosis,
		Leg{domain.StageDiagnosis, "缓期", (*School).Defer})}
}

// Appealing leaves the case with the bureau, the school objecting to a fail.
func Appealing() Scenario {
	legs := append(until(domain.StageScoring), scoreLow, fail, appeal)
	return Scenario{Name: "申请复核中", Legs: legs, Ends: domain.StageConfirmation}
}

// Withdrawn leaves the case in filing, its plan withdrawn once and submitted again.
func Withdrawn() Scenario {
	return Scenario{Name: "撤回后重报", Legs: until(domain.StageFiling, withdraw, resubmit), Ends: domain.StageFiling}
}

// ExpertDeclined leaves the case in scoring, one expert having declined.
func ExpertDeclined() Scenario {
	return Scenario{Name: "专家谢绝后增补", Legs: staffed(decline), Ends: domain.StageScoring}
}

// ExpertConflict leaves the case in scoring, one expert having declared a conflict.
func ExpertConflict() Scenario {
	return Scenario{Name: "专家回避后增补", Legs: staffed(recuse), Ends: domain.StageScoring}
}

// staffed is the way into scoring with something between invitation and acceptance.
func staffed(detour Leg) []Leg {
	return append(until(domain.StageDossier, invite, detour), seat, fill, handIn)
}

// Rectifying leaves the case with the school in its first rectification round.
func Rectifying() Scenario {
	return Scenario{Name: "整改中", Legs: until(domain.StageConfirmation, rectify), Ends: domain.StageDossier}
}

// Rectified is the way to the end with one rectification round.
func Rectified() Scenario {
	legs := until(domain.StageConfirmation, rectify, mend, score)
	return Scenario{Name: "整改后通过", Legs: append(legs, from(pass.Name)...), Ends: domain.StageClosed, Result: domain.ResultPassed}
}

// Failed ends with 不通过.
func Failed() Scenario {
	legs := append(until(domain.StageScoring), scoreLow, fail, accept)
	return Scenario{Name: "不通过", Legs: legs, Ends: domain.StageClosed, Result: domain.ResultFailed}
}

// Terminated ends early.
func Terminated() Scenario {
	legs := until(domain.StageFiling, Leg{domain.StageFiling, "终止项目", (*School).Terminate})
	return Scenario{Name: "终止", Legs: legs, Ends: domain.StageClosed, Result: domain.ResultTerminated}
}

// Closed is the straight way to registered hours.
func Closed() Scenario {
	return Scenario{Name: "办结", Legs: until(domain.StageClosed), Ends: domain.StageClosed, Result: domain.ResultPassed}
}
