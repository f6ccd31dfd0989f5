package drive

import (
	"context"
	"fmt"
)

// Run takes a school along a scenario, leg by leg. Its case must be open.
type Run struct {
	School   *School
	Scenario Scenario
	// Observe is told of every leg once it is done; it may be nil.
	Observe func(Leg)

	next int
}

// Left is how many legs are still to be taken.
func (r *Run) Left() int { return len(r.Scenario.Legs) - r.next }

// Step takes the next leg.
func (r *Run) Step(ctx context.Context) error {
	leg := r.Scenario.Legs[r.next]
	if err := leg.Do(r.School, ctx); err != nil {
		return fmt.Errorf("%s（%s）: %s: %w", r.School.Name, r.Scenario.Name, leg.Name, err)
	}
	r.next++
	if r.Observe != nil {
		r.Observe(leg)
	}
	return nil
}

// Finish takes every leg that is left and checks where the case ended.
func (r *Run) Finish(ctx context.Context) error {
	for r.Left() > 0 {
		if err := r.Step(ctx); err != nil {
			return err
		}
	}
	return r.Check(ctx)
}

// Check compares where the case stands with what the scenario promises.
func (r *Run) Check(ctx context.Context) error {
	if r.Scenario.Unopened() {
		return nil
	}
	view, err := r.School.Unit.Bureau.Case(ctx, r.School.CaseID)
	if err != nil {
		return err
	}
	if view.Stage != r.Scenario.Ends || view.Result != r.Scenario.Result {
		return fmt.Errorf("%s（%s）: the case stands in %s %s, not in %s %s",
			r.School.Name, r.Scenario.Name, view.Stage, view.Result, r.Scenario.Ends, r.Scenario.Result)
	}
	return nil
}
