package objects_test

import (
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
)

// accounts are those of the processes, as secrets.sh would make them.
func accounts() []evidence.Account {
	var all []evidence.Account
	for _, p := range evidence.Processes() {
		all = append(all, evidence.Account{Process: p, AccessKey: "zx-" + string(p), SecretKey: "secret-of-" + string(p)})
	}
	return all
}

// as is the store for a process, in buckets that SetUp makes.
func as(p evidence.Process) evidencetest.Server {
	root := contract()
	s := root
	s.AccessKey, s.SecretKey, s.Root = "zx-"+string(p), "secret-of-"+string(p), &root
	s.Admit = func(t *testing.T, bucket string) {
		t.Helper()
		require.NoError(t, evidence.SetUp(t.Context(), root.Config(bucket), accounts()))
	}
	return s
}

// With the worker's account everything works that works with the store's own.
func TestWorkersKeepTheContract(t *testing.T) { evidencetest.Suite(t, as(evidence.ProcessWorker)) }

func TestProcessesAreConfined(t *testing.T) { evidencetest.Confined(t, as) }

// Setting up again gives an account its new secret and takes the old one.
func TestSetUpChangesSecrets(t *testing.T) {
	const bucket = "changed"
	one := []evidence.Account{{Process: evidence.ProcessWorker, AccessKey: "zx-changed", SecretKey: "before"}}
	root := contract().Config(bucket)
	require.NoError(t, evidence.SetUp(t.Context(), root, one))
	before := root
	before.AccessKey, before.SecretKey = one[0].AccessKey, one[0].SecretKey
	_, err := evidence.Open(t.Context(), before)
	require.NoError(t, err)
	one[0].SecretKey = "afterwards"
	require.NoError(t, evidence.SetUp(t.Context(), root, one))
	_, err = evidence.Open(t.Context(), before)
	require.Equal(t, evidence.AccessDenied, apperr.CodeOf(err), "%v", err)
	after := before
	after.SecretKey = "afterwards"
	_, err = evidence.Open(t.Context(), after)
	require.NoError(t, err)
}

// Whoever is not the root makes no accounts.
func TestSetUpIsForTheRoot(t *testing.T) {
	as(evidence.ProcessWorker).Admit(t, "roots")
	worker := as(evidence.ProcessWorker).Config("roots")
	err := evidence.SetUp(t.Context(), worker, []evidence.Account{{Process: evidence.ProcessAPI, AccessKey: "zx-more", SecretKey: "more"}})
	require.Equal(t, evidence.AccountsForeign, apperr.CodeOf(err), "%v", err)
	require.NotContains(t, err.Error(), "secret-of")
	root, err := minio.New(server.Endpoint(), &minio.Options{Creds: credentials.NewStaticV4("zx-more", "more", ""), Region: "us-east-1"})
	require.NoError(t, err)
	_, err = root.ListBuckets(t.Context())
	require.Error(t, err)
	require.True(t, strings.Contains(err.Error(), "InvalidAccessKeyId") || minio.ToErrorResponse(err).Code == "InvalidAccessKeyId", "%v", err)
}
