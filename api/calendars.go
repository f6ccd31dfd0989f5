package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
)

// ListCalendars lists the stored calendars and, last, the built-in one.
func (s *server) ListCalendars(ctx context.Context, _ gen.ListCalendarsRequestObject) (gen.ListCalendarsResponseObject, error) {
	rows, err := s.store.Calendars(ctx)
	if err != nil {
		return nil, err
	}
	list := gen.ListCalendars200JSONResponse{Items: []gen.CalendarSummary{}}
	for _, r := range rows {
		c, err := s.store.CalendarOf(ctx, r.Version)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, gen.CalendarSummary{
			Version: r.Version, Years: yearsOf(c), Cohorts: r.Cohorts, Reason: r.Reason, CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy,
		})
	}
	n, err := s.store.CohortsByCalendar(ctx, "")
	base := calendar.Base()
	list.Items = append(list.Items, gen.CalendarSummary{Version: base.Version(), Builtin: true, Years: yearsOf(base), Cohorts: n})
	return list, err
}

func yearsOf(c *calendar.Calendar) []gen.CalendarYearSummary {
	return convert(c.Years(), func(y int) gen.CalendarYearSummary {
		return gen.CalendarYearSummary{Year: y, Provisional: c.Provisional(y), Source: c.Source(y)}
	})
}

// GetCalendar tells one year of a calendar: the days that are not ordinary.
func (s *server) GetCalendar(ctx context.Context, r gen.GetCalendarRequestObject) (gen.GetCalendarResponseObject, error) {
	version := r.Version
	if version == calendar.Base().Version() {
		version = ""
	}
	c, err := s.store.CalendarOf(ctx, version)
	if err != nil {
		return nil, err
	}
	year := r.Params.Year
	if year == 0 {
		year = calendar.YearOf(s.store.Now())
	}
	if !c.Knows(year) {
		return nil, apperr.Newf(apperr.NotFound, "该版本的工作日历没有%d年，请换一个年度，或由系统管理员补充。", year).On("year")
	}
	return gen.GetCalendar200JSONResponse{
		Version: r.Version, Year: year, Provisional: c.Provisional(year), Source: c.Source(year), Years: yearsOf(c),
		Days: convert(c.Days(year), func(d calendar.Day) gen.CalendarDay {
			return gen.CalendarDay{Date: d.Date, Kind: d.Kind, Name: d.Name, Working: d.Kind == calendar.Workday}
		}),
	}, nil
}
