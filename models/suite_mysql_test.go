package models_test

import (
	"testing"
	"time"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/models/modelstest"
)

// The same suite on MySQL runs wherever a server is named.
func TestMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	modelstest.Suite(t, func(t *testing.T, now func() time.Time) *models.Store {
		t.Helper()
		return models.New(testkit.MySQL(t), now, testkit.Keyring(t))
	})
}
