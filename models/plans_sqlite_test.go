//go:build !race

// The race detector makes the driver, which is C translated to Go, take minutes over 30,000
// cases, and there is nothing concurrent in reading a plan.

package models_test

import (
	"testing"

	"zhengxiao/internal/testkit"
)

func TestPlansSQLite(t *testing.T) {
	t.Parallel()
	testPlans(t, testkit.SQLite(t))
}
