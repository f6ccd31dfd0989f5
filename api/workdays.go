package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/calendar"
	"zhengxiao/models"
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

// standing is how a case stands to its plan, zero when it has none.
func (d *dayCounter) standing(c *models.Case) gen.PlanStanding {
	if c.PlanEnd == nil {
		return gen.PlanStanding{}
	}
	v := gen.PlanStanding{
		Planned: d.between(c.CohortID, c.OpenedAt, *c.PlanEnd), Elapsed: d.between(c.CohortID, c.OpenedAt, d.now), End: *c.PlanEnd,
	}
	v.Percent = v.Elapsed * 100 / max(v.Planned, 1)
	after, before := c.Behind(d.now)
	v.Behind = d.since(c.CohortID, after) - d.until(c.CohortID, before)
	return v
}

// cutoffs are the instants since before which a case has waited for at least n working
// days, by its cohort's calendar; none for 0 days. Of cohorts whose calendar does not tell
// none has: that is logged, and the others are found all the same.
func (s *server) cutoffs(ctx context.Context, cohortID string, n int) ([]models.Cutoff, error) {
	if n == 0 {
		return nil, nil
	}
	cohorts, err := s.store.CohortCalendars(ctx)
	if err != nil {
		return nil, err
	}
	if cohortID != "" {
		cohorts = filter(cohorts, func(c models.CohortCalendar) bool { return c.ID == cohortID })
	}
	by := map[string][]string{} // version → cohorts
	for _, c := range cohorts {
		by[c.CalendarVersion] = append(by[c.CalendarVersion], c.ID)
	}
	list := []models.Cutoff{}
	for version, ids := range by {
		var before time.Time
		days, err := s.store.CalendarOf(ctx, version)
		if err == nil {
			before, err = waitingSince(days, s.store.Now(), n)
		}
		if err != nil {
			s.log.WarnContext(ctx, "count back working days", "calendar", version, "cohorts", len(ids), "error", err)
			continue
		}
		list = append(list, models.Cutoff{CohortIDs: ids, Before: before})
	}
	if len(by) == 1 && len(list) == 1 {
		list[0].CohortIDs = nil
	}
	return list, nil
}

// waitingSince is the instant before which a wait must have begun for n working days to
// have passed by now: the start of the n-th working day before today.
func waitingSince(days *calendar.Calendar, now time.Time, n int) (time.Time, error) {
	day := calendar.DayNumber(now)
	for n > 0 {
		day--
		working, err := days.IsWorkingDay(calendar.DayStart(day))
		if err != nil {
			return time.Time{}, err
		}
		if working {
			n--
		}
	}
	return calendar.DayStart(day), nil
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
