package api

import (
	"maps"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// durations says how many working days stays in each stage took: the day a case enters
// does not count, the day it leaves does. Equal stays come summed up, so that a city's
// whole history costs one query and some thousand additions.
func durations(spans []models.StageSpan, days *dayCounter) []gen.StageDuration {
	first, last := bounds(spans)
	calendars := map[string][]int{}
	stays := map[domain.Stage]map[int]int{} // stage → working days → stays
	for _, s := range spans {
		passed, ok := calendars[s.CohortID]
		if !ok {
			passed = days.passed(s.CohortID, first, last)
			calendars[s.CohortID] = passed
		}
		if passed == nil {
			continue
		}
		if stays[s.Stage] == nil {
			stays[s.Stage] = map[int]int{}
		}
		stays[s.Stage][passed[s.LeftDay-first]-passed[s.EnteredDay-first]] += s.Visits
	}
	list := []gen.StageDuration{}
	for _, st := range domain.Stages() {
		if h := stays[st]; h != nil {
			list = append(list, gen.StageDuration{
				Stage: st, StageName: st.Name(), Finished: total(h), Median: quantile(h, 1, 2), P90: quantile(h, 9, 10),
			})
		}
	}
	return list
}

func bounds(spans []models.StageSpan) (first, last int) {
	for i, s := range spans {
		if i == 0 {
			first, last = s.EnteredDay, s.LeftDay
		}
		first, last = min(first, s.EnteredDay), max(last, s.LeftDay)
	}
	return first, last
}

// passed counts, for each day from first to last, the working days after first up to and
// including it. It is nil when the calendar does not know them all.
func (d *dayCounter) passed(cohortID string, first, last int) []int {
	c := d.of(cohortID)
	if c == nil {
		return nil
	}
	counts := make([]int, 1, last-first+1)
	for day := first + 1; day <= last; day++ {
		working, err := c.IsWorkingDay(calendar.DayStart(day))
		if err != nil {
			d.s.log.WarnContext(d.ctx, "count working days", "cohort", cohortID, "error", err)
			return nil
		}
		n := counts[len(counts)-1]
		if working {
			n++
		}
		counts = append(counts, n)
	}
	return counts
}

func total(histogram map[int]int) int {
	n := 0
	for _, count := range histogram {
		n += count
	}
	return n
}

// quantile is the smallest value that at least num/den of the histogram do not exceed.
func quantile(histogram map[int]int, num, den int) int {
	need, seen := total(histogram)*num, 0
	for _, v := range slices.Sorted(maps.Keys(histogram)) {
		seen += histogram[v]
		if seen*den >= need {
			return v
		}
	}
	return 0
}
