package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

var _ domain.Calendar = (*calendar.Calendar)(nil)

var shanghai = time.FixedZone("CST", 8*3600)

// at reads "2006-01-02 15:04:05" or "2006-01-02" (noon) as Shanghai time.
func at(t *testing.T, s string) time.Time {
	t.Helper()
	if len(s) == len(time.DateOnly) {
		s += " 12:00:00"
	}
	v, err := time.ParseInLocation(time.DateTime, s, shanghai)
	require.NoError(t, err)
	return v
}

func TestBaseKnowsAnnouncedYearsAndMarksTheRestProvisional(t *testing.T) {
	t.Parallel()
	c := calendar.Base()
	require.Equal(t, []int{2023, 2024, 2025, 2026, 2027, 2028}, c.Years())
	for _, y := range c.Years() {
		require.Equal(t, y >= 2027, c.Provisional(y), "%d", y)
	}
	require.Equal(t, "CN-2023-2028", c.Version())
}

// The totals of the announced years follow from the notices: weekdays of the year, less
// holidays on weekdays, plus 调休 days.
func TestBaseWorkingDaysOfEachYear(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]int{2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		count := 0
		for d := time.Date(year, 1, 1, 12, 0, 0, 0, shanghai); d.Year() == year; d = d.AddDate(0, 0, 1) {
			working, err := calendar.Base().IsWorkingDay(d)
			require.NoError(t, err)
			if working {
				count++
			}
		}
		require.Equal(t, want, count, "%d", year)
	}
}

func TestBaseDays(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"2023-01-02": false, "2023-01-28": true, "2023-10-07": true, "2023-10-09": true,
		"2024-02-09": true, "2024-02-18": true, "2024-09-16": false, "2024-10-12": true,
		"2025-01-27": true, "2025-02-08": true, "2025-10-08": false, "2025-10-09": true,
		"2026-01-02": false, "2026-01-04": true, "2026-02-14": true, "2026-02-23": false,
		"2026-02-28": true, "2026-05-09": true, "2026-09-20": true, "2026-10-10": true, "2026-11-21": false,
		"2027-02-05": false, "2027-02-09": true, "2027-09-15": false, "2028-10-03": false,
	} {
		got, err := calendar.Base().IsWorkingDay(at(t, s))
		require.NoError(t, err)
		require.Equal(t, want, got, s)
	}
}

func TestDaysAreShanghaiDays(t *testing.T) {
	t.Parallel()
	c := calendar.Base()
	friday := time.Date(2026, 11, 20, 15, 59, 59, 0, time.UTC)
	got, err := c.IsWorkingDay(friday)
	require.NoError(t, err)
	require.True(t, got)
	got, err = c.IsWorkingDay(friday.Add(time.Second)) // Saturday 00:00 in Shanghai
	require.NoError(t, err)
	require.False(t, got)
}

func TestDueIsTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-20 09:00:00", 1, "2026-11-23 23:59:59"}, // Friday → Monday
		{"2026-11-21 00:00:00", 1, "2026-11-23 23:59:59"}, // Saturday → Monday
		{"2026-11-20 23:59:59", 5, "2026-11-27 23:59:59"},
		{"2026-09-30 10:00:00", 3, "2026-10-10 23:59:59"}, // over National Day, to a working Saturday
		{"2026-02-13 10:00:00", 1, "2026-02-14 23:59:59"},
		{"2026-02-14 10:00:00", 1, "2026-02-24 23:59:59"},
		{"2026-12-31 10:00:00", 1, "2027-01-04 23:59:59"},
		{"2026-11-21 08:00:00", 0, "2026-11-21 23:59:59"}, // 0 is the day itself, working or not
	} {
		due, err := calendar.Base().Due(at(t, c.from), c.n)
		require.NoError(t, err)
		require.Equal(t, at(t, c.want).UTC(), due, "%+v", c)
		require.Equal(t, time.UTC, due.Location())
	}
}

func TestBetweenCountsWholeDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2026-11-20 09:00:00", "2026-11-20 23:59:59", 0},
		{"2026-11-20 09:00:00", "2026-11-23 23:59:58", 0},
		{"2026-11-20 09:00:00", "2026-11-23 23:59:59", 1},
		{"2026-11-20 09:00:00", "2026-11-24 08:00:00", 1},
		{"2026-11-24 09:00:00", "2026-11-20 09:00:00", 0},
		{"2026-09-30 09:00:00", "2026-10-11 09:00:00", 3},
	} {
		got, err := calendar.Base().Between(at(t, c.a), at(t, c.b))
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%+v", c)
	}
}

