package domain

import (
	"slices"

	"zhengxiao/internal/apperr"
)

// Codes of the team rules.
const (
	CodeTeamSize    apperr.Code = "team_size"           // too few or too many members
	CodeTeamMember  apperr.Code = "team_member"         // a person twice, or without an id or a known duty
	CodeTeamRoles   apperr.Code = "team_roles"          // a required duty is missing or held twice
	CodeTeamCIO     apperr.Code = "team_cio"            // not exactly one CIO, or one who is no school leader
	CodeEnvironment apperr.Code = "environment_unknown" // not one of the policy's environments
)

// Duty is what a member does in the 信息化管理团队.
type Duty string

// The duties (002:25).
const (
	DutyPrincipal        Duty = "principal"         // 校(园)长，领衔
	DutyVicePrincipal    Duty = "vice_principal"    // 副校(园)长
	DutyTeachingDirector Duty = "teaching_director" // 教学(教研)主任
	DutyITBackbone       Duty = "it_backbone"       // 信息技术骨干
	DutyMember           Duty = "member"            // 其他成员
)

var dutyNames = map[Duty]string{
	DutyPrincipal: "校(园)长", DutyVicePrincipal: "副校(园)长", DutyTeachingDirector: "教学(教研)主任",
	DutyITBackbone: "信息技术骨干", DutyMember: "成员",
}

// Name is what users see.
func (d Duty) Name() string { return dutyNames[d] }

// Valid reports whether d is one of the duties.
func (d Duty) Valid() bool { return dutyNames[d] != "" }

// TeamMember is one person of the 信息化管理团队.
type TeamMember struct {
	UserID       string `json:"user_id"`
	Duty         Duty   `json:"duty"`
	CIO          bool   `json:"cio"`           // 首席信息官
	SchoolLeader bool   `json:"school_leader"` // 校领导; a principal or vice principal always is
}

func (m TeamMember) leads() bool {
	return m.SchoolLeader || m.Duty == DutyPrincipal || m.Duty == DutyVicePrincipal
}

// CheckTeam applies 002:25 and 003:28: 3 to 5 people, led by the one principal, with a
// teaching director and an IT backbone, and one CIO who is a school leader.
func CheckTeam(p TeamPolicy, members []TeamMember) error {
	if n := len(members); n < p.Min || n > p.Max {
		return apperr.Newf(CodeTeamSize, "信息化管理团队须有%d至%d人，现有%d人，请增减成员。", p.Min, p.Max, n).On("members")
	}
	seen := map[string]bool{}
	duties := map[Duty]int{}
	var cios []TeamMember
	for _, m := range members {
		switch {
		case m.UserID == "":
			return apperr.New(CodeTeamMember, "有成员没有选择人员，请补充。").On("members")
		case seen[m.UserID]:
			return apperr.New(CodeTeamMember, "同一人在团队中出现了两次，请删除重复的成员。").On("members")
		case !m.Duty.Valid():
			return apperr.Newf(CodeTeamMember, "没有“%s”这种职责，请从列表中重新选择。", m.Duty).On("members")
		}
		seen[m.UserID] = true
		duties[m.Duty]++
		if m.CIO {
			cios = append(cios, m)
		}
	}
	return checkDuties(duties, cios)
}

func checkDuties(duties map[Duty]int, cios []TeamMember) error {
	switch {
	case duties[DutyPrincipal] != 1:
		return apperr.Newf(CodeTeamRoles, "团队须由一名校(园)长领衔，现有%d名，请修改成员职责。", duties[DutyPrincipal]).On("members")
	case duties[DutyTeachingDirector] == 0:
		return apperr.New(CodeTeamRoles, "团队中还没有教学(教研)主任，请补充。").On("members")
	case duties[DutyITBackbone] == 0:
		return apperr.New(CodeTeamRoles, "团队中还没有信息技术骨干，请补充。").On("members")
	case len(cios) != 1:
		return apperr.Newf(CodeTeamCIO, "须指定一名首席信息官(CIO)，现有%d名，请修改。", len(cios)).On("members")
	case !cios[0].leads():
		return apperr.New(CodeTeamCIO, "首席信息官(CIO)须由校领导担任，请改选校(园)长或副校(园)长。").On("members")
	}
	return nil
}

// CheckEnvironment accepts one of the policy's teaching environments (002:27).
func CheckEnvironment(environments []Choice, code string) error {
	if slices.ContainsFunc(environments, func(c Choice) bool { return c.Code == code }) {
		return nil
	}
	if code == "" {
		return apperr.New(CodeEnvironment, "请选择教学环境类型。").On("environment")
	}
	return apperr.Newf(CodeEnvironment, "没有“%s”这种教学环境类型，请从列表中选择。", code).On("environment")
}
