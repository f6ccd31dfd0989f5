package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// A school taken out of its cohort gets no case; one that has a case can not be taken
// out, though its workflow may not run yet.
func TestOpenCase_AndRemovalExcludeEachOther(t *testing.T) {
	t.Parallel()
	w := lifecycle.New(t)
	stays, leaves := w.Another(t, "2"), w.Another(t, "3")
	require.NoError(t, w.Store.RemoveSchool(t.Context(), w.Cohort.ID, leaves.School.ID))
	_, err := w.Store.OpenCase(t.Context(), models.NewCase{CohortID: w.Cohort.ID, SchoolID: leaves.School.ID, WorkflowID: "w3", ActionID: "a3"})
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))

	stays.Open(t)
	err = w.Store.RemoveSchool(t.Context(), w.Cohort.ID, stays.School.ID)
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
	planned, err := w.Store.PlannedSchools(t.Context(), w.Cohort.ID, 10)
	require.NoError(t, err)
	require.Contains(t, planned, stays.School.ID, "its workflow is still to be started")
}
