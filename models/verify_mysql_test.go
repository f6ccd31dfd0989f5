package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/testkit"
)

// The server gives up what reads for long, but not what proves the log: it reads all of it.
func TestProvingTakesAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	a := newAudited(t, testkit.MySQL(t))
	var limit int
	require.NoError(t, a.db.Raw("SELECT @@max_execution_time").Scan(&limit).Error)
	require.Equal(t, 30_000, limit)
	limit, err := a.w.Store.SnapshotLimit(t.Context())
	require.NoError(t, err)
	require.Zero(t, limit)
	head := a.head(t, "2026-11-23", a.heads[len(a.heads)-1].Digest())
	r, err := a.w.Store.Verify(t.Context(), a.keys, stored(append(a.heads, head)))
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}
