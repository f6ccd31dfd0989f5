package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// plan notes when the present stage was to begin and to end, had every stage since the
// opening taken just what the pinned policy gives it, and training until the end of the
// cohort's study window: a school that ends its training early is ahead. Going back to a
// stage goes back in the plan: time lost shows as time behind. A plan that reaches into
// years without a calendar is none; it must never keep a case from going on.
func (c *Case) plan(s domain.State, p domain.Policy, days domain.Calendar, window time.Time) {
	c.PlanStart, c.PlanEnd, c.PlanAt = nil, nil, FarEnd
	if s.Closed() || days == nil {
		return
	}
	start, end := c.OpenedAt, c.OpenedAt
	for _, stage := range domain.Stages()[:s.Stage.No()] {
		start = end
		if stage == domain.StageTraining {
			if window.After(end) {
				end = window
			}
			continue
		}
		var err error
		if end, err = days.Due(start, p.Deadlines[stage].Days); err != nil {
			return
		}
	}
	c.PlanStart, c.PlanEnd, c.PlanAt = &start, &end, end
}

// BeforeSave gives a case that no event has planned yet its place in the order of plans.
func (c *Case) BeforeSave(*gorm.DB) error {
	if c.PlanAt.IsZero() {
		c.PlanAt = FarEnd
	}
	return nil
}

// PlanCases makes the plan of open cases that were last written before there were plans.
// Cases that an action reaches meanwhile make their own.
func (s *Store) PlanCases(ctx context.Context) error {
	for after := ""; ; {
		var rows []Case
		err := s.DB(ctx).Where("plan_at = ? AND id > ? AND stage <> ?", FarEnd, after, domain.StageClosed).
			Order("id").Limit(batchSize).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return fail(err, "list cases without plan")
		}
		for i := range rows {
			if err := s.planCase(s.DB(ctx), &rows[i]); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].ID
	}
}

func (s *Store) planCase(tx *gorm.DB, c *Case) error {
	state, err := c.Decode()
	if err != nil {
		return err
	}
	facts, err := s.facts(tx, c, 0, domain.Action{})
	if err != nil {
		return err
	}
	cohort, err := cohortOf(tx, c.CohortID)
	if err != nil {
		return err
	}
	c.plan(state, facts.Policy, facts.Calendar, cohort.WindowEnd)
	if c.PlanEnd == nil {
		return nil
	}
	change := map[string]any{"plan_start": c.PlanStart, "plan_end": c.PlanEnd, "plan_at": c.PlanAt}
	err = tx.Model(&Case{}).Where("id = ? AND seq = ?", c.ID, c.Seq).Updates(change).Error
	return fail(err, "keep plan of case")
}

// Behind tells how a case stands to its plan at a time: after is PlanEnd when that has
// passed, before is PlanStart when that is still to come; both are nil when the case is
// where it was to be.
func (c *Case) Behind(now time.Time) (after, before *time.Time) {
	switch {
	case c.PlanEnd == nil:
		return nil, nil
	case now.After(*c.PlanEnd):
		return c.PlanEnd, nil
	case now.Before(*c.PlanStart):
		return nil, c.PlanStart
	}
	return nil, nil
}
