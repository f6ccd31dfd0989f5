package cluster_test

import (
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/standalone/cluster"
)

// confined is what is closed from the beginning: the database to whoever comes without TLS,
// and the first daily head, which the workers have kept, to their own accounts.
func confined(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	_, err := c.Plain()
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "只接受 TLS")

	for _, p := range evidence.Processes() {
		store, bucket, err := c.StoreAs(p)
		require.NoError(t, err)
		head := firstHead(t, store, bucket)
		err = store.RemoveObject(t.Context(), bucket, head.Key, minio.RemoveObjectOptions{VersionID: head.VersionID, GovernanceBypass: true})
		require.Equal(t, minio.AccessDenied, minio.ToErrorResponse(err).Code, "%s: %v", p, err)
		require.Equal(t, head, firstHead(t, store, bucket))
	}
}

// firstHead waits for the head that a worker keeps when it starts for the first time.
func firstHead(t *testing.T, store *minio.Client, bucket string) evidence.Version {
	t.Helper()
	var head evidence.Version
	require.Eventually(t, func() bool {
		for o := range store.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Prefix: evidence.HeadsPrefix, Recursive: true, WithVersions: true}) {
			head = evidence.Version{Key: o.Key, VersionID: o.VersionID}
		}
		return head.VersionID != ""
	}, 2*time.Minute, 200*time.Millisecond)
	return head
}
