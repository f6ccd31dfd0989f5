package domain

import (
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of team, diagnosis and planning. Team and environment checks bring codes of
// their own (team.go).
const (
	CodeDiagnosisIncomplete apperr.Code = "diagnosis_incomplete"
	CodePlanIncomplete      apperr.Code = "plan_incomplete"
)

func (t *turn) toTeam() error {
	t.enter(StageTeam)
	return t.open(TaskTeam, RolePrincipal, t.s.SchoolID, "")
}

func teamReady(t *turn) error { return CheckTeam(t.f.Policy.Team, t.f.Team) }

func submitTeam(t *turn) error {
	return t.onward(t.toDiagnosis)
}

// returnTeam sends the team back for reasons (002:25: the district guides and monitors
// team building). What was under way resumes when the team is handed in again.
func returnTeam(t *turn) error {
	if err := t.reasons(); err != nil {
		return err
	}
	t.returned()
	return t.toTeam()
}

func (t *turn) toDiagnosis() error {
	t.enter(StageDiagnosis)
	return t.open(TaskDiagnosis, RolePrincipal, t.s.SchoolID, "")
}

func diagnosisReady(t *turn) error {
	if err := CheckEnvironment(t.f.Policy.Environments, t.f.Diagnosis.Environment); err != nil {
		return err
	}
	if !t.f.Diagnosis.Complete {
		return apperr.New(CodeDiagnosisIncomplete, "诊断报告尚不完整：请填写优势、劣势、机会、威胁四部分，或上传诊断报告。")
	}
	return nil
}

func submitDiagnosis(t *turn) error {
	return t.onward(t.toPlanning)
}

func (t *turn) toPlanning() error {
	t.enter(StagePlanning)
	return t.open(TaskPlanning, RoleSchoolAdmin, t.s.SchoolID, "")
}

func planReady(t *turn) error {
	if len(t.f.Plan.Missing) > 0 {
		return apperr.Newf(CodePlanIncomplete, "两案尚不完整：缺少%s。", strings.Join(t.f.Plan.Missing, "、"))
	}
	return nil
}

// submitPlan freezes the draft as the next revision. Draft is the digest the school saw:
// somebody else's later edit must not be submitted unseen.
func submitPlan(t *turn) error {
	if t.a.Body.Draft != t.f.Plan.SHA256 {
		return apperr.New(apperr.Stale, "两案草稿已被修改，请刷新并核对后再提交。").On("draft")
	}
	t.s.Revision++
	return t.toFiling()
}

// returned remembers where to resume. When a step is returned while another return is
// being mended, that mending resumes first, and then goes back to whom it was to go.
func (t *turn) returned() {
	if t.s.Return == nil {
		t.s.Return = &Return{Stage: t.s.Stage, ChainPos: t.s.ChainPos, By: t.a.Actor.UserID}
		return
	}
	outer := *t.s.Return
	outer.Via = t.s.Stage
	t.s.Return = &outer
}

// onward leaves a mended step straight to whoever returned it, or else to next.
func (t *turn) onward(next func() error) error {
	if t.s.Return == nil {
		return next()
	}
	to := t.s.Return.Stage
	if t.s.Return.Via != "" {
		to = t.s.Return.Via
		outer := *t.s.Return
		outer.Via = ""
		t.s.Return = &outer
	} else if to != StageFiling {
		t.s.Return = nil
	}
	switch to {
	case StageFiling:
		return t.toFiling()
	case StagePlanning:
		return t.toPlanning()
	default:
		return t.toDiagnosis()
	}
}

// reasons refuses a return without a reason that its reader can act on.
func (t *turn) reasons() error {
	if len(t.a.Body.Reasons) == 0 {
		return required("reasons", "退回理由")
	}
	for _, r := range t.a.Body.Reasons {
		if strings.TrimSpace(r.Text) == "" {
			return required("reasons", "每一条退回理由")
		}
	}
	return nil
}
