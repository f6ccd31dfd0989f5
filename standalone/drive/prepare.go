package drive

import (
	"context"
	"net/http"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// FormTeam names the 信息化管理团队 of principal, administrator and first teacher, and
// hands it in.
func (s *School) FormTeam(ctx context.Context) error {
	team := gen.TeamDraft{Members: []gen.TeamMemberDraft{
		{UserId: s.principalID, Duty: domain.DutyPrincipal, Cio: true, SchoolLeader: true, Responsibility: "领衔规划与统筹"},
		{UserId: s.adminID, Duty: domain.DutyTeachingDirector, Responsibility: "组织校本研修"},
		{UserId: s.Teachers[0].ID, Duty: domain.DutyITBackbone, Responsibility: "技术支持与应用示范"},
	}}
	if err := put(ctx, s.Principal, http.MethodPut, s.path("/team"), team); err != nil {
		return err
	}
	return s.act(ctx, s.Principal, domain.SubmitTeam, gen.ActionRequest{})
}

// Diagnose writes the SWOT report and hands it in.
func (s *School) Diagnose(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	report := gen.DiagnosisDraft{
		Environment:   rules.Environments[0].Code,
		Strengths:     "班班有多媒体设备，骨干教师应用经验丰富。",
		Weaknesses:    "学科之间应用不平衡，缺少数据支持的学情诊断。",
		Opportunities: "本批次提供专家指导与研修资源。",
		Threats:       "教学任务重，研修时间难以保证。",
	}
	if err := put(ctx, s.Principal, http.MethodPut, s.path("/diagnosis"), report); err != nil {
		return err
	}
	return s.act(ctx, s.Principal, domain.SubmitDiagnosis, gen.ActionRequest{})
}

// Plan enters the roster unless it came in from a sheet, drafts the 两案 and submits them.
func (s *School) Plan(ctx context.Context) error {
	if err := s.enterRoster(ctx); err != nil {
		return err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	for _, part := range rules.PlanParts {
		if err := s.writePart(ctx, part, "依据诊断结果制定，分年度推进。"); err != nil {
			return err
		}
	}
	return s.SubmitPlan(ctx)
}

func (s *School) enterRoster(ctx context.Context) error {
	if s.enrolled {
		return nil
	}
	var roster gen.RosterRows
	for _, t := range s.Teachers {
		roster.Rows = append(roster.Rows, gen.RosterRowDraft{UserId: t.ID, Subject: "综合", FullTime: true, Status: domain.RosterActive})
	}
	return put(ctx, s.Admin, http.MethodPut, s.path("/roster"), roster)
}

func (s *School) writePart(ctx context.Context, part domain.PlanPart, text string) error {
	return put(ctx, s.Admin, http.MethodPut, s.path("/plan/%s", part.Code), gen.PlanPartDraft{Text: s.Name + part.Name + "：" + text})
}

// SubmitPlan hands in the draft as it stands.
func (s *School) SubmitPlan(ctx context.Context) error {
	plan, err := get[gen.Plan](ctx, s.Admin, s.path("/plan"), nil)
	if err != nil {
		return err
	}
	return s.act(ctx, s.Admin, domain.SubmitPlan, gen.ActionRequest{Draft: plan.Digest})
}

// WithdrawPlan takes the submitted plan back before anybody has reviewed it.
func (s *School) WithdrawPlan(ctx context.Context) error {
	return s.act(ctx, s.Admin, domain.WithdrawPlan, gen.ActionRequest{})
}

// ReturnPlan is the office sending the newest revision back for reasons.
func (s *School) ReturnPlan(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	return s.review(ctx, domain.ReturnPlan, gen.ActionRequest{
		To:      domain.StagePlanning,
		Reasons: []gen.Reason{{Part: rules.PlanParts[len(rules.PlanParts)-1].Code, Text: "考核细则缺少量化指标，请补充。"}},
	})
}

// MendPlan answers a return: the named part is rewritten and the plan submitted again.
func (s *School) MendPlan(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	if err := s.writePart(ctx, rules.PlanParts[len(rules.PlanParts)-1], "已补充量化的考核细则。"); err != nil {
		return err
	}
	return s.SubmitPlan(ctx)
}

// ApprovePlan is the office passing the newest revision, through every step of the chain.
func (s *School) ApprovePlan(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	for range rules.Filing.Chain {
		if err := s.review(ctx, domain.ApprovePlan, gen.ActionRequest{Comment: "材料齐备，同意备案。"}); err != nil {
			return err
		}
	}
	return nil
}

// review decides on the revision that is under review.
func (s *School) review(ctx context.Context, kind domain.Kind, body gen.ActionRequest) error {
	view, err := s.Unit.Office.Case(ctx, s.CaseID)
	if err != nil {
		return err
	}
	body.Revision = view.Revision
	return s.act(ctx, s.Unit.Office, kind, body)
}
