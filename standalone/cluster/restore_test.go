package cluster_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/standalone/cluster"
	"zhengxiao/standalone/drive"
)

// restore destroys everything and brings it back from a backup; then it loses the engine's
// databases alone. Each time everything must be as it was, and a case must go on to its end.
func restore(t *testing.T, c *cluster.Cluster, d *drive.Client, finished, waiting []*drive.School, rows map[string]int64) {
	t.Helper()
	ctx := t.Context()
	backup := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, c.Backup(ctx, backup))
	require.NoError(t, c.Destroy())
	require.NoError(t, c.Restore(ctx, backup))
	out, err := c.Command(ctx, "files", "verify")
	require.NoError(t, err)
	t.Log(strings.TrimSpace(out))
	require.Equal(t, rows, settled(t, c, d, finished, waiting))
	proceed(t, waiting[0], drive.Returned(), drive.ReturnedOnce())

	require.NoError(t, c.LoseEngine(ctx))
	out, err = c.Command(ctx, "reconcile", "--repair")
	require.NoError(t, err)
	t.Log(strings.TrimSpace(out))
	recorded(t, c, d, finished, waiting)
	for _, s := range waiting[1:] {
		same(t, c, s)
	}
	proceed(t, waiting[3], drive.Rectifying(), drive.Rectified())
}

// proceed takes a school from where one scenario left it to the end of another that begins
// in the same way.
func proceed(t *testing.T, s *drive.School, was, will drive.Scenario) {
	t.Helper()
	will.Legs = will.Legs[len(was.Legs):]
	require.NoError(t, (&drive.Run{School: s, Scenario: will}).Finish(t.Context()))
}
