package drive

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// Pass has the bureau confirm the result as passed.
func (s *School) Pass(ctx context.Context) error {
	return s.confirm(ctx, gen.ActionRequest{Verdict: domain.VerdictPass, Comment: "同意专家组意见。"})
}

// Fail has the bureau confirm the result as failed.
func (s *School) Fail(ctx context.Context) error {
	return s.confirm(ctx, gen.ActionRequest{Verdict: domain.VerdictFail, Comment: "平均分未达合格线。"})
}

// Rectify has the bureau ask for another round on two items.
func (s *School) Rectify(ctx context.Context) error {
	return s.confirm(ctx, gen.ActionRequest{Verdict: domain.VerdictRectify, Reasons: []gen.Reason{
		{Part: "11", Text: "测评结果分析缺少数据支撑，请补充。"},
		{Part: "13", Text: "资源库目录不完整，请更新。"},
	}})
}

func (s *School) confirm(ctx context.Context, body gen.ActionRequest) error {
	return s.act(ctx, s.Unit.Bureau, domain.ConfirmResult, body)
}

// AwaitCredit waits until the system has recognised every teacher's hours and the bureau
// is asked to audit them.
func (s *School) AwaitCredit(ctx context.Context) error {
	return s.c.await(ctx, "recognised hours", func() (bool, error) {
		view, err := s.Unit.Bureau.Case(ctx, s.CaseID)
		recognised := slices.ContainsFunc(view.Waits, func(w gen.Wait) bool { return w.Task == domain.TaskCreditConfirm })
		return recognised, err
	})
}

// ConfirmCredit has the bureau audit and confirm the recognised hours of all years.
func (s *School) ConfirmCredit(ctx context.Context) error {
	return s.act(ctx, s.Unit.Bureau, domain.ConfirmCredit, gen.ActionRequest{})
}

// RegisterCredit records the registry's receipt for all years and so closes the case.
func (s *School) RegisterCredit(ctx context.Context) error {
	return s.act(ctx, s.Unit.Bureau, domain.RegisterCredit, gen.ActionRequest{Receipt: "登记-" + s.Code})
}

// Terminate has the bureau end the case early.
func (s *School) Terminate(ctx context.Context) error {
	return s.act(ctx, s.Unit.Bureau, domain.Terminate, gen.ActionRequest{Comment: "学校合并，项目终止。"})
}
