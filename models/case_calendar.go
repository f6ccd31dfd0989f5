package models

import (
	"strings"
	"sync"

	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// calendars keeps decoded calendars by version, which never change their meaning.
var calendars sync.Map

// calendar is the working-day calendar of that version; no version means the built-in one.
func (s *Store) calendar(tx *gorm.DB, version string) (domain.Calendar, error) {
	if version == "" {
		return calendar.Base(), nil
	}
	if c, ok := calendars.Load(version); ok {
		return c.(*calendar.Calendar), nil
	}
	var row CalendarRow
	if err := tx.Where("version = ?", version).Take(&row).Error; err != nil {
		return nil, found(err, "工作日历", "load calendar")
	}
	c, err := calendar.Base().Overlay([]byte(row.Body))
	if err != nil {
		return nil, err
	}
	calendars.Store(version, c)
	return c, nil
}

func cohortOf(tx *gorm.DB, id string) (Cohort, error) {
	var c Cohort
	return c, found(tx.Where("id = ?", id).Take(&c).Error, "批次", "load cohort")
}

// within reports whether the organisation at path lies below, or is, the one at above.
func within(path, above string) bool { return strings.HasPrefix(path, above) }
