package calendar

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind says why a day is not an ordinary day of the week.
type Kind string

// The kinds of days.
const (
	Holiday Kind = "holiday" // 节假日
	Break   Kind = "break"   // 寒暑假, 停课
	Workday Kind = "workday" // 调休上班, or a day of a break given back
)

// mark is what a document says of one day.
type mark struct {
	kind Kind
	name string
}

// Day is a day that a calendar speaks of. Date is YYYY-MM-DD in Shanghai.
type Day struct {
	Date string
	Kind Kind
	Name string
}

// Days lists the days of a year that the calendar speaks of, in order; weekends within a
// holiday are among them. It is empty for a year the calendar does not know.
func (c *Calendar) Days(y int) []Day {
	marked := c.years[y].marked
	days := make([]Day, 0, len(marked))
	for _, d := range slices.Sorted(maps.Keys(marked)) {
		days = append(days, Day{Date: d.String(), Kind: marked[d].kind, Name: marked[d].name})
	}
	return days
}

// Source names the announcements that a year was made of.
func (c *Calendar) Source(y int) string { return strings.Join(c.years[y].sources, "；") }

// Knows reports whether the calendar has a year.
func (c *Calendar) Knows(y int) bool {
	_, ok := c.years[y]
	return ok
}

// YearOf is the year in Shanghai at t.
func YearOf(t time.Time) int { return t.In(shanghai).Year() }
