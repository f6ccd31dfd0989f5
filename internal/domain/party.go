package domain

import (
	"strconv"

	"zhengxiao/internal/apperr"
)

// party is a group of people seen from a case.
type party int

const (
	bySchool      party = iota // 学校管理员 or 校长 of the school
	bySchoolAdmin              // 学校管理员 (003:19: uploads and self-scores)
	byReviewer                 // 区工程办, or 市工程办 for a 局属 school
	byBureau                   // 教育局 of the superior organisation
	byExpert                   // a member of the panel, for himself
	byHolder                   // the office that the addressed task waits for
	byOffice                   // reviewer or 教育局 of the superior organisation
	bySuperior                 // byOffice, or a 市工程办 or 教育局 above it
	byParticipant              // the school, the offices above it, 督学
	bySystem
)

// allows checks role and organisation. That a 市工程办, a 教育局 or a 督学 of another
// organisation than the school's superior is one above it is for the caller to know: a
// case that is out of reach is not found at all.
func (r rule) allows(s State, a Action) error {
	if !r.by.includes(s, a) {
		return apperr.Newf(apperr.Forbidden, "您的身份（%s）不能对该项目执行“%s”；应由%s办理。", a.Actor.Role.Name(), r.name, r.by.name(s))
	}
	return nil
}

func (p party) includes(s State, act Action) bool {
	a := act.Actor
	school, superior := a.OrgID == s.SchoolID, a.OrgID == s.SuperiorID
	office := superior && (a.Role == s.Reviewer() || a.Role == RoleBureau)
	above := a.Role == RoleCityOffice || a.Role == RoleBureau
	switch p {
	case bySchool:
		return school && (a.Role == RoleSchoolAdmin || a.Role == RolePrincipal)
	case bySchoolAdmin:
		return school && a.Role == RoleSchoolAdmin
	case byReviewer:
		return superior && a.Role == s.Reviewer()
	case byBureau:
		return superior && a.Role == RoleBureau
	case byExpert:
		_, member := s.Panel[a.UserID]
		return member && a.Role == RoleExpert
	case byHolder:
		w, open := s.Waits[strconv.Itoa(act.Visit)]
		if !open {
			return office
		}
		return office && w.UserID == "" && w.Role == a.Role && w.OrgID == a.OrgID
	case byOffice:
		return office
	case bySuperior:
		return office || above
	case byParticipant:
		return bySchool.includes(s, act) || office || above || a.Role == RoleInspector
	default:
		return a.Role == RoleSystem
	}
}

// name names the party for messages.
func (p party) name(s State) string {
	switch p {
	case bySchool:
		return "本校学校管理员或校长"
	case bySchoolAdmin:
		return "本校学校管理员"
	case byReviewer:
		return s.Reviewer().Name()
	case byBureau:
		return "主管教育局"
	case byExpert:
		return "该项目的考核专家"
	case byHolder:
		return "该待办所属的科室"
	case byOffice:
		return s.Reviewer().Name() + "或主管教育局"
	case bySuperior:
		return s.Reviewer().Name() + "、主管教育局或上级部门"
	case byParticipant:
		return "本校、主管单位或督学"
	default:
		return "系统"
	}
}

// roles lists the roles that can belong to the party on some case.
func (p party) roles() []Role {
	switch p {
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
	case byHolder, byOffice, bySuperior:
		return []Role{RoleDistrict, RoleCityOffice, RoleBureau}
	case byParticipant:
		return []Role{RoleSchoolAdmin, RolePrincipal, RoleDistrict, RoleCityOffice, RoleBureau, RoleInspector}
	default:
		return []Role{RoleSystem}
	}
}
