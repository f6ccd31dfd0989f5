package domain

import (
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of panel and scoring.
const (
	CodePanelSize        apperr.Code = "panel_size"
	CodeExpertUnknown    apperr.Code = "expert_unknown"
	CodeExpertSameSchool apperr.Code = "expert_same_school"
	CodeExpertRefused    apperr.Code = "expert_refused"
	CodeNotAccepted      apperr.Code = "invitation_not_accepted"
)

// staff asks the bureau for experts whenever fewer than the policy's minimum are left.
func (t *turn) staff() error {
	if t.active() >= t.f.Policy.Panel.Min {
		t.finish(TaskPanel, "")
		return nil
	}
	if _, asked := t.s.wait(TaskPanel, ""); asked {
		return nil
	}
	return t.open(TaskPanel, RoleBureau, t.s.SuperiorID, "")
}

func (t *turn) active() int {
	n := 0
	for _, m := range t.s.Panel {
		if m.Active() {
			n++
		}
	}
	return n
}

func (t *turn) member(id string) Member { return t.s.Panel[id] }

func (t *turn) setMember(id string, m Member) {
	if t.s.Panel == nil {
		t.s.Panel = map[string]Member{}
	}
	t.s.Panel[id] = m
}

// assignPanel invites experts in addition to those still on the panel, and may at the same
// time dismiss members who have not scored: the silent would otherwise hold their seats.
func assignPanel(t *turn) error {
	p := t.f.Policy.Panel
	added := slices.Compact(slices.Sorted(slices.Values(t.a.Body.Experts)))
	if len(added) != len(t.a.Body.Experts) || len(added)+len(t.a.Body.Dismiss) == 0 {
		return apperr.Field("experts", "请选择专家，且同一专家只能选一次。")
	}
	if err := t.dismiss(t.a.Body.Dismiss); err != nil {
		return err
	}
	for _, id := range added {
		if err := t.mayJoin(id); err != nil {
			return err
		}
	}
	if n := t.active() + len(added); n < p.Min || n > p.Max {
		return apperr.Newf(CodePanelSize, "考核专家组应为 %d 至 %d 人，按此安排将为 %d 人。", p.Min, p.Max, n).On("experts")
	}
	for _, id := range added {
		t.setMember(id, Member{Status: MemberInvited})
		if err := t.open(TaskInvitation, RoleExpert, t.s.SuperiorID, id); err != nil {
			return err
		}
	}
	if err := t.staff(); err != nil {
		return err
	}
	return t.concluded()
}

func (t *turn) dismiss(ids []string) error {
	if len(ids) > 0 && strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "更换专家的理由")
	}
	for _, id := range ids {
		m, was := t.s.Panel[id]
		if !was || !m.Active() || m.Status == MemberScored {
			return apperr.New(apperr.Conflict, "只能更换仍在专家组中、尚未提交打分的专家。").On("dismiss")
		}
		t.setMember(id, Member{Status: MemberDismissed, Note: t.a.Body.Comment})
		t.finish(TaskInvitation, id)
		t.finish(TaskScore, id)
	}
	return nil
}

func (t *turn) mayJoin(id string) error {
	f, known := t.f.Experts[id]
	switch m, was := t.s.Panel[id]; {
	case !known || !f.Expert || !f.Enabled:
		return apperr.New(CodeExpertUnknown, "所选人员不在本市考核专家库中，或账号已停用。").On("experts")
	case f.SameSchool:
		return apperr.New(CodeExpertSameSchool, "所选专家与被考核学校同校，应当回避，请另选。").On("experts")
	case was && m.Active():
		return apperr.New(apperr.Conflict, "所选专家已在专家组中。").On("experts")
	case was && m.Status != MemberDismissed:
		return apperr.New(CodeExpertRefused, "所选专家已谢绝或声明回避，请另选。").On("experts")
	}
	return nil
}

func acceptPanel(t *turn) error {
	id := t.a.Actor.UserID
	if t.member(id).Status != MemberInvited {
		return apperr.New(apperr.Conflict, "您已接受邀请，请继续提交回避声明。")
	}
	t.setMember(id, Member{Status: MemberAccepted})
	return nil
}

