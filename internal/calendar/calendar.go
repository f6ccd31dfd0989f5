// Package calendar counts working days: Monday to Friday, less statutory holidays and
// school breaks, plus the weekend days that 调休 turns into working days. It is versioned
// apart from policy, and a year it does not know is an error, never a guess.
//
// All days are days in Asia/Shanghai; all instants it returns are in UTC. A deadline runs
// to the end of its day, 23:59:59 Shanghai time.
package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"zhengxiao/internal/apperr"
)

// Codes of calendar errors.
const (
	CodeYearMissing apperr.Code = "calendar_year_missing" // no calendar for a year that is asked about
	CodeInvalid     apperr.Code = "calendar_invalid"      // a calendar document breaks its rules
	CodeDays        apperr.Code = "calendar_days"         // a negative number of working days
)

// shanghai has had no daylight saving time since 1991, so a fixed zone needs no tzdata.
var shanghai = time.FixedZone("CST", 8*3600)

const secondsPerDay = 24 * 3600

// day is a calendar day in Shanghai, as the number of days since 1970-01-01.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.In(shanghai).Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// DayNumber is the Shanghai day of t as the number of days since 1970-01-01.
func DayNumber(t time.Time) int { return int(dayOf(t)) }

// DayStart is the first instant of the Shanghai day with that number.
func DayStart(n int) time.Time {
	y, m, d := day(n).date().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, shanghai).UTC()
}

// date is the day at 00:00 UTC, good for its year, weekday and name only.
func (d day) date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d day) weekend() bool {
	w := d.date().Weekday()
	return w == time.Saturday || w == time.Sunday
}

func (d day) String() string { return d.date().Format(time.DateOnly) }

// end is the last second of the day in Shanghai.
func (d day) end() time.Time {
	y, m, dd := d.date().Date()
	return time.Date(y, m, dd, 23, 59, 59, 0, shanghai).UTC()
}

// year holds the days of one year that a document speaks of.
type year struct {
	provisional bool
	sources     []string
	marked      map[day]mark
}

// Calendar is an immutable working-day calendar. The zero value knows no year.
type Calendar struct {
	version string
	years   map[int]year
}

// Version names the documents the calendar was made of, in order.
func (c *Calendar) Version() string { return c.version }

// Years lists the years the calendar knows, ascending.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Provisional reports whether the year has statutory holidays only, its 调休 not being
// announced yet.
func (c *Calendar) Provisional(y int) bool { return c.years[y].provisional }

// Digest is the hex sha256 of every day that differs from the plain week: calendars that
// count alike have the same digest, however they were put together.
func (c *Calendar) Digest() string {
	h := sha256.New()
	for _, n := range c.Years() {
		y := c.years[n]
		fmt.Fprintf(h, "%d\n", n)
		for _, d := range slices.Sorted(maps.Keys(y.marked)) {
			switch working := y.marked[d].kind == Workday; {
			case working && d.weekend():
				fmt.Fprintf(h, "+%s\n", d)
			case !working && !d.weekend():
				fmt.Fprintf(h, "-%s\n", d)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// IsWorkingDay reports whether the Shanghai day of t is a working day.
func (c *Calendar) IsWorkingDay(t time.Time) (bool, error) { return c.working(dayOf(t)) }

func (c *Calendar) working(d day) (bool, error) {
	n := d.date().Year()
	y, ok := c.years[n]
	if !ok {
		return false, yearMissing(n)
	}
	if m, ok := y.marked[d]; ok {
		return m.kind == Workday, nil
	}
	return !d.weekend(), nil
}

func yearMissing(n int) error {
	return apperr.Newf(CodeYearMissing, "没有%d年的工作日历，无法推算期限。请系统管理员补充该年度的日历后重试。", n)
}

// step is the n-th working day after d, or before it when dir is -1.
func (c *Calendar) step(d day, n int, dir day) (day, error) {
	if n < 0 {
		return 0, apperr.Newf(CodeDays, "工作日数不能是负数(%d)，请修改。", n)
	}
	for n > 0 {
		d += dir
		working, err := c.working(d)
		if err != nil {
			return 0, err
		}
		if working {
			n--
		}
	}
	return d, nil
}

// Due is the end (23:59:59) of the n-th working day after from's day; of from's own day
// when n is 0. Days before from's midnight never count, whatever the hour of from.
func (c *Calendar) Due(from time.Time, workingDays int) (time.Time, error) {
	d, err := c.step(dayOf(from), workingDays, 1)
	if err != nil {
		return time.Time{}, err
	}
	return d.end(), nil
}

// Before is the same time of day on the n-th working day before due's day; due itself
// when n is 0.
func (c *Calendar) Before(due time.Time, workingDays int) (time.Time, error) {
	from := dayOf(due)
	d, err := c.step(from, workingDays, -1)
	if err != nil {
		return time.Time{}, err
	}
	return due.UTC().AddDate(0, 0, int(d-from)), nil
}

// Between counts the whole working days that have passed from a to b: those after a's
// day that have ended by b. It is 0 when b is not after a. Between(a, Due(a, n)) is n.
func (c *Calendar) Between(a, b time.Time) (int, error) {
	last := dayOf(b)
	if b.Before(last.end()) {
		last--
	}
	count := 0
	for d := dayOf(a) + 1; d <= last; d++ {
		working, err := c.working(d)
		if err != nil {
			return 0, err
		}
		if working {
			count++
		}
	}
	return count, nil
}
