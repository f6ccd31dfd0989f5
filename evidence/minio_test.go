package evidence_test

import (
	"path/filepath"
	"testing"

	"zhengxiao/evidence/evidencetest"
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
