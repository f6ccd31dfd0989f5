package domain

import "slices"

// Stage is where a case stands. A case moves forward through Stages in order; returns,
// withdrawals and rectification move it back (see the table in transitions.go).
type Stage string

// The stages, in order.
const (
	StageTeam         Stage = "team"         // 团队组建
	StageDiagnosis    Stage = "diagnosis"    // 诊断评估
	StagePlanning     Stage = "planning"     // 两案编制
	StageFiling       Stage = "filing"       // 审核备案
	StageTraining     Stage = "training"     // 校本研修
	StageAssessment   Stage = "assessment"   // 校本应用考核
	StageDossier      Stage = "dossier"      // 验收材料准备与自评
	StageScoring      Stage = "scoring"      // 专家打分
	StageConfirmation Stage = "confirmation" // 考核结果确认
	StageCrediting    Stage = "crediting"    // 学时认定与登记
	StageClosed       Stage = "closed"       // 办结
)

// Stages lists every stage in order.
func Stages() []Stage {
	return []Stage{
		StageTeam, StageDiagnosis, StagePlanning, StageFiling, StageTraining, StageAssessment,
		StageDossier, StageScoring, StageConfirmation, StageCrediting, StageClosed,
	}
}

var stageNames = map[Stage]string{
	StageTeam: "团队组建", StageDiagnosis: "诊断评估", StagePlanning: "两案编制", StageFiling: "审核备案",
	StageTraining: "校本研修", StageAssessment: "校本应用考核", StageDossier: "验收材料准备与自评",
	StageScoring: "专家打分", StageConfirmation: "考核结果确认", StageCrediting: "学时认定与登记", StageClosed: "办结",
}

// Name is what users see.
func (s Stage) Name() string { return stageNames[s] }

// Valid reports whether s is one of Stages.
func (s Stage) Valid() bool { _, ok := stageNames[s]; return ok }

// order is s's place in Stages, from 0.
func (s Stage) order() int {
	for i, v := range Stages() {
		if v == s {
			return i
		}
	}
	return -1
}

// No is s's place in Stages, from 1; 0 is no stage.
func (s Stage) No() int { return s.order() + 1 }

// Before reports whether s comes before t.
func (s Stage) Before(t Stage) bool { return s.order() < t.order() }

// Result is how a case ended, empty while it is open.
type Result string

// The results.
const (
	ResultPassed     Result = "passed"     // 通过
	ResultFailed     Result = "failed"     // 不通过
	ResultTerminated Result = "terminated" // 终止
	ResultExempt     Result = "exempt"     // 免考
)

// Role is what a person is in the programme, always together with an organisation.
type Role string

// The roles of design §1.
const (
	RoleTeacher     Role = "teacher"        // 教师
	RoleGroupLeader Role = "group_leader"   // 教研组组长
	RoleSchoolAdmin Role = "school_admin"   // 学校管理员
	RolePrincipal   Role = "principal"      // 校长 / 信息化管理团队 (CIO)
	RoleDistrict    Role = "district"       // 区工程办 / 区级教师发展中心
	RoleExpert      Role = "expert"         // 考核专家
	RoleBureau      Role = "bureau"         // 市/区教育局
	RoleCityOffice  Role = "city_office"    // 市工程办
	RoleInspector   Role = "inspector"      // 督学
	RoleAuditor     Role = "auditor"        // 评估中心
	RoleSysadmin    Role = "sysadmin"       // 系统管理员
	RoleSecurity    Role = "security_admin" // 安全管理员
	RoleAudit       Role = "audit_admin"    // 审计管理员
	RoleSystem      Role = "system"         // timers, crediting: never a person
)

var roleNames = map[Role]string{
	RoleTeacher: "教师", RoleGroupLeader: "教研组组长", RoleSchoolAdmin: "学校管理员", RolePrincipal: "校长",
	RoleDistrict: "区工程办", RoleExpert: "考核专家", RoleBureau: "教育局", RoleCityOffice: "市工程办",
	RoleInspector: "督学", RoleAuditor: "评估中心", RoleSysadmin: "系统管理员",
	RoleSecurity: "安全管理员", RoleAudit: "审计管理员", RoleSystem: "系统",
}

// Roles lists every role a person can hold.
func Roles() []Role {
	return []Role{
		RoleTeacher, RoleGroupLeader, RoleSchoolAdmin, RolePrincipal, RoleDistrict, RoleExpert,
		RoleBureau, RoleCityOffice, RoleInspector, RoleAuditor, RoleSysadmin, RoleSecurity, RoleAudit,
	}
}

// TriadRoles are 三员: who runs the system, who decides on accounts, who watches both.
// Nobody holds two of them (GB/T 22239: 权限分离).
func TriadRoles() []Role { return []Role{RoleSysadmin, RoleSecurity, RoleAudit} }

// Triad reports whether r is one of 三员.
func (r Role) Triad() bool { return slices.Contains(TriadRoles(), r) }

// Name is what users see.
func (r Role) Name() string { return roleNames[r] }

// Valid reports whether a person can hold r.
func (r Role) Valid() bool { return r != RoleSystem && roleNames[r] != "" }
