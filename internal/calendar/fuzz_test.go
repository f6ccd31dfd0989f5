package calendar_test

import (
	"testing"
	"time"

	"zhengxiao/internal/calendar"
)

// No document makes a calendar that cannot be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"years":[{"year":2026,"days":[{"date":"2026-01-01","kind":"holiday","name":"元旦"}]}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		c, err := calendar.Parse(body)
		if err != nil {
			return
		}
		_, _ = c.Due(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 5)
	})
}
