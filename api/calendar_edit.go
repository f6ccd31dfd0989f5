package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/models"
)

// storedVersion is the version as cohorts name it: the built-in calendar has none.
func storedVersion(version string) string {
	if version == calendar.Base().Version() {
		return ""
	}
	return version
}

// edited writes a draft out as a calendar, or says everything that is wrong with it.
func (s *server) edited(ctx context.Context, d gen.CalendarDraft) (base *calendar.Calendar, doc []byte, problems []*apperr.Error, err error) {
	base, err = s.store.CalendarOf(ctx, storedVersion(d.Base))
	if err != nil {
		return nil, nil, nil, err
	}
	doc, problems = base.Edit(d.Version, convert(d.Years, func(y gen.CalendarYearDraft) calendar.EditedYear {
		days := convert(y.Days, func(v gen.CalendarDayDraft) calendar.Day {
			return calendar.Day{Date: v.Date, Kind: calendar.Kind(v.Kind), Name: v.Name}
		})
		return calendar.EditedYear{Year: y.Year, Provisional: y.Provisional, Source: y.Source, Days: days}
	}))
	if d.Version == calendar.Base().Version() {
		problems = append(problems, apperr.Field("version", "这是内置日历的版本号，请另取一个。"))
	}
	return base, doc, problems, nil
}

// CheckCalendar judges a draft without storing anything.
func (s *server) CheckCalendar(ctx context.Context, r gen.CheckCalendarRequestObject) (gen.CheckCalendarResponseObject, error) {
	base, doc, problems, err := s.edited(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	check := gen.CalendarCheck{Valid: len(problems) == 0, Problems: problemsOf(problems), Changes: []gen.CalendarChange{}}
	if !check.Valid {
		return gen.CheckCalendar200JSONResponse(check), nil
	}
	next, err := calendar.Base().Overlay(doc)
	if err != nil {
		return nil, err
	}
	check.Changes = dayChanges(base, next)
	return gen.CheckCalendar200JSONResponse(check), nil
}

func dayChanges(from, to *calendar.Calendar) []gen.CalendarChange {
	return convert(calendar.Diff(from, to), func(c calendar.DayChange) gen.CalendarChange {
		return gen.CalendarChange{
			Date: c.Date, OldKind: string(c.Old.Kind), OldName: c.Old.Name, NewKind: string(c.New.Kind), NewName: c.New.Name,
		}
	})
}

// CreateCalendar stores a draft as a new version. No cohort counts by it until told so,
// save those drafted later.
func (s *server) CreateCalendar(ctx context.Context, r gen.CreateCalendarRequestObject) (gen.CreateCalendarResponseObject, error) {
	_, doc, problems, err := s.edited(ctx, gen.CalendarDraft{Base: r.Body.Base, Version: r.Body.Version, Years: r.Body.Years})
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems[0]
	}
	a := accessOf(ctx)
	row := models.CalendarRow{Version: r.Body.Version, Body: string(doc), Reason: r.Body.Reason, CreatedBy: a.user.ID}
	if err := s.store.AddCalendar(ctx, row); err != nil {
		return nil, err
	}
	c, err := s.store.CalendarOf(ctx, row.Version)
	if err != nil {
		return nil, err
	}
	return gen.CreateCalendar201JSONResponse{
		Version: row.Version, Years: yearsOf(c), Reason: row.Reason, CreatedAt: s.store.Now(), CreatedBy: a.user.Name,
	}, nil
}
