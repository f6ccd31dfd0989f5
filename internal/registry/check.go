package registry

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
)

// Problem is why the registry would refuse a record, found before it is sent.
type Problem string

// The problems.
const (
	ProblemNoID      Problem = "no_id"      // 缺身份证号
	ProblemBadID     Problem = "bad_id"     // 身份证号不正确
	ProblemName      Problem = "name"       // 姓名不一致
	ProblemBadName   Problem = "bad_name"   // 姓名含有登记系统不接受的字符
	ProblemDuplicate Problem = "duplicate"  // 同一年度已登记
	ProblemHours     Problem = "hours"      // 学时不大于0
	ProblemCap       Problem = "cap"        // 超过年度上限
	ProblemLeft      Problem = "left"       // 教师已离开
	ProblemNoOrgCode Problem = "no_org"     // 学校代码缺失
	ProblemOrgCode   Problem = "org_code"   // 学校代码格式不符
	ProblemNoProject Problem = "no_project" // 项目编号未设置
	ProblemFuture    Problem = "future"     // 年度不在可登记范围
)

// Fix says what a problem is and what to do about it.
type Fix struct{ Title, Why, How string }

var fixes = map[Problem]Fix{
	ProblemNoID:      {"缺身份证号", "登记系统按身份证号认人，而该教师的身份证号没有填写，或已无法读取。", "请学校管理员在“用户”中补填该教师的身份证号后重新检查。"},
	ProblemBadID:     {"身份证号不正确", "身份证号应为18位，日期和校验码有效。", "请学校管理员核对并改正身份证号后重新检查。"},
	ProblemName:      {"姓名不一致", "项目名册中的姓名与账号姓名不同，登记系统会按“姓名与身份证号不符”退回。", "请学校管理员核对身份证件，把账号姓名改为一致后重新检查。"},
	ProblemBadName:   {"姓名不合规", "姓名中有空格、数字或控制字符，登记系统不接受。", "请学校管理员改正账号姓名后重新检查。"},
	ProblemDuplicate: {"同一年度已登记", "同一身份证号在本年度已有另一条登记或正在报送。", "请核对该教师是否在两个项目中重复认定；属于重复的请冲正其中一条。"},
	ProblemHours:     {"学时不正确", "登记的学时必须大于0。", "请核对学时台账。"},
	ProblemCap:       {"超过年度上限", "该教师本年度的学时之和超过登记系统的上限。", "请核对跨项目的学时，或由管理员核实并调整登记设置中的年度上限。"},
	ProblemLeft:      {"教师已离开", "该教师在项目名册中已不在岗。", "请与学校核实；确应登记的，由工程办变更名册后重新检查。"},
	ProblemNoOrgCode: {"缺学校代码", "登记系统按学校代码归属学时。", "请管理员在“机构”中补填学校代码后重新检查。"},
	ProblemOrgCode:   {"学校代码格式不符", "学校代码不符合登记设置中要求的格式。", "请管理员核对学校代码，或调整登记设置中的代码格式。"},
	ProblemNoProject: {"缺项目编号", "登记设置中没有填写登记系统给本项目的编号。", "请管理员在登记设置中填写项目编号后重新检查。"},
	ProblemFuture:    {"年度不可登记", "该年度不在登记设置允许的年度范围内。", "请核对年度，或由管理员调整登记设置中的年度范围。"},
}

// Fix says what the problem is and what to do about it.
func (p Problem) Fix() Fix { return fixes[p] }

// Problems lists every problem.
func Problems() []Problem {
	return []Problem{
		ProblemNoID, ProblemBadID, ProblemName, ProblemBadName, ProblemDuplicate, ProblemHours, ProblemCap, ProblemLeft,
		ProblemNoOrgCode, ProblemOrgCode, ProblemNoProject, ProblemFuture,
	}
}

// Candidate is what is known of a record's teacher when it is about to be sent.
type Candidate struct {
	Record

	IDNumber   string // open; never stored with the record
	Name       string // of the account
	RosterName string // as the roster was frozen
	Left       bool   // no longer on the roster
	OrgCode    string

	// Of the same person in the same year, in other cases: what is booked or on its way.
	Elsewhere      domain.Hours
	ElsewhereLines int
}

// Rules are what a registry asks for.
type Rules struct {
	Project     string         // its number for the project
	OrgCode     *regexp.Regexp // nil: any
	YearCap     domain.Hours   // per person and year, 0: none
	OnePerYear  bool           // one line a person and year, whatever the case
	FirstYear   int            // 0: any
	LastYear    int            // 0: any
	LeftAllowed bool           // teachers who left are registered all the same
}

// Check says what the registry would refuse the record for, nil when nothing. A reversal
// has to name what was booked, whatever became of the teacher since: only what identifies
// it is looked at.
func Check(r Rules, c Candidate) []Problem {
	var found []Problem
	note := func(bad bool, p Problem) {
		if bad {
			found = append(found, p)
		}
	}
	id := secret.NormalizeID(c.IDNumber)
	note(id == "", ProblemNoID)
	note(id != "" && !secret.ValidID(id), ProblemBadID)
	note(c.OrgCode == "", ProblemNoOrgCode)
	note(r.Project == "", ProblemNoProject)
	if c.Reverses != "" {
		return found
	}
	note(!validName(c.Name), ProblemBadName)
	note(c.Name != c.RosterName, ProblemName)
	note(c.OrgCode != "" && r.OrgCode != nil && !r.OrgCode.MatchString(c.OrgCode), ProblemOrgCode)
	note(c.Hours <= 0, ProblemHours)
	note(r.OnePerYear && c.ElsewhereLines > 0, ProblemDuplicate)
	note(r.YearCap > 0 && c.Hours+c.Elsewhere > r.YearCap, ProblemCap)
	note(c.Left && !r.LeftAllowed, ProblemLeft)
	note((r.FirstYear != 0 && c.Year < r.FirstYear) || (r.LastYear != 0 && c.Year > r.LastYear), ProblemFuture)
	return found
}

// validName allows letters, the middle dot of minority names, and single spaces between
// words of Latin names.
func validName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > 64 || strings.TrimSpace(name) != name {
		return false
	}
	return nameShape.MatchString(name)
}

var nameShape = regexp.MustCompile(`^[\p{L}\p{M}]+([·•.' -][\p{L}\p{M}]+)*$`)
