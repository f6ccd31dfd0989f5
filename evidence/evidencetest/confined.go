package evidencetest

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// Confined is what the accounts of processes must not do, on a store where as gives them.
// Whatever they are refused, the store's own account can do: it is they who are refused.
func Confined(t *testing.T, as func(evidence.Process) Server) {
	t.Helper()
	name := "suite-confined-" + uuid.NewString()[:8]
	c := confined{bucket: name, api: as(evidence.ProcessAPI), worker: as(evidence.ProcessWorker)}
	c.api.Admit(t, name)
	c.worker.Admit(t, name)
	for title, test := range map[string]func(confined, *testing.T){
		"HeadsStay":             confined.headsStay,
		"LocksHold":             confined.locksHold,
		"TheAPIOnlyAdds":        confined.theAPIOnlyAdds,
		"SettingsAreTheRoots":   confined.settingsAreTheRoots,
		"OtherPlacesAreClosed":  confined.otherPlacesAreClosed,
		"StrangersAreNotServed": confined.strangersAreNotServed,
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			test(c, t)
		})
	}
}

type confined struct {
	bucket      string
	api, worker Server
}

func (c confined) open(t *testing.T, s Server) *evidence.Store {
	t.Helper()
	store, err := evidence.Open(t.Context(), s.Config(c.bucket))
	require.NoError(t, err)
	return store
}

// lockEnd is as far away as it must be.
func lockEnd() time.Time { return time.Now().AddDate(0, 0, evidence.LeastLockDays+1) }

// bypass asks for the removal of a version in spite of its lock.
func (c confined) bypass(t *testing.T, s Server, key, version string) error {
	t.Helper()
	return s.own(t).RemoveObject(t.Context(), c.bucket, key, minio.RemoveObjectOptions{VersionID: version, GovernanceBypass: true})
}

// shorten asks for an earlier end of a lock.
func (c confined) shorten(t *testing.T, s Server, key, version string) error {
	t.Helper()
	mode, until := minio.Governance, time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	return s.own(t).PutObjectRetention(t.Context(), c.bucket, key, minio.PutObjectRetentionOptions{
		GovernanceBypass: true, Mode: &mode, RetainUntilDate: &until, VersionID: version,
	})
}

// A head that the worker kept is read by all and removed by none, locked or not.
func (c confined) headsStay(t *testing.T) {
	worker, key := c.open(t, c.worker), evidence.HeadsPrefix+uuid.NewString()
	free, err := worker.Put(t.Context(), key, "application/jsonl", Reader("{}"), 2)
	require.NoError(t, err)
	locked, err := worker.Put(t.Context(), key, "application/jsonl", Reader("[]"), 2)
	require.NoError(t, err)
	require.NoError(t, worker.Lock(t.Context(), key, locked.VersionID, lockEnd()))
	for process, s := range map[string]Server{"api": c.api, "worker": c.worker} {
		for _, version := range []string{free.VersionID, locked.VersionID} {
			require.Error(t, c.bypass(t, s, key, version), process)
			require.Error(t, c.open(t, s).Discard(t.Context(), key, version), process)
		}
		require.Error(t, c.shorten(t, s, key, locked.VersionID), process)
		list, err := c.open(t, s).Versions(t.Context(), evidence.HeadsPrefix)
		require.NoError(t, err, process)
		require.Len(t, list, 2, process)
		require.Equal(t, "[]", ReadAll(t, c.open(t, s), key, locked.VersionID), process)
	}
	require.Error(t, c.open(t, c.worker).Erase(t.Context(), key))
	require.NoError(t, c.shorten(t, c.worker.asRoot(), key, locked.VersionID))
	require.NoError(t, c.bypass(t, c.worker.asRoot(), key, locked.VersionID))
}

// Nobody but the root gets round a lock; without one the worker deletes.
func (c confined) locksHold(t *testing.T) {
	worker, key := c.open(t, c.worker), newKey()
	locked, err := worker.Put(t.Context(), key, "text/plain", Reader("甲"), 3)
	require.NoError(t, err)
	require.NoError(t, worker.Lock(t.Context(), key, locked.VersionID, lockEnd()))
	for process, s := range map[string]Server{"api": c.api, "worker": c.worker} {
		require.Error(t, c.bypass(t, s, key, locked.VersionID), process)
		require.Error(t, c.shorten(t, s, key, locked.VersionID), process)
	}
	require.Equal(t, "甲", ReadAll(t, worker, key, locked.VersionID))
	require.NoError(t, c.bypass(t, c.worker.asRoot(), key, locked.VersionID))
}

