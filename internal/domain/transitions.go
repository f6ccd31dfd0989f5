package domain

// rule is one row of the table below: when an action is possible, who may take it, what
// it consumes and what it does.
type rule struct {
	name  string              // what users see on the button
	from  []Stage             // stages in which it is possible
	by    party               // who may act
	task  Task                // the open task it answers; its visit number is the expected version
	need  Need                // facts it looks at
	ready func(t *turn) error // preconditions that do not depend on the body; may be nil
	apply func(t *turn) error
	trait trait
}

// trait sets a rule apart from the usual.
type trait int

const (
	// aimed rules are about one open task of any kind: the one whose visit the actor names.
	aimed trait = 1 << iota
	// aside rules leave the case where it is: what was decided before can still be taken back.
	aside
	// paused rules are possible while the case is paused.
	paused
	// undoable decisions can be taken back by whoever made them until the next person acts.
	undoable
)

func (r trait) has(t trait) bool { return r&t != 0 }

// drafting: the district may still send the team back. staffing: the panel may be
// prepared, beside the stages, from filing on. open: any stage of an open case.
var (
	drafting = []Stage{StageDiagnosis, StagePlanning}
	staffing = []Stage{StageTraining, StageAssessment, StageDossier, StageScoring}
	open     = Stages()[:len(Stages())-1]
)

// rules is the lifecycle: team → diagnosis → planning → filing → training → assessment →
// dossier → scoring → confirmation → crediting → closed, with its ways back.
var rules = map[Kind]rule{
	SubmitTeam:      {"提交团队", at(StageTeam), bySchool, TaskTeam, NeedTeam, teamReady, submitTeam, 0},
	ReturnTeam:      {"退回团队", drafting, byReviewer, "", 0, nil, returnTeam, undoable},
	SubmitDiagnosis: {"提交诊断", at(StageDiagnosis), bySchool, TaskDiagnosis, NeedDiagnosis, diagnosisReady, submitDiagnosis, 0},
	SubmitPlan:      {"提交两案", at(StagePlanning), bySchool, TaskPlanning, NeedPlan, planReady, submitPlan, 0},
	WithdrawPlan:    {"撤回", at(StageFiling), bySchool, "", 0, withdrawReady, withdrawPlan, 0},
	ApprovePlan:     {"通过并备案", at(StageFiling), byReviewer, TaskFiling, NeedRoster | NeedWindow, approveReady, approvePlan, undoable},
	ReturnPlan:      {"退回", at(StageFiling), byReviewer, TaskFiling, 0, nil, returnPlan, undoable},
	FinishTraining:  {"结束研修", at(StageTraining), bySchool, TaskTraining, 0, nil, finishTraining, 0},
	ReopenTraining:  {"重开研修窗口", at(StageAssessment), byReviewer, "", 0, nil, reopenTraining, 0},

	SubmitAssessment: {"提交考核结果", at(StageAssessment), bySchool, TaskAssessment, NeedGates, gatesReady, submitAssessment, 0},
	SubmitDossier:    {"提交验收材料与自评", at(StageDossier), bySchoolAdmin, TaskDossier, NeedDossier, dossierReady, submitDossier, 0},
	ConsentRoster:    {"同意名册变更", studying, byReviewer, "", NeedRosterChange, rosterReady, consentRoster, 0},
	DeclineRoster:    {"不同意名册变更", studying, byReviewer, "", NeedRosterChange, rosterReady, declineRoster, 0},
	ChangeRoster:     {"变更名册", studying, byReviewer, "", NeedRosterChange, nil, changeRoster, 0},

	AssignPanel:     {"安排考核专家", staffing, byBureau, "", NeedExperts, nil, assignPanel, 0},
	AcceptPanel:     {"接受邀请", staffing, byExpert, TaskInvitation, 0, nil, acceptPanel, 0},
	DeclinePanel:    {"谢绝邀请", staffing, byExpert, TaskInvitation, 0, nil, declinePanel, 0},
	DeclareConflict: {"回避声明", staffing, byExpert, TaskInvitation, 0, declareReady, declareConflict, 0},
	Recuse:          {"申请回避", staffing, byExpert, "", 0, recuseReady, recuse, 0},
	SubmitScore:     {"提交打分", at(StageScoring), byExpert, TaskScore, 0, nil, submitScore, 0},
	CloseScoring:    {"结束打分", at(StageScoring), byBureau, "", 0, closeScoringReady, closeScoring, 0},
	ConfirmResult:   {"确认考核结果", at(StageConfirmation), byBureau, TaskConfirmation, 0, nil, confirmResult, undoable},
	ConfirmCredit:   {"确认学时", at(StageCrediting), byBureau, TaskCreditConfirm, NeedLedger, nil, confirmCredit, 0},
	RegisterCredit:  {"登记学时", at(StageCrediting), byBureau, TaskCreditRecord, NeedLedger, nil, registerCredit, 0},
	AppealResult:    {"申请复核", []Stage{StageDossier, StageConfirmation}, bySchool, "", 0, appealReady, appeal, 0},
	AcceptResult:    {"认可考核结果", at(StageConfirmation), bySchool, TaskAppeal, 0, nil, acceptResult, 0},
	Exempt:          {"免考", open, byBureau, "", NeedLedger, terminateReady, exempt, paused},
	Terminate:       {"终止项目", open, byBureau, "", NeedLedger, terminateReady, terminate, paused},

	TakeBack:      {"收回", open, byOffice, "", NeedPrior, takeBackReady, takeBack, 0},
	ClaimTask:     {"认领", open, byHolder, "", 0, claimReady, claim, aimed | aside},
	ReleaseTask:   {"取消认领", open, byHolder, "", 0, releaseReady, release, aimed | aside},
	HandOver:      {"转办", open, byHolder, "", NeedHolder, handOverReady, handOver, aimed | aside},
	Extend:        {"延期", open, bySuperior, "", 0, extendReady, extend, aimed | aside},
	Urge:          {"催办", open, byParticipant, "", NeedUrges, urgeReady, urge, aimed | aside},
	Copy:          {"抄送", open, byParticipant, "", NeedReaders, nil, copyTo, aside | paused},
	Pause:         {"暂停", open, byOffice, "", 0, nil, pause, 0},
	Resume:        {"恢复", open, byOffice, "", 0, resumeReady, resume, paused},
	ReopenTeacher: {"为教师重开研修", at(StageAssessment), byReviewer, "", NeedTeacher, nil, reopenTeacher, 0},

	SystemRung:      {"到期提醒", open, bySystem, "", 0, nil, fireRung, aside | paused},
	SystemWindowEnd: {"研修窗口到期", at(StageTraining), bySystem, "", 0, nil, endWindow, 0},
	SystemRecompute: {"重算期限", open, bySystem, "", 0, nil, recompute, aside | paused},
	SystemCredited:  {"学时已认定", at(StageCrediting), bySystem, "", NeedLedger, nil, credited, 0},
	SystemMigrate:   {"迁移政策版本", open, bySystem, "", NeedTarget, nil, migrate, aside | paused},
}

