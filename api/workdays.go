package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/calendar"
)

// dayCounter counts working days on the calendars of cohorts. A year that a calendar
// does not know counts as none and is logged: a list must not fail for it.
type dayCounter struct {
	s         *server
	ctx       context.Context //nolint:containedctx // lives as long as one request
	now       time.Time
	calendars map[string]*calendar.Calendar // by cohort
}

func (s *server) newDayCounter(ctx context.Context) *dayCounter {
	return &dayCounter{s: s, ctx: ctx, now: s.store.Now(), calendars: map[string]*calendar.Calendar{}}
}

// of is the calendar of a cohort, nil when it cannot be read.
func (d *dayCounter) of(cohortID string) *calendar.Calendar {
	c, ok := d.calendars[cohortID]
	if !ok {
		var err error
		if c, err = d.s.store.WorkingDays(d.ctx, cohortID); err != nil {
			d.s.log.ErrorContext(d.ctx, "load calendar", "cohort", cohortID, "error", err)
		}
		d.calendars[cohortID] = c
	}
	return c
}

// since is the number of whole working days from t until now.
func (d *dayCounter) since(cohortID string, t *time.Time) int {
	if t == nil {
		return 0
	}
	return d.between(cohortID, *t, d.now)
}

// until is the number of whole working days from now until t.
func (d *dayCounter) until(cohortID string, t *time.Time) int {
	if t == nil {
		return 0
	}
	return d.between(cohortID, d.now, *t)
}

func (d *dayCounter) between(cohortID string, from, to time.Time) int {
	c := d.of(cohortID)
	if c == nil {
		return 0
	}
	n, err := c.Between(from, to)
	if err != nil {
		d.s.log.WarnContext(d.ctx, "count working days", "cohort", cohortID, "error", err)
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
