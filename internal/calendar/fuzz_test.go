package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
)

// No document makes a calendar that cannot be asked, and whatever it says, the ways of
// counting agree with each other.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":"a","years":[{"year":2026,"replace":true,"holidays":[{"name":"元旦","from":"2026-01-01","to":"2026-01-03"}],
		"workdays":["2026-01-04"],"breaks":[{"name":"寒假","from":"2026-02-01","to":"2026-02-28"}]}]}`), uint8(5))
	f.Add([]byte(`{"version":"a","years":[{"year":2026,"replace":true},{"year":2027,"replace":true,"provisional":true}]}`), uint8(255))
	f.Add([]byte(`{"years":[{"year":2026,"days":[{"date":"2026-01-01","kind":"holiday","name":"元旦"}]}]}`), uint8(0))
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		c, err := calendar.Parse(body)
		if err != nil {
			require.Contains(t, []apperr.Code{calendar.CodeInvalid, calendar.CodeYearMissing}, apperr.CodeOf(err))
			return
		}
		again, err := calendar.Parse(body)
		require.NoError(t, err)
		require.Equal(t, c.Digest(), again.Digest())
		for _, y := range c.Years() {
			counts(t, c, time.Date(y, 3, 1, 4, 0, 0, 0, time.UTC), int(n))
		}
	})
}

func counts(t *testing.T, c *calendar.Calendar, from time.Time, n int) {
	t.Helper()
	due, err := c.Due(from, n)
	if err != nil {
		require.Equal(t, calendar.CodeYearMissing, apperr.CodeOf(err), "the days of the known years are used up")
		return
	}
	require.False(t, due.Before(from))
	passed, err := c.Between(from, due)
	require.NoError(t, err)
	require.Equal(t, n, passed)
	if n > 0 {
		working, err := c.IsWorkingDay(due)
		require.NoError(t, err)
		require.True(t, working)
	}
}

// What amends the embedded calendar leaves it as it was.
func FuzzOverlay(f *testing.F) {
	f.Add([]byte(`{"version":"b","years":[{"year":2026,"breaks":[{"name":"停课","from":"2026-03-01","to":"2026-03-07"}]}]}`))
	f.Add([]byte(`{"version":"b","years":[{"year":2026,"workdays":["2026-10-01"]}]}`))
	before := calendar.Base().Digest()
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := calendar.Base().Overlay(body)
		require.Equal(t, before, calendar.Base().Digest())
		if err != nil {
			require.Contains(t, []apperr.Code{calendar.CodeInvalid, calendar.CodeYearMissing}, apperr.CodeOf(err))
			return
		}
		for _, y := range calendar.Base().Years() {
			counts(t, c, time.Date(y, 3, 1, 4, 0, 0, 0, time.UTC), 20)
		}
	})
}
