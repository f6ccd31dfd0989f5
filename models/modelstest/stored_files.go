package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testStoredFiles(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	now := w.Clock.Now()
	earlier := now.Add(-time.Hour)
	add := func(id string, n int, state models.FileState, version, linked string, locked *time.Time) {
		require.NoError(t, w.Store.DB(ctx).Create(&models.FileVersion{
			FileID: id, N: n, ObjectKey: "k-" + version, VersionID: version, State: state, LinkedFileID: linked, LockedAt: locked, GrantedAt: now,
		}).Error)
	}
	add("a", 1, models.FileChecked, "v1", "", nil)
	add("a", 2, models.FileGranted, "", "", nil)
	add("a", 10, models.FileUploaded, "v3", "", nil)
	add("b", 1, models.FileLocked, "v4", "", &earlier)
	add("b", 2, models.FileRejected, "v5", "", nil)
	add("c", 1, models.FileLocked, "v4", "b", &now) // linked: the same object

	var got []string
	for last := (models.StoredFile{}); ; {
		page, err := w.Store.StoredFiles(ctx, last, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			got = append(got, f.VersionID)
		}
		last = page[len(page)-1]
	}
	require.Equal(t, []string{"v1", "v3", "v4"}, got)

	b := models.StoredFile{ObjectKey: "k-v4", VersionID: "v4"}
	locked, err := w.Store.StoredLock(ctx, b)
	require.NoError(t, err)
	require.True(t, now.Equal(*locked), "the last of all that share it")
	never, err := w.Store.StoredLock(ctx, models.StoredFile{ObjectKey: "k-v1", VersionID: "v1"})
	require.NoError(t, err)
	require.Nil(t, never)
	require.NoError(t, w.Store.MoveStored(ctx, b, "moved"))
	for _, id := range []string{"b", "c"} {
		v, err := w.Store.FileVersion(ctx, id, 1)
		require.NoError(t, err)
		require.Equal(t, "moved", v.VersionID)
	}
	v, err := w.Store.FileVersion(ctx, "a", 1)
	require.NoError(t, err)
	require.Equal(t, "v1", v.VersionID)
}
