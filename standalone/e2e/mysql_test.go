package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
)

// One whole life of a case on a real MySQL. `make check` starts one and refuses a skip.
func TestLifecycle_MySQL(t *testing.T) {
	if testkit.MySQLDSN() == "" {
		t.Skip("ZX_TEST_MYSQL_DSN names no server")
	}
	t.Parallel()
	b := newBench(t, lifecycle.On(t, testkit.MySQL(t)))
	shapes["rectified"](b.script())
	b.clean()
	require.Equal(t, domain.ResultPassed, b.w.State(t, b.c.ID).Result)
}
