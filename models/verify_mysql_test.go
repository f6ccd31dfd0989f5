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
	_, err = a.w.Store.MakeHead(t.Context(), "2026-11-23", "", a.by)
	require.NoError(t, err)
	r, err := a.w.Store.Verify(t.Context(), a.keys, nil)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}
