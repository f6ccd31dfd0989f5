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
}

// party is a group of people seen from a case.
type party int

const (
	bySchool      party = iota // 学校管理员 or 校长 of the school
	bySchoolAdmin              // 学校管理员 (003:19: uploads and self-scores)
	byReviewer                 // 区工程办, or 市工程办 for a 局属 school
	byBureau                   // 教育局 of the superior organisation
	byExpert                   // a member of the panel, for himself
	bySystem
)

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
	SubmitTeam:      {"提交团队", at(StageTeam), bySchool, TaskTeam, NeedTeam, teamReady, submitTeam},
	ReturnTeam:      {"退回团队", drafting, byReviewer, "", 0, nil, returnTeam},
	SubmitDiagnosis: {"提交诊断", at(StageDiagnosis), bySchool, TaskDiagnosis, NeedDiagnosis, diagnosisReady, submitDiagnosis},
	SubmitPlan:      {"提交两案", at(StagePlanning), bySchool, TaskPlanning, NeedPlan, planReady, submitPlan},
	WithdrawPlan:    {"撤回", at(StageFiling), bySchool, "", 0, withdrawReady, withdrawPlan},
	ApprovePlan:     {"通过并备案", at(StageFiling), byReviewer, TaskFiling, NeedRoster | NeedWindow, nil, approvePlan},
	ReturnPlan:      {"退回", at(StageFiling), byReviewer, TaskFiling, 0, nil, returnPlan},
	FinishTraining:  {"结束研修", at(StageTraining), bySchool, TaskTraining, 0, nil, finishTraining},
	ReopenTraining:  {"重开研修窗口", at(StageAssessment), byReviewer, "", 0, nil, reopenTraining},

	ConsentRoster:    {"同意名册变更", studying, byReviewer, "", NeedRosterRequest, rosterReady, consentRoster},
	DeclineRoster:    {"不同意名册变更", studying, byReviewer, "", NeedRosterRequest, rosterReady, declineRoster},
	SubmitAssessment: {"提交考核结果", at(StageAssessment), bySchool, TaskAssessment, NeedGates, gatesReady, submitAssessment},
	SubmitDossier:    {"提交验收材料与自评", at(StageDossier), bySchoolAdmin, TaskDossier, NeedDossier, dossierReady, submitDossier},

	AssignPanel:     {"安排考核专家", staffing, byBureau, "", NeedExperts, nil, assignPanel},
	AcceptPanel:     {"接受邀请", staffing, byExpert, TaskInvitation, 0, nil, acceptPanel},
	DeclinePanel:    {"谢绝邀请", staffing, byExpert, TaskInvitation, 0, nil, declinePanel},
	DeclareConflict: {"回避声明", staffing, byExpert, TaskInvitation, 0, declareReady, declareConflict},
	Recuse:          {"申请回避", staffing, byExpert, "", 0, recuseReady, recuse},
	SubmitScore:     {"提交打分", at(StageScoring), byExpert, TaskScore, 0, nil, submitScore},
	CloseScoring:    {"结束打分", at(StageScoring), byBureau, "", 0, closeScoringReady, closeScoring},
	ConfirmResult:   {"确认考核结果", at(StageConfirmation), byBureau, TaskConfirmation, 0, nil, confirmResult},
	ConfirmCredit:   {"确认学时", at(StageCrediting), byBureau, TaskCreditConfirm, NeedLedger, nil, confirmCredit},
	RegisterCredit:  {"登记学时", at(StageCrediting), byBureau, TaskCreditRecord, NeedLedger, nil, registerCredit},
	Terminate:       {"终止项目", open, byBureau, "", NeedLedger, terminateReady, terminate},

	SystemRung:      {"到期提醒", open, bySystem, "", 0, nil, fireRung},
	SystemWindowEnd: {"研修窗口到期", at(StageTraining), bySystem, "", 0, nil, endWindow},
	SystemRecompute: {"重算期限", open, bySystem, "", 0, nil, recompute},
	SystemCredited:  {"学时已认定", at(StageCrediting), bySystem, "", NeedLedger, nil, credited},
	SystemMigrate:   {"迁移政策版本", open, bySystem, "", NeedTarget, nil, migrate},
}

func at(s ...Stage) []Stage { return s }

// Kinds lists the actions people can take, in the order of the lifecycle.
func Kinds() []Kind {
	return []Kind{
		SubmitTeam, ReturnTeam, SubmitDiagnosis, SubmitPlan, WithdrawPlan, ApprovePlan, ReturnPlan,
		FinishTraining, ReopenTraining, ConsentRoster, DeclineRoster, SubmitAssessment, SubmitDossier, AssignPanel, AcceptPanel,
		DeclinePanel, DeclareConflict, Recuse, SubmitScore, CloseScoring, ConfirmResult, ConfirmCredit,
		RegisterCredit, Terminate,
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
	switch r.by {
	case bySchool:
		return []Role{RoleSchoolAdmin, RolePrincipal}
	case bySchoolAdmin:
		return []Role{RoleSchoolAdmin}
	case byReviewer:
		return []Role{RoleDistrict, RoleCityOffice}
	case byBureau:
		return []Role{RoleBureau}
	case byExpert:
		return []Role{RoleExpert}
	default:
		return []Role{RoleSystem}
	}
}