func TestDueBeforeAndBetweenAgree(t *testing.T) {
	t.Parallel()
	c := calendar.Base()
	r := rand.New(rand.NewPCG(7, 11))
	start := time.Date(2023, 3, 1, 0, 0, 0, 0, shanghai)
	for range 3000 {
		from := start.Add(time.Duration(r.Int64N(4*365*24*3600)) * time.Second)
		n, k := 1+r.IntN(60), r.IntN(20)
		due, err := c.Due(from, n)
		require.NoError(t, err)
		require.True(t, due.After(from))
		working, err := c.IsWorkingDay(due)
		require.NoError(t, err)
		require.True(t, working, "a due date is a working day")

		elapsed, err := c.Between(from, due)
		require.NoError(t, err)
		require.Equal(t, n, elapsed)
		almost, err := c.Between(from, due.Add(-time.Second))
		require.NoError(t, err)
		require.Equal(t, n-1, almost)

		later, err := c.Due(from, n+k)
		require.NoError(t, err)
		direct, err := c.Due(due, k)
		require.NoError(t, err)
		require.Equal(t, later, direct, "n days and k more are n+k days")
		back, err := c.Before(later, k)
		require.NoError(t, err)
		require.Equal(t, due, back, "k days before is the way back")
	}
}

func TestBeforeKeepsTheTimeOfDay(t *testing.T) {
	t.Parallel()
	got, err := calendar.Base().Before(at(t, "2026-10-12 09:30:00"), 3)
	require.NoError(t, err)
	require.Equal(t, at(t, "2026-10-08 09:30:00").UTC(), got)
}

func TestMissingYearIsNamed(t *testing.T) {
	t.Parallel()
	c := calendar.Base()
	_, dueErr := c.Due(at(t, "2028-12-25"), 30)
	_, beforeErr := c.Before(at(t, "2023-01-03"), 5)
	_, betweenErr := c.Between(at(t, "2028-12-01"), at(t, "2029-02-01"))
	_, dayErr := c.IsWorkingDay(at(t, "2029-01-01"))
	for year, errs := range map[string][]error{"2029": {dueErr, betweenErr, dayErr}, "2022": {beforeErr}} {
		for _, err := range errs {
			require.True(t, apperr.Is(err, calendar.CodeYearMissing), "%v", err)
			require.Contains(t, apperr.MessageOf(err), year)
		}
	}
	_, err := new(calendar.Calendar).Due(at(t, "2026-01-05"), 1)
	require.True(t, apperr.Is(err, calendar.CodeYearMissing))
}

func TestNegativeDaysAreRefused(t *testing.T) {
	t.Parallel()
	_, err := calendar.Base().Due(at(t, "2026-01-05"), -1)
	require.True(t, apperr.Is(err, calendar.CodeDays))
	_, err = calendar.Base().Before(at(t, "2026-01-05"), -1)
	require.True(t, apperr.Is(err, calendar.CodeDays))
}

func TestOverlayAddsBreaksAndGivesDaysBack(t *testing.T) {
	t.Parallel()
	base := calendar.Base()
	c, err := base.Overlay([]byte(`{"version":"GZ-1","years":[{"year":2026,
		"breaks":[{"name":"寒假","from":"2026-01-31","to":"2026-03-01"},{"name":"台风停课","from":"2026-09-10","to":"2026-09-10"}]}]}`),
		[]byte(`{"version":"YX-1","years":[{"year":2026,"workdays":["2026-03-01","2026-02-27"]}]}`))
	require.NoError(t, err)
	require.Equal(t, "CN-2023-2028+GZ-1+YX-1", c.Version())
	for s, want := range map[string]bool{
		"2026-02-14": false, // 调休 falls into the break
		"2026-02-26": false, "2026-02-27": true, "2026-03-01": true, "2026-09-10": false, "2026-09-11": true,
	} {
		got, err := c.IsWorkingDay(at(t, s))
		require.NoError(t, err)
		require.Equal(t, want, got, s)
	}
	unchanged, err := base.IsWorkingDay(at(t, "2026-09-10"))
	require.NoError(t, err)
	require.True(t, unchanged, "an overlay makes a new calendar")
	require.NotEqual(t, base.Digest(), c.Digest())
}

func TestOverlayReplacesAProvisionalYearAndAddsANewOne(t *testing.T) {
	t.Parallel()
	c, err := calendar.Base().Overlay([]byte(`{"version":"CN-2027","years":[
		{"year":2027,"replace":true,"source":"通知","holidays":[{"name":"元旦","from":"2027-01-01","to":"2027-01-03"}],"workdays":["2027-01-09"]},
		{"year":2029,"replace":true,"provisional":true}]}`))
	require.NoError(t, err)
	require.False(t, c.Provisional(2027))
	require.True(t, c.Provisional(2029))
	for s, want := range map[string]bool{"2027-01-09": true, "2027-02-05": true, "2029-05-01": true} {
		got, err := c.IsWorkingDay(at(t, s))
		require.NoError(t, err)
		require.Equal(t, want, got, s)
	}
}

func TestDigestDependsOnTheDaysOnly(t *testing.T) {
	t.Parallel()
	parse := func(version, rest string) string {
		c, err := calendar.Parse(fmt.Appendf(nil, `{"version":%q,"years":[{"year":2030,"replace":true%s}]}`, version, rest))
		require.NoError(t, err)
		return c.Digest()
	}
	one := parse("a", `,"holidays":[{"name":"元旦","from":"2030-01-01","to":"2030-01-02"}]`)
	require.Len(t, one, 64)
	require.Equal(t, one, parse("b", `,"breaks":[{"name":"停课","from":"2030-01-02","to":"2030-01-02"}],"holidays":[{"name":"元旦","from":"2030-01-01","to":"2030-01-01"}]`))
	require.NotEqual(t, one, parse("a", `,"holidays":[{"name":"元旦","from":"2030-01-01","to":"2030-01-01"}]`))
	require.NotEqual(t, one, parse("a", ``))
}

func TestBadDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	year := func(body string) string { return `{"version":"x","years":[{"year":2030,"replace":true` + body + `}]}` }
	for name, c := range map[string]struct{ doc, field string }{
		"not JSON":              {`{`, ""},
		"trailing data":         {year("") + `{}`, ""},
		"unknown key":           {`{"version":"x","years":[],"extra":1}`, ""},
		"unknown nested key":    {year(`,"holiday":[]`), ""},
		"unknown span key":      {year(`,"breaks":[{"name":"寒假","from":"2030-01-01","until":"2030-01-02"}]`), ""},
		"no version":            {`{"years":[{"year":2030,"replace":true}]}`, "version"},
		"no years":              {`{"version":"x"}`, "years"},
		"year twice":            {`{"version":"x","years":[{"year":2030,"replace":true},{"year":2030}]}`, "years[1].year"},
		"absurd year":           {`{"version":"x","years":[{"year":20300,"replace":true}]}`, "years[0].year"},
		"provisional amendment": {`{"version":"x","years":[{"year":2030,"provisional":true}]}`, "years[0].provisional"},
		"no such date":          {year(`,"workdays":["2030-02-30"]`), "years[0].workdays[0]"},
		"out of year":           {year(`,"holidays":[{"name":"元旦","from":"2029-12-31","to":"2030-01-01"}]`), "years[0].holidays[0].from"},
		"reversed":              {year(`,"breaks":[{"name":"寒假","from":"2030-02-02","to":"2030-02-01"}]`), "years[0].breaks[0]"},
		"nameless":              {year(`,"breaks":[{"from":"2030-02-01","to":"2030-02-01"}]`), "years[0].breaks[0].name"},
		"duplicate holiday": {year(`,"holidays":[{"name":"甲","from":"2030-05-01","to":"2030-05-03"},{"name":"乙","from":"2030-05-03","to":"2030-05-04"}]`),
			"years[0].holidays[1]"},
		"duplicate workday":      {year(`,"workdays":["2030-01-05","2030-01-05"]`), "years[0].workdays[1]"},
		"workday and holiday":    {year(`,"holidays":[{"name":"甲","from":"2030-01-05","to":"2030-01-05"}],"workdays":["2030-01-05"]`), "years[0].workdays[0]"},
		"workday within a break": {year(`,"breaks":[{"name":"寒假","from":"2030-01-05","to":"2030-02-05"}],"workdays":["2030-01-12"]`), "years[0].workdays[0]"},
		"weekday as 调休":          {year(`,"workdays":["2030-01-07"]`), "years[0].workdays[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := calendar.Parse([]byte(c.doc))
			require.True(t, apperr.Is(err, calendar.CodeInvalid), "%v", err)
			require.Equal(t, c.field, apperr.FieldOf(err), "%v", err)
		})
	}
}

func TestAmendingAnUnknownYearIsRefused(t *testing.T) {
	t.Parallel()
	_, err := calendar.Base().Overlay([]byte(`{"version":"x","years":[{"year":2031,"workdays":["2031-01-04"]}]}`))
	require.True(t, apperr.Is(err, calendar.CodeYearMissing))
}

func TestDaysSayWhyTheyAreNotOrdinary(t *testing.T) {
	t.Parallel()
	c, err := calendar.Base().Overlay([]byte(`{"version":"GZ-1","years":[{"year":2026,"source":"教育局通知",
		"breaks":[{"name":"寒假","from":"2026-02-13","to":"2026-02-16"}],"workdays":["2026-02-28","2026-01-02"]}]}`))
	require.NoError(t, err)
	named := map[string]calendar.Day{}
	last := ""
	for _, d := range c.Days(2026) {
		require.Less(t, last, d.Date, "in order, each day once")
		last = d.Date
		named[d.Date] = d
	}
	for date, want := range map[string]calendar.Day{
		"2026-01-01": {Kind: calendar.Holiday, Name: "元旦"}, "2026-01-02": {Kind: calendar.Workday, Name: "调休上班"},
		"2026-02-13": {Kind: calendar.Break, Name: "寒假"}, "2026-02-15": {Kind: calendar.Break, Name: "寒假"},
		"2026-02-17": {Kind: calendar.Holiday, Name: "春节"}, "2026-01-04": {Kind: calendar.Workday, Name: "调休上班"},
	} {
		want.Date = date
		require.Equal(t, want, named[date])
	}
	require.NotContains(t, named, "2026-03-02", "an ordinary Monday")
	require.Equal(t, "国办发明电〔2025〕7号；教育局通知", c.Source(2026))
	require.True(t, c.Knows(2028))
	require.False(t, c.Knows(2031))
	require.Empty(t, c.Days(2031))
}
