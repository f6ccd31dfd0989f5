package domain

import (
	"strings"

	"zhengxiao/internal/apperr"
)

// Answers of the reviewer to what the school asks to change on its frozen roster.
const (
	ConsentRoster Kind = "roster.consent"
	DeclineRoster Kind = "roster.decline"
)

// CodeRosterRequest is an answer to a request that does not wait for one.
const CodeRosterRequest apperr.Code = "roster_request"

// studying: the roster counts until the results of the teachers are handed in.
var studying = []Stage{StageTraining, StageAssessment}

// RosterFact is what waits for the reviewer's consent.
type RosterFact struct {
	Waiting  int  // requests of the case without an answer
	Open     bool // the one that the action answers is among them
	FullTime int  // 专任教师 on the roster if it takes effect
}

// rosterReady: there is something to answer.
func rosterReady(t *turn) error {
	if t.f.Roster.Waiting == 0 {
		return apperr.New(CodeRosterRequest, "没有等待答复的名册变更申请；由学校在名册页提出。")
	}
	return nil
}

// consentRoster lets the change take effect; the 专任 count that was filed follows it.
func consentRoster(t *turn) error {
	switch f := t.f.Roster; {
	case !f.Open:
		return rosterAnswered()
	case f.FullTime == 0:
		return apperr.New(CodeRosterEmpty, "变更后名册中没有在岗的专任教师，不能同意；请与学校核对。").On("request")
	}
	t.s.Teachers = t.f.Roster.FullTime
	return nil
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
