package drive

import (
	"context"
	"fmt"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// InvitePanel has the bureau invite as many experts as the policy asks for.
func (s *School) InvitePanel(ctx context.Context) error {
	return s.staff(ctx)
}

// staff tops the panel up with experts who have not been asked yet.
func (s *School) staff(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	view, err := s.Unit.Bureau.Case(ctx, s.CaseID)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	active := 0
	for _, m := range view.Panel.Members {
		asked[m.UserId] = true
		if active++; gone(m.Status) {
			active--
		}
	}
	var invite []string
	for _, e := range s.bench() {
		if active+len(invite) < rules.Panel.Min && !asked[e.ID] {
			invite = append(invite, e.ID)
		}
	}
	if active+len(invite) < rules.Panel.Min {
		return fmt.Errorf("staff the panel of %s: only %d experts are left", s.Name, active+len(invite))
	}
	if len(invite) == 0 {
		return nil
	}
	return s.act(ctx, s.Unit.Bureau, domain.AssignPanel, gen.ActionRequest{Experts: invite})
}

func gone(m gen.PanelMemberStatus) bool {
	switch m {
	case gen.PanelMemberStatusDeclined, gen.PanelMemberStatusConflicted, gen.PanelMemberStatusDismissed:
		return true
	}
	return false
}

// bench is the city's experts, begun at a place of the school's own so that the work is
// spread.
func (s *School) bench() []Expert {
	all := s.Unit.city.Experts
	if len(all) == 0 {
		return nil
	}
	start := 0
	for _, r := range s.Code {
		start = (start*31 + int(r)) % len(all)
	}
	return append(slices.Clone(all[start:]), all[:start]...)
}

// panel lists the experts who stand in one of the statuses.
func (s *School) panel(ctx context.Context, statuses ...gen.PanelMemberStatus) ([]Expert, error) {
	view, err := s.Unit.Bureau.Case(ctx, s.CaseID)
	if err != nil {
		return nil, err
	}
	var list []Expert
	for _, m := range view.Panel.Members {
		i := slices.IndexFunc(s.Unit.city.Experts, func(e Expert) bool { return e.ID == m.UserId })
		if i >= 0 && slices.Contains(statuses, m.Status) {
			list = append(list, s.Unit.city.Experts[i])
		}
	}
	return list, nil
}

// SeatPanel has every invited expert accept and declare that there is no conflict.
func (s *School) SeatPanel(ctx context.Context) error {
	invited, err := s.panel(ctx, gen.PanelMemberStatusInvited, gen.PanelMemberStatusAccepted)
	if err != nil {
		return err
	}
	for _, e := range invited {
		if err := s.accept(ctx, e); err != nil {
			return err
		}
		if err := s.act(ctx, e.Session, domain.DeclareConflict, gen.ActionRequest{}); err != nil {
			return err
		}
	}
	return nil
}

// accept takes the invitation unless it was taken already.
func (s *School) accept(ctx context.Context, e Expert) error {
	waiting, err := s.panel(ctx, gen.PanelMemberStatusInvited)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(waiting, func(w Expert) bool { return w.ID == e.ID }) {
		return nil
	}
	return s.act(ctx, e.Session, domain.AcceptPanel, gen.ActionRequest{})
}

// Decline has one invited expert decline; the bureau invites another.
func (s *School) Decline(ctx context.Context) error {
	invited, err := s.panel(ctx, gen.PanelMemberStatusInvited)
	if err != nil || len(invited) == 0 {
		return err
	}
	if err := s.act(ctx, invited[0].Session, domain.DeclinePanel, gen.ActionRequest{Comment: "考核期间另有工作安排。"}); err != nil {
		return err
	}
	return s.staff(ctx)
}

// Recuse has one invited expert accept and declare a conflict; the bureau invites another.
func (s *School) Recuse(ctx context.Context) error {
	invited, err := s.panel(ctx, gen.PanelMemberStatusInvited)
	if err != nil || len(invited) == 0 {
		return err
	}
	if err := s.accept(ctx, invited[0]); err != nil {
		return err
	}
	recusal := gen.ActionRequest{Conflict: true, Comment: "近三年曾在该校任教。"}
	if err := s.act(ctx, invited[0].Session, domain.DeclareConflict, recusal); err != nil {
		return err
	}
	return s.staff(ctx)
}

// Score has every expert who is ready score.
func (s *School) Score(ctx context.Context) error { return s.score(ctx, 8) }

// ScoreLow is Score below the pass mark.
func (s *School) ScoreLow(ctx context.Context) error { return s.score(ctx, 5) }

func (s *School) score(ctx context.Context, tenths domain.Score) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	ready, err := s.panel(ctx, gen.PanelMemberStatusReady)
	if err != nil {
		return err
	}
	for _, e := range ready {
		sheet := gen.ActionRequest{Scores: scores(rules.Rubric, tenths), Notes: map[string]string{rules.Rubric.Indicators[0].Code: "依据材料酌情扣分。"}}
		if err := s.act(ctx, e.Session, domain.SubmitScore, sheet); err != nil {
			return err
		}
	}
	return nil
}

// ScorePartly has only the first ready expert score.
func (s *School) ScorePartly(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	ready, err := s.panel(ctx, gen.PanelMemberStatusReady)
	if err != nil || len(ready) == 0 {
		return err
	}
	return s.act(ctx, ready[0].Session, domain.SubmitScore, gen.ActionRequest{Scores: scores(rules.Rubric, 8)})
}
