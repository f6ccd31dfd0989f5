package app

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/clamav/clamdtest"
	"zhengxiao/internal/config"
	"zhengxiao/internal/telemetry"
)

// scanner opens the scanner of a configuration and returns what was logged.
func scanner(t *testing.T, address string) (*clamav.Client, string, error) {
	t.Helper()
	var log bytes.Buffer
	a := &App{Config: config.Config{ClamAV: config.ClamAV{Address: address}}, Logger: slog.New(slog.NewTextHandler(&log, nil)), Clock: time.Now}
	t.Cleanup(a.Close)
	a.scanner = a.newScanner()
	err := a.checkScanner(t.Context())
	return a.scanner, log.String(), err
}

func TestScanner_may_be_off_or_away(t *testing.T) {
	t.Parallel()
	c, log, err := scanner(t, "")
	require.NoError(t, err)
	require.Nil(t, c)
	require.Contains(t, log, "level=WARN", "nobody is to think that uploads are checked")
	c, log, err = scanner(t, filepath.Join(t.TempDir(), "clamd.sock"))
	require.NoError(t, err)
	require.Contains(t, log, "level=WARN")
	_, err = c.Begin(t.Context())
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
}

func TestScanner_is_measured(t *testing.T) {
	t.Parallel()
	told, err := telemetry.New(t.Context(), telemetry.Options{})
	require.NoError(t, err)
	a := &App{Config: config.Config{ClamAV: config.ClamAV{Address: filepath.Join(t.TempDir(), "clamd.sock")}}, Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Telemetry: told}
	_, err = a.newScanner().Begin(t.Context())
	require.Error(t, err)
	page := httptest.NewRecorder()
	told.Admin().Handler.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	require.Contains(t, page.Body.String(), `zhengxiao_scan_duration_seconds_count{outcome="failed"} 1`)
	require.Contains(t, page.Body.String(), `zhengxiao_scan_duration_seconds_count{outcome="clean"} 0`)
}

// A command that takes no file in, such as a restore, works while clamd hangs.
func TestMinIO_is_opened_by_commands_without_asking_the_scanner(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t)}
	m.Start(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var asked atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	cfg, at := config.Defaults(), m.Server()
	cfg.S3.Endpoint, cfg.S3.AccessKey, cfg.S3.SecretKey, cfg.S3.Secure = at.Endpoint, at.AccessKey, at.SecretKey, false
	cfg.ClamAV.Address = l.Addr().String()
	cfg.Admin.Addr = config.Off
	a, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler), config.NeedS3)
	require.NoError(t, err)
	defer a.Close()
	require.NoError(t, a.Evidence.Ping(t.Context()))
	require.Zero(t, asked.Load())

	service, err := OpenService(t.Context(), cfg, slog.New(slog.DiscardHandler), "api", "v1", config.NeedS3)
	require.NoError(t, err, "it starts, and uploads wait")
	defer service.Close()
	require.NotZero(t, asked.Load())
	_, err = a.Evidence.Put(t.Context(), "k", "application/pdf", evidencetest.Reader("甲"), 3)
	require.NoError(t, err)
	_, err = a.Evidence.Complete(t.Context(), "k", evidence.Want{Size: 3, SHA256: evidencetest.Sum([]byte("甲")), Ext: "pdf"})
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "nothing is taken in unchecked: %v", err)
}

func TestScanner_of_a_real_clamd(t *testing.T) {
	t.Parallel()
	if clamdtest.Binary() == "" {
		t.Skip("ZX_TEST_CLAMD names no clamd")
	}
	_, _, err := scanner(t, clamdtest.Start(t, "AlertExceedsMax no").TCP)
	require.Equal(t, clamav.Unproven, apperr.CodeOf(err), "%v", err)
	c, _, err := scanner(t, clamdtest.Start(t, clamdtest.Proper).TCP)
	require.NoError(t, err)
	require.NotNil(t, c)
}
