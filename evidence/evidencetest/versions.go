package evidencetest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// What was checked stays as it is, whatever happens under its key afterwards: an upload
// with the grant that is still good, one of other bytes, and the removal of the key.
func completedVersionOutlivesUploads(t *testing.T, b bucket) {
	key, first, second := newKey(), PDF("第一稿"), PDF("第二稿")
	g := grant(t, b.Store, key, "pdf", first)
	require.Equal(t, 2, Post(t, g, first)/100)
	o, err := b.Complete(t.Context(), key, evidence.Want{Size: int64(len(first)), SHA256: Sum(first), Ext: "pdf"})
	require.NoError(t, err)
	link, err := b.DownloadURL(t.Context(), evidence.Download{Key: key, VersionID: o.VersionID, Name: "x.pdf", Type: o.Type, Expires: time.Minute})
	require.NoError(t, err)
	same := func() {
		t.Helper()
		require.Equal(t, string(first), ReadAll(t, b.Store, key, o.VersionID))
		status, _, body := get(t, link)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, string(first), body)
	}
	require.Equal(t, 2, Post(t, g, first)/100)
	same()
	upload(t, b.Store, key, "pdf", second)
	same()
	require.NoError(t, b.server.client(t).RemoveObject(t.Context(), b.name, key, minio.RemoveObjectOptions{}))
	same()
	_, err = b.Complete(t.Context(), key, evidence.Want{Size: int64(len(second)), SHA256: Sum(second), Ext: "pdf"})
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
}

func lockedVersionStays(t *testing.T, b bucket) {
	key := newKey()
	o, err := b.Put(t.Context(), key, "text/plain", Reader("甲"), 3)
	require.NoError(t, err)
	free, err := b.Put(t.Context(), key, "text/plain", Reader("乙"), 3)
	require.NoError(t, err)
	until := time.Now().AddDate(1, 0, 0)
	require.NoError(t, b.Lock(t.Context(), key, o.VersionID, until))
	require.NoError(t, b.Lock(t.Context(), key, o.VersionID, until), "locking twice is harmless")
	require.NoError(t, b.Lock(t.Context(), key, o.VersionID, until.AddDate(1, 0, 0)), "longer is allowed")
	err = b.Lock(t.Context(), key, o.VersionID, until)
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(err), "shorter is not: %v", err)

	err = b.Discard(t.Context(), key, o.VersionID)
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(err), "%v", err)
	raw := b.server.client(t)
	require.NoError(t, raw.RemoveObject(t.Context(), b.name, key, minio.RemoveObjectOptions{}), "the key, not the version")
	require.Equal(t, "甲", ReadAll(t, b.Store, key, o.VersionID))
	require.NoError(t, b.Discard(t.Context(), key, free.VersionID), "the lock is on one version")
	_, err = b.Open(t.Context(), key, free.VersionID)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err), "%v", err)

	body := PDF("整改稿")
	_, err = b.Complete(t.Context(), key, upload(t, b.Store, key, "pdf", body))
	require.NoError(t, err, "new versions are allowed")
	require.Equal(t, "甲", ReadAll(t, b.Store, key, o.VersionID))
}

// Erasing takes all that a key ever had, known of or not, but what is locked: that goes when
// its time has come.
func erasedObjectsLeaveNothing(t *testing.T, b bucket) {
	key := newKey()
	locked, err := b.Put(t.Context(), key, "text/plain", Reader("甲"), 3)
	require.NoError(t, err)
	_, err = b.Put(t.Context(), key, "text/plain", Reader("乙"), 3)
	require.NoError(t, err)
	other, err := b.Put(t.Context(), key+"-other", "text/plain", Reader("丙"), 3)
	require.NoError(t, err)
	require.NoError(t, b.server.client(t).RemoveObject(t.Context(), b.name, key, minio.RemoveObjectOptions{}), "leaves a mark")
	require.NoError(t, b.Lock(t.Context(), key, locked.VersionID, time.Now().Add(5*time.Second)))
	require.Len(t, b.everything(t, key), 3)

	err = b.Erase(t.Context(), key)
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(err), "%v", err)
	require.Equal(t, []string{locked.VersionID}, b.everything(t, key), "what is locked waits, alone")
	require.Equal(t, "甲", ReadAll(t, b.Store, key, locked.VersionID))
	require.Eventually(t, func() bool { return b.Erase(t.Context(), key) == nil }, time.Minute, 200*time.Millisecond)
	require.Empty(t, b.everything(t, key))
	require.NoError(t, b.Erase(t.Context(), key), "again, and of what never was")
	require.Equal(t, "丙", ReadAll(t, b.Store, key+"-other", other.VersionID), "a key that begins like it is another")
}

// everything lists what the server has of a key: versions, and marks that it was deleted.
func (b bucket) everything(t *testing.T, key string) []string {
	t.Helper()
	var ids []string
	for o := range b.server.client(t).ListObjects(t.Context(), b.name, minio.ListObjectsOptions{Prefix: key, WithVersions: true, Recursive: true}) {
		require.NoError(t, o.Err)
		if o.Key == key {
			ids = append(ids, o.VersionID)
		}
	}
	return ids
}

// Lock can only be chosen when a bucket is made.
func aBucketWithoutLockIsRefused(t *testing.T, b bucket) {
	require.NoError(t, b.server.client(t).MakeBucket(t.Context(), "un"+b.name, minio.MakeBucketOptions{Region: b.server.Region}))
	_, err := evidence.Open(t.Context(), b.server.asRoot().Config("un"+b.name))
	require.Equal(t, evidence.BucketUnlocked, apperr.CodeOf(err), "%v", err)
}

// Whoever holds a download can only download, and only that.
func otherDownloadsAreRefused(t *testing.T, s *evidence.Store) {
	key, other := newKey(), newKey()
	o, err := s.Put(t.Context(), key, "application/pdf", Reader("甲"), 3)
	require.NoError(t, err)
	_, err = s.Put(t.Context(), other, "application/pdf", Reader("乙"), 3)
	require.NoError(t, err)
	link, err := s.DownloadURL(t.Context(), evidence.Download{
		Key: key, VersionID: o.VersionID, Name: "x.pdf", Type: "application/pdf", Expires: time.Minute,
	})
	require.NoError(t, err)
	unsigned, _, _ := strings.Cut(link, "?")
	for name, c := range map[string]struct{ method, url string }{
		"other key":       {http.MethodGet, strings.Replace(link, key, other, 1)},
		"longer to live":  {http.MethodGet, strings.Replace(link, "X-Amz-Expires=60", "X-Amz-Expires=600", 1)},
		"other name":      {http.MethodGet, strings.Replace(link, "x.pdf", "y.pdf", 1)},
		"no signature":    {http.MethodGet, unsigned + "?versionId=" + o.VersionID},
		"current version": {http.MethodGet, unsigned},
		"list":            {http.MethodGet, strings.TrimSuffix(unsigned, "/"+key)},
		"overwrite":       {http.MethodPut, link},
		"delete":          {http.MethodDelete, link},
	} {
		require.NotEqual(t, [2]string{http.MethodGet, link}, [2]string{c.method, c.url}, name)
		req, err := http.NewRequestWithContext(t.Context(), c.method, c.url, http.NoBody)
		require.NoError(t, err)
		status, _, body := send(t, req)
		require.Equal(t, http.StatusForbidden, status, "%s: %s", name, body)
	}
	require.Equal(t, "甲", ReadAll(t, s, key, o.VersionID))
}