// The api grants uploads and reads: it deletes nothing, locks nothing and keeps no heads.
func (c confined) theAPIOnlyAdds(t *testing.T) {
	api, key, body := c.open(t, c.api), newKey(), PDF("材料")
	o, err := api.Complete(t.Context(), key, upload(t, api, key, "pdf", body))
	require.NoError(t, err)
	link, err := api.DownloadURL(t.Context(), evidence.Download{Key: key, VersionID: o.VersionID, Name: "x.pdf", Type: o.Type, Expires: time.Minute})
	require.NoError(t, err)
	status, _, got := get(t, link)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, string(body), got)
	c.apiTakesParts(t, api)
	require.Error(t, api.Discard(t.Context(), key, o.VersionID))
	require.Error(t, api.Lock(t.Context(), key, o.VersionID, lockEnd()))
	require.Error(t, c.api.own(t).RemoveObject(t.Context(), c.bucket, key, minio.RemoveObjectOptions{}))
	_, err = api.Put(t.Context(), evidence.HeadsPrefix+uuid.NewString(), "application/jsonl", Reader("{}"), 2)
	require.Equal(t, evidence.AccessDenied, apperr.CodeOf(err), "%v", err)
	require.Equal(t, string(body), ReadAll(t, api, key, o.VersionID))
	require.NoError(t, c.open(t, c.worker).Discard(t.Context(), key, o.VersionID))
}

// apiTakesParts sends an upload in parts by grants of the api, and gives another up.
func (confined) apiTakesParts(t *testing.T, api *evidence.Store) {
	t.Helper()
	key, body := newKey(), PDF("分片")
	id, err := api.StartParts(t.Context(), key, "application/pdf")
	require.NoError(t, err)
	g, err := api.GrantPart(t.Context(), evidence.PartGrant{
		Key: key, UploadID: id, Number: 1, MD5: MD5(body), Total: int64(len(body)), Expires: time.Minute,
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, Put(t, g, body))
	parts, err := api.Parts(t.Context(), key, id)
	require.NoError(t, err)
	require.Len(t, parts, 1)
	require.NoError(t, api.Assemble(t.Context(), key, id, int64(len(body))))
	_, err = api.Complete(t.Context(), key, evidence.Want{Size: int64(len(body)), SHA256: Sum(body), Ext: "pdf"})
	require.NoError(t, err)

	other := newKey()
	id, err = api.StartParts(t.Context(), other, "application/pdf")
	require.NoError(t, err)
	require.NoError(t, api.AbortParts(t.Context(), other, id))
	require.NoError(t, api.AbortParts(t.Context(), other, id), "again")
}

func (c confined) settingsAreTheRoots(t *testing.T) {
	mode, validity, unit := minio.Governance, uint(1), minio.Days
	for process, s := range map[string]Server{"api": c.api, "worker": c.worker} {
		own := s.own(t)
		require.Error(t, own.SuspendVersioning(t.Context(), c.bucket), process)
		require.Error(t, own.SetObjectLockConfig(t.Context(), c.bucket, &mode, &validity, &unit), process)
		require.Error(t, own.SetBucketPolicy(t.Context(), c.bucket, ""), process)
		require.Error(t, own.RemoveBucket(t.Context(), c.bucket), process)
		require.Error(t, own.MakeBucket(t.Context(), "more-"+uuid.NewString(), minio.MakeBucketOptions{Region: s.Region}), process)
	}
	store := c.open(t, c.worker)
	require.NoError(t, store.Ping(t.Context()))
}

// Of the bucket only what the product keeps there is open, and no other bucket.
func (c confined) otherPlacesAreClosed(t *testing.T) {
	root := c.worker.client(t)
	other := "other-" + uuid.NewString()
	require.NoError(t, root.MakeBucket(t.Context(), other, minio.MakeBucketOptions{Region: c.worker.Region}))
	for process, s := range map[string]Server{"api": c.api, "worker": c.worker} {
		_, err := c.open(t, s).Put(t.Context(), "elsewhere/"+uuid.NewString(), "text/plain", Reader("x"), 1)
		require.Equal(t, evidence.AccessDenied, apperr.CodeOf(err), "%s: %v", process, err)
		_, err = s.own(t).GetBucketVersioning(t.Context(), other)
		require.Error(t, err, process)
		_, err = s.own(t).PutObject(t.Context(), other, newKey(), Reader("x"), 1, minio.PutObjectOptions{})
		require.Error(t, err, process)
	}
}

func (c confined) strangersAreNotServed(t *testing.T) {
	stranger := c.worker
	stranger.SecretKey = "not-" + stranger.SecretKey
	_, err := evidence.Open(t.Context(), stranger.Config(c.bucket))
	require.Equal(t, evidence.AccessDenied, apperr.CodeOf(err), "%v", err)
}
