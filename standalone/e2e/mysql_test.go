package e2e

import (
	"testing"

	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
)

// opener makes a world on a database of its own.
type opener func(t *testing.T) *lifecycle.World

// onEach runs a test on SQLite, and on MySQL wherever a server is named. `make check`
// starts one and runs that half.
func onEach(t *testing.T, test func(t *testing.T, world opener)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, lifecycle.New)
	})
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("MySQL", func(t *testing.T) {
		t.Parallel()
		test(t, func(t *testing.T) *lifecycle.World {
			t.Helper()
			return lifecycle.On(t, testkit.MySQL(t))
		})
	})
}
