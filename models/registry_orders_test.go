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

// Requests to take records back, answers that fit nothing and the comparison of ledgers with
// a registry are listed either way round.
func TestWhatARegistryLeavesOpenHasTwoOrders(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	clock := testkit.NewClock()
	s := models.New(db, clock.Now, testkit.Keyring(t))
	require.NoError(t, db.Create(&models.Cohort{ID: "k", Name: "批次", CreatedAt: clock.Now()}).Error)
	for i, id := range []string{"a", "b", "c"} {
		at := clock.Now().Add(time.Duration(i) * time.Hour)
		for _, row := range []any{
			&models.RegistryReversal{ID: id, No: id, AskedAt: at, State: models.ReversalAsked},
			&models.RegistryStray{ID: id, No: id, At: at},
			&models.Case{ID: id, CohortID: "k", SchoolID: id, SchoolName: id, WorkflowID: id, SortAt: at, WaitAt: at, OpenedAt: at, UpdatedAt: at},
			&models.Credit{CaseID: id, UserID: id, Year: 2026, RecognizedAt: at},
		} {
			require.NoError(t, db.Create(row).Error)
		}
	}
	reversals := func(p models.Page) (ids []string, next string, err error) {
		rows, next, err := s.RegistryReversals(t.Context(), models.Scope{All: true}, "", p)
		for _, v := range rows {
			ids = append(ids, v.ID)
		}
		return ids, next, err
	}
	strays := func(p models.Page) (ids []string, next string, err error) {
		rows, next, err := s.RegistryStrays(t.Context(), models.Scope{All: true}, p)
		for _, v := range rows {
			ids = append(ids, v.ID)
		}
		return ids, next, err
	}
	balances := func(p models.Page) (ids []string, next string, err error) {
		rows, next, err := s.RegistryBalances(t.Context(), models.Scope{All: true}, models.RegistryBalanceFilter{}, p)
		for _, v := range rows {
			ids = append(ids, v.ID)
		}
		return ids, next, err
	}
	up, down := []string{"a", "b", "c"}, []string{"c", "b", "a"}
	for name, c := range map[string]struct {
		list func(models.Page) ([]string, string, error)
		sort string
		want []string
	}{
		"reversals": {reversals, "", down}, "reversals, newest": {reversals, "-asked", down}, "reversals, oldest": {reversals, "asked", up},
		"strays": {strays, "", down}, "strays, newest": {strays, "-at", down}, "strays, oldest": {strays, "at", up},
		"balances": {balances, "", up}, "balances, by name": {balances, "school", up}, "balances, backwards": {balances, "-school", down},
	} {
		first, next, err := c.list(models.Page{Sort: c.sort, Limit: 2})
		require.NoError(t, err, name)
		rest, end, err := c.list(models.Page{Sort: c.sort, Limit: 2, Cursor: next})
		require.NoError(t, err, name)
		require.Empty(t, end, name)
		require.Equal(t, c.want, append(first, rest...), name)
		_, _, err = c.list(models.Page{Sort: "trouble"})
		require.Equal(t, "sort", apperr.FieldOf(err), name)
	}
}
