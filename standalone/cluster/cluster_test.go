package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/standalone/cluster"
	"zhengxiao/standalone/drive"
)

// start runs a cluster of two servers and two workers. It needs what a machine without
// MySQL's and MinIO's means does not have, so it runs only where it is asked for; `make
// check` asks and refuses a skip.
func start(tb testing.TB) *cluster.Cluster {
	tb.Helper()
	if os.Getenv("ZX_TEST_CLUSTER") == "" {
		tb.Skip("ZX_TEST_CLUSTER is not set")
	}
	root, err := filepath.Abs("../..")
	require.NoError(tb, err)
	programs, err := cluster.Build(tb.Context(), root, filepath.Join(root, ".cache", "cluster"))
	require.NoError(tb, err)
	dir := os.Getenv("ZX_TEST_CLUSTER_DIR")
	if dir == "" {
		dir = tb.TempDir()
	}
	c, err := cluster.Start(tb.Context(), cluster.Options{Root: root, Dir: dir, Programs: programs, APIs: 2, Workers: 2})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

// city is one city with a cohort of schools, opened.
func city(tb testing.TB, d *drive.Client, password string, schools int) []*drive.School {
	tb.Helper()
	ctx := tb.Context()
	c, err := d.NewCity(ctx, d.Founders(password), 5)
	require.NoError(tb, err)
	var all []*drive.School
	for i := range 2 {
		unit, err := c.NewDistrict(ctx, fmt.Sprintf("%02d", i+1), []string{"天河区", "白云区"}[i])
		require.NoError(tb, err)
		for j := range schools / 2 {
			school, err := unit.NewSchool(ctx, fmt.Sprintf("%02d%02d", i+1, j+1), fmt.Sprintf("第%d小学", len(all)+1), 4)
			require.NoError(tb, err)
			all = append(all, school)
		}
	}
	cohort, err := c.NewCohort(ctx, "2701", "2701期", time.Now(), time.Now().AddDate(0, 3, 0), all...)
	require.NoError(tb, err)
	require.NoError(tb, cohort.Open(ctx))
	return all
}

// patient waits for the product rather than giving up.
func patient(tb testing.TB, c *cluster.Cluster) *drive.Client {
	tb.Helper()
	roots, err := c.Roots()
	require.NoError(tb, err)
	return drive.New(drive.Options{
		Roots:   roots,
		BaseURL: c.URL(), Async: true, Patience: 5 * time.Minute,
		Recover: func(ctx context.Context) error { return c.Ready(ctx) },
	})
}
