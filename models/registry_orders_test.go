package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Batches and records of a registry are listed either way round.
func TestRegistryListsHaveTwoOrders(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	clock := testkit.NewClock()
	s := models.New(db, clock.Now, testkit.Keyring(t))
	for i, id := range []string{"a", "b"} {
		row := models.RegistryBatch{ID: id, OrgID: "o", Path: "/o/", CreatedAt: clock.Now().Add(time.Duration(i) * time.Hour)}
		require.NoError(t, db.Create(&row).Error)
	}
	all := models.Scope{All: true}
	for sort, first := range map[string]string{"": "b", "-created": "b", "created": "a"} {
		rows, _, err := s.RegistryBatches(t.Context(), all, "", models.Page{Sort: sort, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, first, rows[0].ID, sort)
	}
	_, _, err := s.RegistryBatches(t.Context(), all, "", models.Page{Sort: "trouble"})
	require.Equal(t, apperr.Invalid, apperr.CodeOf(err))

	org := models.Org{ID: "o", Level: models.LevelCity, Code: "o", Name: "市", Path: "/o/", CreatedAt: clock.Now()}
	require.NoError(t, db.Create(&org).Error)
	require.NoError(t, db.Create(&models.User{ID: "u", Login: "u", Name: "某人", OrgID: "o", CreatedAt: clock.Now(), UpdatedAt: clock.Now()}).Error)
	opened := models.Case{ID: "c", SchoolName: "校", Path: "/o/", WorkflowID: "w", SortAt: clock.Now(), OpenedAt: clock.Now(), UpdatedAt: clock.Now()}
	require.NoError(t, db.Create(&opened).Error)
	for i, no := range []string{"1", "2"} {
		require.NoError(t, db.Create(&models.RegistryRecord{No: no, UserID: "u", CaseID: "c", Year: 2025 + i, Path: "/o/" + no + "/", CreatedAt: clock.Now()}).Error)
	}
	for sort, first := range map[string]string{"": "1", "school": "1", "-school": "2"} {
		rows, _, err := s.RegistryRecords(t.Context(), all, models.RegistryRecordFilter{}, models.Page{Sort: sort, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, first, rows[0].No, sort)
	}
}
