package evidencetest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/ports"
	"zhengxiao/internal/testkit/minioadmin"
)

// MinIO is a MinIO server in a process of its own.
type MinIO struct {
	Binary string
	Dir    string // outlives the process
	Addr   string // host:port
	Origin string // the one web origin that browsers may come from

	Certs string         // folder of its certificate; empty is without TLS
	Roots *x509.CertPool // who vouches for that

	cmd    *exec.Cmd
	exited chan struct{}
}

// MinIOBinary is where tests find the server, "" when there is none.
func MinIOBinary() string { return os.Getenv("ZX_TEST_MINIO") }

// The server's own account.
const (
	minioUser     = "test-access"
	minioPassword = "test-secret"
)

// Start returns when the server takes requests. It ends with the test, if Kill has not
// ended it before; after that it may be started again.
func (m *MinIO) Start(tb testing.TB) {
	tb.Helper()
	log, err := os.CreateTemp(tb.TempDir(), "minio-*.log")
	require.NoError(tb, err)
	args := []string{"server", "--quiet", "--config-dir", m.Dir + ".config", "--address", m.Addr, m.Dir}
	if m.Certs != "" {
		args = append(args, "--certs-dir", m.Certs)
	}
	m.cmd = exec.Command(m.Binary, args...) //nolint:noctx // ended by Kill
	m.cmd.Env = append(os.Environ(),
		"MINIO_ROOT_USER="+minioUser, "MINIO_ROOT_PASSWORD="+minioPassword, "MINIO_API_CORS_ALLOW_ORIGIN="+m.Origin,
		"MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CI_CD=on", // the last: one drive, the system's, is enough
	)
	m.cmd.Stdout, m.cmd.Stderr = log, log
	require.NoError(tb, m.cmd.Start())
	cmd, exited := m.cmd, make(chan struct{})
	m.exited = exited
	go func() {
		defer close(exited)
		_ = cmd.Wait()
		_ = log.Close()
	}()
	tb.Cleanup(func() { m.Kill(tb) })
	for limit, tick := time.After(time.Minute), time.Tick(50*time.Millisecond); !m.ready(tb); {
		select {
		case <-tick:
			continue
		case <-exited:
		case <-limit:
		}
		said, _ := os.ReadFile(log.Name())
		require.FailNow(tb, "MinIO takes no requests", "%s", said)
	}
}

// ready asks for the cluster's health: health/ready is answered before it takes requests.
func (m *MinIO) ready(tb testing.TB) bool {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, m.url()+"/minio/health/cluster", http.NoBody)
	require.NoError(tb, err)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: m.Roots, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (m *MinIO) url() string {
	if m.Certs != "" {
		return "https://" + m.Addr
	}
	return "http://" + m.Addr
}

// Kill ends the server as a crash would.
func (m *MinIO) Kill(tb testing.TB) {
	tb.Helper()
	_ = m.cmd.Process.Kill() // it may have ended already
	<-m.exited
}

// Server is what the contract needs to know of it.
func (m *MinIO) Server() Server {
	return Server{Endpoint: m.Addr, AccessKey: minioUser, SecretKey: minioPassword, Region: "us-east-1", Origin: m.Origin}
}

// AddAccount makes an account with rights of its own.
func (m *MinIO) AddAccount(tb testing.TB, accessKey, secretKey string, rights evidence.Policy) {
	tb.Helper()
	root := minioadmin.Root{URL: m.url(), AccessKey: minioUser, SecretKey: minioPassword}
	require.NoError(tb, root.AddUser(tb.Context(), accessKey, secretKey, rights.JSON()))
}

// FreeAddr is an address on this machine that nobody listens on, nor is given by the system
// until the server does, which may be killed and started again.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	addr, err := ports.Free(tb.Context(), "127.0.0.1")
	require.NoError(tb, err)
	return addr
}
