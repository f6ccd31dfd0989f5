package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

func TestCalendarsAreListedWithTheDaysThatAreNotOrdinary(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	who := r.as(teacher.ID)
	base := calendar.Base().Version()
	list := ok[gen.CalendarList](who.get("/api/v1/calendars"), http.StatusOK)
	require.Len(t, list.Items, 1)
	require.Equal(t, []any{base, true, 1}, []any{list.Items[0].Version, list.Items[0].Builtin, list.Items[0].Cohorts})

	doc := `{"version":"GZ-1","years":[{"year":2026,"breaks":[{"name":"台风停课","from":"2026-09-10","to":"2026-09-10"}]}]}`
	require.NoError(t, w.Store.PutCalendar(t.Context(), "GZ-1", []byte(doc), teacher.ID))
	list = ok[gen.CalendarList](who.get("/api/v1/calendars"), http.StatusOK)
	require.Equal(t, []string{"GZ-1", base}, []string{list.Items[0].Version, list.Items[1].Version})
	require.Equal(t, []any{false, teacher.Name, 0}, []any{list.Items[0].Builtin, list.Items[0].CreatedBy, list.Items[0].Cohorts})

	year := ok[gen.CalendarYear](who.get("/api/v1/calendars/GZ-1"), http.StatusOK)
	require.Equal(t, []any{2026, false, "国办发明电〔2025〕7号"}, []any{year.Year, year.Provisional, year.Source}, "this year")
	require.Contains(t, year.Days, gen.CalendarDay{Date: "2026-09-10", Kind: calendar.Break, Name: "台风停课"})
	require.Contains(t, year.Days, gen.CalendarDay{Date: "2026-10-10", Kind: calendar.Workday, Name: "调休上班", Working: true})
	year = ok[gen.CalendarYear](who.get("/api/v1/calendars/"+base+"?year=2027"), http.StatusOK)
	require.True(t, year.Provisional)
	require.NotEmpty(t, year.Days)

	p := who.get("/api/v1/calendars/GZ-1?year=2031").refused(http.StatusNotFound, apperr.NotFound)
	require.Equal(t, "year", p.Field)
	who.get("/api/v1/calendars/none").refused(http.StatusNotFound, apperr.NotFound)
	who.get("/api/v1/calendars/GZ-1?year=20").refused(http.StatusUnprocessableEntity, apperr.Invalid)
}
