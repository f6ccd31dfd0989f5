package evidence_test

import (
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit/certtest"
)

// The contract on a real MinIO server. `make check` builds one and refuses a skip.
func TestMinIO_keeps_the_contract(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{
		Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t), Origin: "http://web.example",
	}
	m.Start(t)
	evidencetest.Suite(t, m.Server())
}

// What a killed server had acknowledged is there when it comes back: versions, locks, and
// the parts of an upload, which then goes on.
func TestMinIO_outlives_a_kill(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t)}
	m.Start(t)
	s, err := evidence.Open(t.Context(), m.Server().Config("killed"))
	require.NoError(t, err)
	first, err := s.Put(t.Context(), "k", "text/plain", evidencetest.Reader("第一稿"), -1)
	require.NoError(t, err)
	require.NoError(t, s.Lock(t.Context(), "k", first.VersionID, time.Now().AddDate(1, 0, 0)))
	_, err = s.Put(t.Context(), "k", "text/plain", evidencetest.Reader("第二稿"), -1)
	require.NoError(t, err)
	body := evidencetest.PDF(strings.Repeat("整校推进", evidence.PartSize/12))
	size := int64(len(body))
	id, err := s.StartParts(t.Context(), "parts", "application/pdf")
	require.NoError(t, err)
	send := func(number int, part []byte) {
		g, err := s.GrantPart(t.Context(), evidence.PartGrant{
			Key: "parts", UploadID: id, Number: number, MD5: evidencetest.MD5(part), Total: size, Expires: time.Minute,
		})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, evidencetest.Put(t, g, part))
	}
	send(1, body[:evidence.PartSize])

	m.Kill(t)
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(s.Ping(t.Context())))
	m.Start(t)
	require.NoError(t, s.Ping(t.Context()))
	require.Equal(t, "第一稿", evidencetest.ReadAll(t, s, "k", first.VersionID))
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(s.Discard(t.Context(), "k", first.VersionID)))
	gone, err := s.AbortOlder(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, gone, "it forgets which uploads are under way: MINIO_API_STALE_UPLOADS_EXPIRY cleans up")
	send(2, body[evidence.PartSize:])
	require.NoError(t, s.Assemble(t.Context(), "parts", id, size))
	_, err = s.Complete(t.Context(), "parts", evidence.Want{Size: size, SHA256: evidencetest.Sum(body), Ext: "pdf"})
	require.NoError(t, err)
}

// The rights of the processes on a store with policies of accounts: with the worker's
// everything works, and no process does more than it must.
func TestMinIO_confines_processes(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{
		Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t), Origin: "http://web.example",
	}
	m.Start(t)
	const buckets = "suite-*"
	as := func(p evidence.Process) evidencetest.Server {
		root := m.Server()
		s := root
		s.AccessKey, s.SecretKey, s.Root = "zx-"+string(p), "secret-of-"+string(p), &root
		m.AddAccount(t, s.AccessKey, s.SecretKey, evidence.PolicyFor(p, buckets))
		s.Admit = func(t *testing.T, bucket string) {
			t.Helper()
			require.NoError(t, evidence.SetUp(t.Context(), root.Config(bucket), nil))
		}
		return s
	}
	t.Run("confined", func(t *testing.T) {
		t.Parallel()
		evidencetest.Confined(t, as)
	})
	t.Run("worker", func(t *testing.T) {
		t.Parallel()
		worker, rights := as(evidence.ProcessWorker), evidence.PolicyFor(evidence.ProcessWorker, buckets)
		for i := range rights.Statement { // the contract has locks of seconds
			rights.Statement[i].Condition = nil
		}
		worker.AccessKey = "zx-patient"
		m.AddAccount(t, worker.AccessKey, worker.SecretKey, rights)
		evidencetest.Suite(t, worker)
	})

	err := evidence.SetUp(t.Context(), m.Server().Config("made"), []evidence.Account{{Process: evidence.ProcessAPI, AccessKey: "zx-more", SecretKey: "secret-of-more"}})
	require.Equal(t, evidence.AccountsForeign, apperr.CodeOf(err), "its accounts are made by its own tools: %v", err)
}

// A store is believed for what its certificate says, by those who vouch for it, and is asked
// for nothing without.
func TestMinIO_is_verified(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	certificate, key, roots := certtest.Server(t, time.Now().Add(24*time.Hour))
	m := &evidencetest.MinIO{
		Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t), Certs: t.TempDir(), Roots: roots,
	}
	require.NoError(t, os.WriteFile(filepath.Join(m.Certs, "public.crt"), []byte(certificate), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(m.Certs, "private.key"), []byte(key), 0o600))
	m.Start(t)
	c := m.Server().Config("verified")
	c.PublicURL, c.Secure, c.Roots = "https://"+m.Addr, true, roots
	s, err := evidence.Open(t.Context(), c)
	require.NoError(t, err)
	o, err := s.Put(t.Context(), "k", "text/plain", evidencetest.Reader("内容"), -1)
	require.NoError(t, err)
	require.Equal(t, "内容", evidencetest.ReadAll(t, s, "k", o.VersionID))

	_, _, strangers := certtest.Server(t, time.Now().Add(24*time.Hour))
	for name, pool := range map[string]*x509.CertPool{"another authority": strangers, "the system's": nil} {
		other := c
		other.Roots = pool
		_, err = evidence.Open(t.Context(), other)
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", name, err)
		require.ErrorContains(t, err, "certificate", name)
	}
	c.Secure, c.Roots = false, nil
	_, err = evidence.Open(t.Context(), c)
	require.Error(t, err, "it does not answer without TLS")
}
