package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// EachCase calls fn with every case, in pages, in the order of their ids.
func (s *Store) EachCase(ctx context.Context, fn func(Case) error) error {
	after := ""
	for {
		var page []Case
		if err := s.DB(ctx).Where("id > ?", after).Order("id").Limit(500).Find(&page).Error; err != nil {
			return fail(err, "list cases")
		}
		for _, c := range page {
			if err := fn(c); err != nil {
				return err
			}
			after = c.ID
		}
		if len(page) < 500 {
			return nil
		}
	}
}

// Place is what SQL knows of a school in a cohort.
type Place string

// The places.
const (
	PlaceNone    Place = "none"    // the cohort does not have the school
	PlacePlanned Place = "planned" // it has, but there is no case row
	PlaceCase    Place = "case"
)

// PlaceOf looks a school up in a cohort.
func (s *Store) PlaceOf(ctx context.Context, cohortID, schoolID string) (Place, error) {
	var row CohortSchool
	err := s.DB(ctx).Where("cohort_id = ? AND school_id = ?", cohortID, schoolID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PlaceNone, nil
	}
	if err != nil {
		return "", fail(err, "load school of cohort")
	}
	var n int64
	err = s.DB(ctx).Model(&Case{}).Where("cohort_id = ? AND school_id = ?", cohortID, schoolID).Count(&n).Error
	if n > 0 {
		return PlaceCase, fail(err, "look for case")
	}
	return PlacePlanned, fail(err, "look for case")
}
