package domain

import (
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// A frozen roster changes by a decision of the reviewer only: his answer to what the school
// asks for, or what he has learned himself.
const (
	ConsentRoster Kind = "roster.consent"
	DeclineRoster Kind = "roster.decline"
	ChangeRoster  Kind = "roster.change"
)

// Refusals of a change of the frozen roster.
const (
	CodeRosterRequest apperr.Code = "roster_request" // an answer to a request that does not wait for one
	CodeRosterAsked   apperr.Code = "roster_asked"   // the school's own request waits
	CodeRosterLeader  apperr.Code = "roster_leader"  // a group would be without its leader
)

// RosterStatus says whether a teacher still takes part.
type RosterStatus string

// The roster statuses.
const (
	RosterActive      RosterStatus = "active"
	RosterLeave       RosterStatus = "leave"
	RosterRetired     RosterStatus = "retired"
	RosterTransferred RosterStatus = "transferred"
)

// Check refuses a status that does not exist.
func (r RosterStatus) Check(field string) error {
	if !slices.Contains([]RosterStatus{RosterActive, RosterLeave, RosterRetired, RosterTransferred}, r) {
		return apperr.Newf(apperr.Invalid, "没有“%s”这种在岗状态，请从列表中选择。", r).On(field)
	}
	return nil
}

// studying: the roster counts until the results of the teachers are handed in.
var studying = []Stage{StageTraining, StageAssessment}

// RosterFact is what is to be changed on the frozen roster: what a request asks for, or the
// status of one teacher.
type RosterFact struct {
	Waiting  int          // requests of the case without an answer
	Open     bool         // the one that the action answers is among them
	Listed   bool         // roster.change: the teacher is on the roster
	Asked    bool         // roster.change: a request about the teacher waits
	Was      RosterStatus // roster.change: of the teacher
	Next     RosterStatus // of the teacher once it takes effect
	Leads    bool         // the teacher leads a group
	FullTime int          // 专任教师 on the roster once it takes effect
}

// leaderless: nobody who leads a group leaves.
func (f RosterFact) leaderless() bool { return f.Leads && f.Next != RosterActive }

// rosterReady: there is something to answer.
func rosterReady(t *turn) error {
	if t.f.Roster.Waiting == 0 {
		return apperr.New(CodeRosterRequest, "没有等待答复的名册变更申请；由学校在名册页提出。")
	}
	return nil
}

// consentRoster lets the change take effect; the 专任 count that was filed follows it.
func consentRoster(t *turn) error {
	if !t.f.Roster.Open {
		return rosterAnswered()
	}
	return t.takeRoster("request")
}

func declineRoster(t *turn) error {
	switch {
	case !t.f.Roster.Open:
		return rosterAnswered()
	case strings.TrimSpace(t.a.Body.Comment) == "":
		return required("comment", "不同意的理由")
	}
	return nil
}

func rosterAnswered() error {
	return apperr.New(CodeRosterRequest, "该申请已答复或已撤回，请刷新后查看。").On("request")
}

// changeRoster is the reviewer saying himself that a teacher left or is back.
func changeRoster(t *turn) error {
	if err := t.a.Body.RosterStatus.Check("roster_status"); err != nil {
		return err
	}
	switch f := t.f.Roster; {
	case !f.Listed:
		return apperr.Field("user", "请选择本项目教师名册中的教师；增加教师由学校提出申请。")
	case strings.TrimSpace(t.a.Body.Comment) == "":
		return required("comment", "变更在岗状态的理由")
	case f.Asked:
		return apperr.New(CodeRosterAsked, "学校已就该教师提出变更申请，请直接答复该申请。").On("user")
	case f.Was == f.Next:
		return apperr.New(apperr.Conflict, "该教师已经是这个在岗状态，无需变更。").On("roster_status")
	}
	return t.takeRoster("user")
}

// takeRoster has the filed count follow the roster, which is not to lose a group's leader
// or all of its 专任教师.
func (t *turn) takeRoster(field string) error {
	switch f := t.f.Roster; {
	case f.leaderless():
		return apperr.New(CodeRosterLeader, "该教师是教研组组长，请学校先更换组长，再变更名册。").On(field)
	case f.FullTime == 0:
		return apperr.New(CodeRosterEmpty, "变更后名册中没有在岗的专任教师，不能变更；请与学校核对。").On(field)
	}
	t.s.Teachers = t.f.Roster.FullTime
	return nil
}
