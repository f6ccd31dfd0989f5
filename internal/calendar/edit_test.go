package calendar

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEdit_KeepsOtherYearsAndTellsTheDays(t *testing.T) {
	t.Parallel()
	base := Base()
	days := append(base.Days(2026), Day{"2026-09-10", Break, "台风停课"}, Day{"2026-09-11", Break, "台风停课"})
	doc, problems := base.Edit("GZ-2", []EditedYear{{Year: 2026, Source: base.Source(2026), Days: days}})
	require.Empty(t, problems)
	edited, err := Base().Overlay(doc)
	require.NoError(t, err)
	require.Equal(t, base.Years(), edited.Years())
	require.Equal(t, []DayChange{
		{"2026-09-10", Day{}, Day{"2026-09-10", Break, "台风停课"}}, {"2026-09-11", Day{}, Day{"2026-09-11", Break, "台风停课"}},
	}, Diff(base, edited))
	require.Equal(t, base.Provisional(2027), edited.Provisional(2027))
	again, problems := edited.Edit("GZ-3", nil)
	require.Empty(t, problems)
	same, err := Base().Overlay(again)
	require.NoError(t, err)
	require.Empty(t, Diff(edited, same))
	require.Equal(t, edited.Digest(), same.Digest())
}

func TestEdit_TellsEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, problems := Base().Edit("GZ-2", []EditedYear{
		{Year: 1999},
		{Year: 2026, Days: []Day{
			{"2026-02-30", Holiday, "春节"}, {"2027-01-01", Holiday, "元旦"}, {"2026-01-01", "rest", "元旦"}, {"2026-01-01", Holiday, "元旦"},
			{"2026-03-02", Workday, "调休上班"}, {"2026-09-10", Break, " "},
		}},
	})
	var fields []string
	for _, p := range problems {
		require.NotEmpty(t, p.Message)
		fields = append(fields, p.Field)
	}
	require.Equal(t, []string{
		"years[0].year", "years[1].days[0].date", "years[1].days[1].date", "years[1].days[2].kind", "years[1].days[3].date",
		"years[1].days[4].kind", "years[1].days[5].name",
	}, fields)
}
