package objects_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/standalone/internal/netaddr"
	"zhengxiao/standalone/objects"
)

const (
	key    = "test-access"
	secret = "test-secret"
	origin = "http://web.example"
)

// One gateway per process: TestMain owns it, tests have buckets of their own.
var (
	server *objects.Server
	folder string
)

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "objects-*")
	if err == nil {
		defer func() { _ = errors.Join(os.RemoveAll(dir), os.RemoveAll(config(dir).Accounts)) }()
		folder = dir
		server, err = objects.Start(context.Background(), config(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { server.Stop() }()
	return m.Run()
}

func config(dir string) objects.Config {
	return objects.Config{Dir: dir, AccessKey: key, SecretKey: secret, AllowOrigin: origin, Accounts: dir + "-accounts"}
}

func open(t *testing.T, bucket string) *evidence.Store {
	t.Helper()
	s, err := evidence.Open(t.Context(), contract().Config(bucket))
	require.NoError(t, err)
	return s
}

func contract() evidencetest.Server {
	return evidencetest.Server{Endpoint: server.Endpoint(), AccessKey: key, SecretKey: secret, Region: objects.Region, Origin: origin}
}

func TestEvidenceContract(t *testing.T) { evidencetest.Suite(t, contract()) }

func TestOpenAgainFindsTheBucket(t *testing.T) {
	s := open(t, "again")
	o, err := s.Put(t.Context(), "k", "text/plain", evidencetest.Reader("内容"), -1)
	require.NoError(t, err)
	require.Equal(t, "内容", evidencetest.ReadAll(t, open(t, "again"), "k", o.VersionID))
}

func TestRestartKeepsVersionsAndLocks(t *testing.T) {
	before := open(t, "restart")
	o, err := before.Put(t.Context(), "k", "text/plain", evidencetest.Reader("第一稿"), -1)
	require.NoError(t, err)
	require.NoError(t, before.Lock(t.Context(), "k", o.VersionID, time.Now().AddDate(1, 0, 0)))
	_, err = before.Put(t.Context(), "k", "text/plain", evidencetest.Reader("第二稿"), -1)
	require.NoError(t, err)
	pdf := evidencetest.PDF("分片")
	id, err := before.StartParts(t.Context(), "parts", "application/pdf")
	require.NoError(t, err)
	part, err := before.GrantPart(t.Context(), evidence.PartGrant{
		Key: "parts", UploadID: id, Number: 1, MD5: evidencetest.MD5(pdf), Total: int64(len(pdf)), Expires: time.Minute,
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, evidencetest.Put(t, part, pdf))
	cwd, err := os.Getwd()
	require.NoError(t, err)
	unused, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Endpoint())
	require.NoError(t, err)
	t.Cleanup(func() { _ = unused.Close() }) // the gateway closes it first

	server.Stop()
	require.ErrorContains(t, before.Ping(t.Context()), string(apperr.Unavailable))
	home, err := os.Getwd()
	require.NoError(t, err)
	require.NotEqual(t, cwd, home, "the working directory is given back")
	uploads, err := filepath.Glob(filepath.Join(folder, "*", "restart", ".sgwtmp", "multipart", "*", id))
	require.NoError(t, err)
	require.NotEmpty(t, uploads)
	for _, u := range uploads { // as a kill leaves it while the parts are put together
		require.NoError(t, os.Rename(u, u+".0123-1.inprogress"))
	}
	server, err = objects.Start(t.Context(), config(folder))
	require.NoError(t, err)

	after := open(t, "restart")
	require.NoError(t, after.Assemble(t.Context(), "parts", id, int64(len(pdf))))
	_, err = after.Complete(t.Context(), "parts", evidence.Want{Size: int64(len(pdf)), SHA256: evidencetest.Sum(pdf), Ext: "pdf"})
	require.NoError(t, err)
	require.Equal(t, "第一稿", evidencetest.ReadAll(t, after, "k", o.VersionID))
	err = after.Discard(t.Context(), "k", o.VersionID)
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(err), "%v", err)
}

func TestStartRefusals(t *testing.T) {
	t.Run("taken port", func(t *testing.T) {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, l.Close()) })
		c := config(t.TempDir())
		c.Addr = l.Addr().String()
		_, err = objects.Start(t.Context(), c)
		require.Equal(t, netaddr.PortInUse, apperr.CodeOf(err), "%v", err)
		require.Contains(t, apperr.MessageOf(err), c.Addr)
	})
	t.Run("damaged folder", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), []byte("x"), 0o600))
		_, err := objects.Start(t.Context(), config(dir))
		require.Equal(t, apperr.Corrupt, apperr.CodeOf(err), "%v", err)
		require.Contains(t, apperr.MessageOf(err), filepath.Join(dir, "data"))
	})
}
