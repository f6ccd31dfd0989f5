package heads_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/heads/headstest"
)

// On MinIO only the root and the worker may add heads: whatever they add is found.
func TestMinIO_forged_heads_are_found(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t)}
	m.Start(t)
	files, err := evidence.Open(t.Context(), m.Server().Config("forged"))
	require.NoError(t, err)
	headstest.Forged(t, files, func(t *testing.T, key string, body []byte) {
		t.Helper()
		_, err := files.Put(t.Context(), key, "application/jsonl", evidencetest.Reader(string(body)), int64(len(body)))
		require.NoError(t, err)
	})
}
