package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/domain"
)

// dayCounter counts working days on the calendars of cohorts. A year that a calendar
// does not know counts as none and is logged: a list must not fail for it.
type dayCounter struct {
	s         *server
	ctx       context.Context //nolint:containedctx // lives as long as one request
	now       time.Time
	calendars map[string]domain.Calendar // by cohort
}

func (s *server) newDayCounter(ctx context.Context) *dayCounter {
	return &dayCounter{s: s, ctx: ctx, now: s.store.Now(), calendars: map[string]domain.Calendar{}}
}

// betweener is the part of package calendar that decisions do not need.
type betweener interface {
	Between(a, b time.Time) (int, error)
}

// of is the calendar of a cohort, found through one of its cases.
func (d *dayCounter) of(cohortID, caseID string) betweener {
	c, ok := d.calendars[cohortID]
	if !ok {
		facts, err := d.s.store.FactsFor(d.ctx, caseID, 0)
		if err != nil {
			d.s.log.ErrorContext(d.ctx, "load calendar", "case", caseID, "error", err)
		}
		c = facts.Calendar
		d.calendars[cohortID] = c
	}
	b, _ := c.(betweener)
	return b
}

// since is the number of whole working days from t until now.
func (d *dayCounter) since(cohortID, caseID string, t *time.Time) int {
	if t == nil {
		return 0
	}
	return d.between(cohortID, caseID, *t, d.now)
}

// until is the number of whole working days from now until t.
func (d *dayCounter) until(cohortID, caseID string, t *time.Time) int {
	if t == nil {
		return 0
	}
	return d.between(cohortID, caseID, d.now, *t)
}

func (d *dayCounter) between(cohortID, caseID string, from, to time.Time) int {
	c := d.of(cohortID, caseID)
	if c == nil {
		return 0
	}
	n, err := c.Between(from, to)
	if err != nil {
		d.s.log.WarnContext(d.ctx, "count working days", "case", caseID, "error", err)
	}
	return n
}

// maxPeople is how many holders of a role are named as responsible.
const maxPeople = 3

func people(names []string) string {
	if len(names) > maxPeople {
		return strings.Join(names[:maxPeople], "、") + "等"
	}
	return strings.Join(names, "、")
}

func unique[T comparable](list []T) []T {
	var kept []T
	for _, v := range list {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}