func at(s ...Stage) []Stage { return s }

// Kinds lists the actions people can take, in the order of the lifecycle.
func Kinds() []Kind {
	return []Kind{
		SubmitTeam, ReturnTeam, SubmitDiagnosis, SubmitPlan, WithdrawPlan, ApprovePlan, ReturnPlan,
		FinishTraining, ReopenTraining, ConsentRoster, DeclineRoster, ChangeRoster, SubmitAssessment, SubmitDossier, AssignPanel, AcceptPanel,
		DeclinePanel, DeclareConflict, Recuse, SubmitScore, CloseScoring, ConfirmResult, ConfirmCredit,
		RegisterCredit, AppealResult, AcceptResult, TakeBack, ClaimTask, ReleaseTask, HandOver, Extend, Urge,
		Copy, Pause, Resume, ReopenTeacher, Exempt, Terminate,
	}
}

// Name is what users see for k.
func (k Kind) Name() string {
	if k == SystemOpen {
		return "项目开启"
	}
	return rules[k].name
}

// Human reports whether people, not the system, take action k.
func (k Kind) Human() bool {
	r, ok := rules[k]
	return ok && r.by != bySystem
}

// FactsFor says which facts a decision on k looks at.
func FactsFor(k Kind) Need { return rules[k].need }

// RolesFor lists the roles that can ever take action k on some case.
func RolesFor(k Kind) []Role {
	r, ok := rules[k]
	if !ok {
		return nil
	}
	return r.by.roles()
}
