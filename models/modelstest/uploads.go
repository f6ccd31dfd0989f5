package modelstest

import (
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func item(no int) models.Slot { return models.Slot{Kind: models.SlotDossier, Key: strconv.Itoa(no)} }

func testLargeUploads(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	g := grant(s.id, item(5), "admin", "课例.mp4")
	none, err := w.Store.ResumeUpload(ctx, g)
	require.NoError(t, err)
	require.Nil(t, none)
	v, err := w.Store.GrantFile(ctx, g)
	require.NoError(t, err)
	u, err := w.Store.AddUpload(ctx, v, "store-id")
	require.NoError(t, err)
	require.Equal(t, []any{"store-id", item(5), v.ObjectKey}, []any{u.Upload.UploadID, u.Slot(), u.Version.ObjectKey})

	same, err := w.Store.ResumeUpload(ctx, g)
	require.NoError(t, err)
	require.Equal(t, v.N, same.Version.N)
	other := g
	other.SHA256 = "11"
	none, err = w.Store.ResumeUpload(ctx, other)
	require.NoError(t, err)
	require.Nil(t, none, "other bytes")
	_, err = w.Store.SendParts(ctx, v.FileID, v.N, "somebody else")
	refused(t, err, apperr.Forbidden)
	_, err = w.Store.SendParts(ctx, v.FileID, v.N, "admin")
	require.NoError(t, err)

	free, err := w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Nil(t, free, "parts still come")
	require.NoError(t, w.Store.HandInUpload(ctx, v.FileID, v.N))
	require.NoError(t, w.Store.HandInUpload(ctx, v.FileID, v.N), "told twice")
	_, err = w.Store.SendParts(ctx, v.FileID, v.N, "admin")
	refused(t, err, apperr.Conflict)
	claimed, err := w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Equal(t, models.FileChecking, claimed.Version.State)
	free, err = w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Nil(t, free, "one at a time")
	w.Clock.Advance(50 * time.Second)
	require.NoError(t, w.Store.UploadRead(ctx, claimed.Upload, 512, time.Minute))
	w.Clock.Advance(50 * time.Second)
	free, err = w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Nil(t, free, "it goes on")
	u, err = w.Store.LargeUpload(ctx, v.FileID, v.N)
	require.NoError(t, err)
	require.EqualValues(t, 512, u.Upload.CheckedBytes)
	require.NoError(t, w.Store.ReleaseUpload(ctx, claimed.Upload, 0))
	claimed, err = w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Equal(t, 2, claimed.Upload.Attempts)
	require.NoError(t, w.Store.UploadBeyond(ctx, claimed.Upload, 0))
	claimed, err = w.Store.ClaimUpload(ctx, time.Minute)
	require.NoError(t, err)
	require.Equal(t, []int{3, 1}, []int{claimed.Upload.Attempts, claimed.Upload.BeyondLimits})
	require.NoError(t, w.Store.FileUploaded(ctx, v.FileID, v.N, "v1"))
	require.NoError(t, w.Store.FileChecked(ctx, v.FileID, v.N))
	require.NoError(t, w.Store.EndUpload(ctx, claimed.Upload))
	_, err = w.Store.LargeUpload(ctx, v.FileID, v.N)
	refused(t, err, apperr.NotFound)
}

func testExpiredUploads(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	v, err := w.Store.GrantFile(ctx, grant(s.id, item(5), "admin", "课例.mp4"))
	require.NoError(t, err)
	_, err = w.Store.AddUpload(ctx, v, "store-id")
	require.NoError(t, err)
	open, err := w.Store.OpenUploads(ctx, s.id, "admin")
	require.NoError(t, err)
	require.Len(t, open, 1)
	old, err := w.Store.ExpiredUploads(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, old)
	w.Clock.Advance(models.UploadLife)
	_, err = w.Store.SendParts(ctx, v.FileID, v.N, "admin")
	refused(t, err, models.CodeUploadExpired)
	open, err = w.Store.OpenUploads(ctx, s.id, "admin")
	require.NoError(t, err)
	require.Empty(t, open)
	old, err = w.Store.ExpiredUploads(ctx, 10)
	require.NoError(t, err)
	require.Len(t, old, 1)
	require.NoError(t, w.Store.FileAborted(ctx, v.FileID, v.N, "过期"))
	refused(t, w.Store.FileChecked(ctx, v.FileID, v.N), apperr.Conflict)
}

func testLinks(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	source := upload(t, w, s.id, item(5), "admin", "材料.pdf")
	own := upload(t, w, s.id, item(6), "admin", "自有.pdf")
	link := models.FileLink{Target: models.FileGrant{CaseID: s.id, Slot: item(6), OwnerID: "admin"}, FileID: source.FileID, N: source.N}
	v, err := w.Store.LinkFile(ctx, link)
	require.NoError(t, err)
	require.Equal(t, []any{own.FileID, 2, source.ObjectKey}, []any{v.FileID, v.N, v.ObjectKey})
	again, err := w.Store.LinkFile(ctx, link)
	require.NoError(t, err)
	require.Equal(t, v.N, again.N)
	current := func() int {
		views, err := w.Store.Files(ctx, s.id, models.SlotDossier, "6")
		require.NoError(t, err)
		return views[0].Version.N
	}
	require.Equal(t, 2, current())
	by, err := w.Store.FilesByID(ctx, []string{"", v.LinkedFileID})
	require.NoError(t, err)
	require.Equal(t, "5", by[source.FileID].SlotKey)
	refused(t, w.Store.UnlinkFile(ctx, own.FileID, 1), apperr.Conflict)
	require.NoError(t, w.Store.UnlinkFile(ctx, v.FileID, v.N))
	require.NoError(t, w.Store.UnlinkFile(ctx, v.FileID, v.N), "told twice")
	require.Equal(t, 1, current(), "what was there before")
	plan := models.FileLink{Target: models.FileGrant{CaseID: s.id, Slot: item(16), OwnerID: "admin"}, FileID: source.FileID, N: 1}
	_, err = w.Store.LinkFile(ctx, plan)
	refused(t, err, apperr.Invalid)
}