func declinePanel(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "谢绝的理由")
	}
	return t.leave(MemberDeclined)
}

func declareReady(t *turn) error {
	if t.member(t.a.Actor.UserID).Status != MemberAccepted {
		return apperr.New(CodeNotAccepted, "请先接受邀请，再提交回避声明。")
	}
	return nil
}

// declareConflict opens the materials to an expert without conflict, and takes one with a
// conflict off the panel before anything was shown.
func declareConflict(t *turn) error {
	if t.a.Body.Conflict {
		if strings.TrimSpace(t.a.Body.Comment) == "" {
			return required("comment", "应当回避的情形")
		}
		return t.leave(MemberConflicted)
	}
	id := t.a.Actor.UserID
	t.setMember(id, Member{Status: MemberReady})
	t.finish(TaskInvitation, id)
	if t.s.Stage != StageScoring {
		return nil
	}
	return t.open(TaskScore, RoleExpert, t.s.SuperiorID, id)
}

func (t *turn) leave(status MemberStatus) error {
	id := t.a.Actor.UserID
	t.setMember(id, Member{Status: status, Note: t.a.Body.Comment})
	t.finish(TaskInvitation, id)
	t.finish(TaskScore, id)
	if err := t.staff(); err != nil {
		return err
	}
	return t.concluded()
}

// recuseReady: an expert who learns of a conflict later may still leave, until the score is in.
func recuseReady(t *turn) error {
	if t.member(t.a.Actor.UserID).Status != MemberReady {
		return apperr.New(apperr.Conflict, "只有已声明无回避情形、尚未提交打分的专家可以申请回避。")
	}
	return nil
}

func recuse(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "应当回避的情形")
	}
	return t.leave(MemberConflicted)
}

// toScoring opens one score for every expert who is ready; a new round is scored afresh
// by the same panel.
func (t *turn) toScoring() error {
	t.enter(StageScoring)
	t.s.Score = nil
	for _, id := range t.s.Experts() {
		m := t.member(id)
		if m.Status != MemberReady && m.Status != MemberScored {
			continue
		}
		t.setMember(id, Member{Status: MemberReady})
		if err := t.open(TaskScore, RoleExpert, t.s.SuperiorID, id); err != nil {
			return err
		}
	}
	return t.staff()
}

// submitScore takes one expert's scores; the last of a full panel closes scoring.
func submitScore(t *turn) error {
	if err := CheckScores(t.f.Policy.Rubric, t.a.Body.Scores); err != nil {
		return err
	}
	id := t.a.Actor.UserID
	t.setMember(id, Member{Status: MemberScored, Total: Total(t.a.Body.Scores)})
	t.finish(TaskScore, id)
	return t.concluded()
}

// concluded moves on once a full panel has nobody left who has not scored.
func (t *turn) concluded() error {
	scored := len(t.totals())
	if t.s.Stage != StageScoring || scored < t.active() || scored < t.f.Policy.Panel.Min {
		return nil
	}
	return t.toConfirmation()
}

func (t *turn) totals() []Score {
	var totals []Score
	for _, id := range t.s.Experts() {
		if m := t.member(id); m.Status == MemberScored {
			totals = append(totals, m.Total)
		}
	}
	return totals
}

func closeScoringReady(t *turn) error {
	if n, least := len(t.totals()), t.f.Policy.Panel.Min; n < least {
		return apperr.Newf(CodePanelSize, "已提交打分的专家为 %d 人，少于要求的 %d 人，不能结束打分；可增补专家或催办。", n, least)
	}
	return nil
}

// closeScoring ends scoring without the experts who stayed silent.
func closeScoring(t *turn) error {
	for _, id := range t.s.Experts() {
		if m := t.member(id); m.Active() && m.Status != MemberScored {
			t.setMember(id, Member{Status: MemberDismissed, Note: t.a.Body.Comment})
			t.finish(TaskInvitation, id)
		}
	}
	return t.toConfirmation()
}
