package objects_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/heads/headstest"
)

// The account of the api may upload by POST, and this store does not look where to: what it
// adds among the daily heads is found, and taken for none.
func TestForgedHeadsAreFound(t *testing.T) {
	const bucket = "forged"
	as(evidence.ProcessWorker).Admit(t, bucket)
	worker, err := evidence.Open(t.Context(), as(evidence.ProcessWorker).Config(bucket))
	require.NoError(t, err)
	api, err := evidence.Open(t.Context(), as(evidence.ProcessAPI).Config(bucket))
	require.NoError(t, err)
	headstest.Forged(t, worker, func(t *testing.T, key string, body []byte) {
		t.Helper()
		grant, err := api.Grant(t.Context(), evidence.GrantRequest{
			Key: key, ContentType: "application/jsonl", Size: int64(len(body)), SHA256: evidencetest.Sum(body), Expires: time.Minute,
		})
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, evidencetest.Post(t, grant, body))
	})
}
