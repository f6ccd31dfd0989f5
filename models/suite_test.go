package models_test

import (
	"testing"
	"time"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/models/modelstest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	modelstest.Suite(t, func(t *testing.T, now func() time.Time) *models.Store {
		t.Helper()
		return models.New(testkit.SQLite(t), now, testkit.Keyring(t))
	})
}

// Every transaction of the store can run twice: nothing of the first run shows.
func TestTransactionsAreRepeatable(t *testing.T) {
	t.Parallel()
	modelstest.Suite(t, func(t *testing.T, now func() time.Time) *models.Store {
		t.Helper()
		return models.New(testkit.SQLite(t), now, testkit.Keyring(t)).Rehearse()
	})
}
