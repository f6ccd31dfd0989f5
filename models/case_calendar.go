package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
)

// calendar is the working-day calendar of that version, whose meaning never changes; no
// version means the built-in one.
func (s *Store) calendar(tx *gorm.DB, version string) (*calendar.Calendar, error) {
	if version == "" {
		return calendar.Base(), nil
	}
	known, _ := s.calendars.Load(version)
	if c, ok := known.(*calendar.Calendar); ok {
		return c, nil
	}
	var row CalendarRow
	if err := tx.Where("version = ?", version).Take(&row).Error; err != nil {
		return nil, found(err, "工作日历", "load calendar")
	}
	c, err := calendar.Base().Overlay([]byte(row.Body))
	if err != nil {
		return nil, err
	}
	s.calendars.Store(version, c)
	return c, nil
}

// CalendarOf is the working-day calendar of that version, "" for the built-in one.
func (s *Store) CalendarOf(ctx context.Context, version string) (*calendar.Calendar, error) {
	return s.calendar(s.DB(ctx), version)
}

// WorkingDays is the working-day calendar of a cohort.
func (s *Store) WorkingDays(ctx context.Context, cohortID string) (*calendar.Calendar, error) {
	c, err := cohortOf(s.DB(ctx), cohortID)
	if err != nil {
		return nil, err
	}
	return s.calendar(s.DB(ctx), c.CalendarVersion)
}

func cohortOf(tx *gorm.DB, id string) (Cohort, error) {
	var c Cohort
	return c, found(tx.Where("id = ?", id).Take(&c).Error, "批次", "load cohort")
}

// within reports whether the organisation at path lies below, or is, the one at above.
func within(path, above string) bool { return strings.HasPrefix(path, above) }
