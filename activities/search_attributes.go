package activities

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"zhengxiao/models"
)

// The search attributes by which operators find cases in the engine's own tools. They are
// readable to whoever reads the engine's database, so they hold codes and no personal data.
var (
	AttrCohort   = temporal.NewSearchAttributeKeyKeyword("ZxCohort")   // code of the cohort
	AttrDistrict = temporal.NewSearchAttributeKeyKeyword("ZxDistrict") // code of the district, or of the city of a 局属 school
	AttrSchool   = temporal.NewSearchAttributeKeyKeyword("ZxSchool")   // code of the school
	AttrStage    = temporal.NewSearchAttributeKeyKeyword("ZxStage")    // domain.Stage
)

// SearchAttributes lists what the engine's namespace must know.
func SearchAttributes() map[string]enums.IndexedValueType {
	all := map[string]enums.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{AttrCohort, AttrDistrict, AttrSchool, AttrStage} {
		all[key.GetName()] = key.GetValueType()
	}
	return all
}

// CaseAttributes are the search attributes that a case's workflow starts with.
func CaseAttributes(ctx context.Context, s *models.Store, c models.Case) (temporal.SearchAttributes, error) {
	cohort, err := s.Cohort(ctx, c.CohortID)
	if err != nil {
		return temporal.SearchAttributes{}, fmt.Errorf("load cohort: %w", err)
	}
	school, err := s.Org(ctx, c.SchoolID)
	if err != nil {
		return temporal.SearchAttributes{}, fmt.Errorf("load school: %w", err)
	}
	superior, err := s.Org(ctx, c.DistrictID)
	if err != nil {
		return temporal.SearchAttributes{}, fmt.Errorf("load superior of school: %w", err)
	}
	return temporal.NewSearchAttributes(
		AttrCohort.ValueSet(cohort.Code), AttrDistrict.ValueSet(superior.Code), AttrSchool.ValueSet(school.Code),
		AttrStage.ValueSet(string(c.Stage)),
	), nil
}
