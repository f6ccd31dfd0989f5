package domain

import (
	"fmt"

	"zhengxiao/internal/apperr"
)

// Codes of the gates.
const (
	CodeGateAClosed apperr.Code = "gate_a_closed" // not every teacher has passed 初审
	CodeGateBClosed apperr.Code = "gate_b_closed" // too few 专任教师 are 合格
)

// Gate is the reading of an entry condition, always computed from rows.
type Gate struct {
	Open      bool `json:"open"`
	Have      int  `json:"have"`
	Of        int  `json:"of"`
	Need      int  `json:"need"`      // the least Have that opens the gate; 0 when Of is 0
	Permyriad int  `json:"permyriad"` // Have/Of in hundredths of a percent, rounded half up; for display only
}

// GateA is 过程性材料初审 (003:449: 教师需全部通过). Teachers not yet reviewed count as
// not passed. Without teachers it is closed.
func GateA(passed, teachers int) Gate { return gate(passed, teachers, 1, 1) }

// GateB is 应用能力点测评: at least BNum/BDen of 专任教师 are 合格 (003:449: 95%以上,
// inclusive). The comparison is exact; the rounded percentage never decides. Without
// teachers it is closed.
func GateB(p GatesPolicy, qualified, fullTime int) Gate {
	return gate(qualified, fullTime, p.BNum, p.BDen)
}

// gate compares have/of with num/den. Counts that cannot be (negative, or more than all)
// leave it closed.
func gate(have, of, num, den int) Gate {
	g := Gate{Have: have, Of: of}
	if of <= 0 {
		return g
	}
	g.Need = (num*of + den - 1) / den
	g.Permyriad = (have*20000 + of) / (of * 2)
	g.Open = have >= 0 && have <= of && have*den >= num*of
	return g
}

// Text is the reading as users see it: 258/271(95.20%)达标.
func (g Gate) Text() string {
	if g.Of <= 0 {
		return "0/0未达标(没有教师)"
	}
	verdict := "未达标"
	if g.Open {
		verdict = "达标"
	}
	return fmt.Sprintf("%d/%d(%d.%02d%%)%s", g.Have, g.Of, g.Permyriad/100, g.Permyriad%100, verdict)
}

// RequireGateA is nil when gate A is open, otherwise what is missing.
func RequireGateA(g Gate) error {
	if g.Open {
		return nil
	}
	return apperr.Newf(CodeGateAClosed,
		"过程性材料初审%s：须全部教师通过，还差%d人。请完成初审后再提交。", g.Text(), g.Need-g.Have)
}

// RequireGateB is nil when gate B is open, otherwise what is missing.
func RequireGateB(g Gate) error {
	if g.Open {
		return nil
	}
	return apperr.Newf(CodeGateBClosed,
		"应用能力点测评%s：至少须%d名专任教师合格，还差%d人。请完成测评后再提交。", g.Text(), g.Need, g.Need-g.Have)
}
