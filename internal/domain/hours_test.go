package domain

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// hours20 is the hour policy of 2.0, in tenths.
var hours20 = HoursPolicy{
	Target: 250, Cap: 250, Online: 250, Total: 500, OnlineChoice: 100,
	Kinds: []ActivityKind{
		{Code: "discussion", Name: "教学研讨", Fixed: true, Hours: 20},
		{Code: "assignment", Name: "研修作业", Fixed: true, Hours: 50},
		{Code: "observation", Name: "听课评课", Fixed: true, Hours: 50},
		{Code: "offline", Name: "线下活动", Hours: 100, Offline: true},
	},
}

// activities returns the hours of n activities of one kind.
func activities(t *testing.T, n int, kind string, requested Hours) []Hours {
	t.Helper()
	sums := make([]Hours, n)
	for i := range sums {
		h, err := ActivityHours(hours20, kind, requested)
		require.NoError(t, err)
		sums[i] = h
	}
	return sums
}

func TestTC02_FiveObservationsAreDone(t *testing.T) {
	t.Parallel()
	got := Recorded(hours20, activities(t, 5, "observation", 0)...)
	require.Equal(t, Hours(250), got)
	require.True(t, Done(hours20, got))
}

func TestTC03_ThirteenDiscussionsRecordTwentyFive(t *testing.T) {
	t.Parallel()
	sums := activities(t, 13, "discussion", 0)
	require.Equal(t, Hours(260), total(sums))
	require.Equal(t, Hours(250), Recorded(hours20, sums...))
}

func TestTC04_TwelveDiscussionsAreNotDone(t *testing.T) {
	t.Parallel()
	got := Recorded(hours20, activities(t, 12, "discussion", 0)...)
	require.Equal(t, Hours(240), got)
	require.False(t, Done(hours20, got))
}

func TestTC05_TwoOfflineAndOneAssignmentAreDone(t *testing.T) {
	t.Parallel()
	sums := append(activities(t, 2, "offline", 100), activities(t, 1, "assignment", 0)...)
	require.Equal(t, Hours(250), Recorded(hours20, sums...))
	require.True(t, Done(hours20, total(sums)))
}

func TestTC06_OfflineAboveTenIsRefused(t *testing.T) {
	t.Parallel()
	for _, h := range []Hours{105, 110, 101, 0, -10} {
		_, err := ActivityHours(hours20, "offline", h)
		require.True(t, apperr.Is(err, CodeHoursRange), "%s 学时: %v", h, err)
		require.Equal(t, "hours", apperr.FieldOf(err))
	}
	for _, h := range []Hours{1, 5, 100} {
		got, err := ActivityHours(hours20, "offline", h)
		require.NoError(t, err)
		require.Equal(t, h, got)
	}
}

func TestTC07_FixedHoursCannotBeChanged(t *testing.T) {
	t.Parallel()
	_, err := ActivityHours(hours20, "discussion", 30)
	require.True(t, apperr.Is(err, CodeHoursFixed))
	require.Contains(t, apperr.MessageOf(err), "教学研讨固定为2学时")
	got, err := ActivityHours(hours20, "discussion", 20)
	require.NoError(t, err, "repeating the fixed value is no change")
	require.Equal(t, Hours(20), got)
}

func TestActivityOfUnknownKindIsRefused(t *testing.T) {
	t.Parallel()
	_, err := ActivityHours(hours20, "lecture", 20)
	require.True(t, apperr.Is(err, CodeActivityKind))
}

func TestTC20_YearsAddUpToTheRecordedTotal(t *testing.T) {
	t.Parallel()
	got := ByYear(hours20, []YearHours{{2022, 100}, {2020, 100}, {2021, 20}, {2021, 80}, {2020, 20}})
	require.Equal(t, []YearHours{{2020, 120}, {2021, 100}, {2022, 30}}, got)
	require.Empty(t, ByYear(hours20, nil))
	require.Equal(t, []YearHours{{2020, 250}}, ByYear(hours20, []YearHours{{2020, 300}, {2021, 50}}),
		"a year that adds nothing is left out")
}

func TestByYearNeverChangesTheTotal(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 20))
	for range 2000 {
		entries := make([]YearHours, r.IntN(12))
		var sum Hours
		for i := range entries {
			entries[i] = YearHours{Year: 2020 + r.IntN(4), Hours: Hours(r.IntN(100))}
			sum += entries[i].Hours
		}
		got := ByYear(hours20, entries)
		var recorded Hours
		for i, y := range got {
			recorded += y.Hours
			require.Positive(t, y.Hours)
			require.True(t, i == 0 || got[i-1].Year < y.Year)
		}
		require.Equal(t, Recorded(hours20, sum), recorded, "%v", entries)
	}
}

func TestTC24_OnlineChoiceAboveTenIsRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, CheckOnlineChoice(hours20, 0, 100))
	require.NoError(t, CheckOnlineChoice(hours20, 60, 40))
	for _, c := range [][2]Hours{{0, 120}, {60, 45}, {100, 1}} {
		err := CheckOnlineChoice(hours20, c[0], c[1])
		require.True(t, apperr.Is(err, CodeOnlineChoiceCap), "%v", c)
	}
	require.True(t, apperr.Is(CheckOnlineChoice(hours20, 0, 0), CodeHoursRange))
}

func TestHoursAreWrittenWithoutTrailingZeros(t *testing.T) {
	t.Parallel()
	for h, want := range map[Hours]string{0: "0", 5: "0.5", 20: "2", 105: "10.5", 250: "25", -15: "-1.5"} {
		require.Equal(t, want, h.String())
	}
}
