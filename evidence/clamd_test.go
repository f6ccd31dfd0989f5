package evidence_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/clamav/clamdtest"
)

// What is uploaded to a real store passes a real clamd in the same reading.
func TestClamd_stands_between_upload_and_use(t *testing.T) {
	t.Parallel()
	if evidencetest.MinIOBinary() == "" || clamdtest.Binary() == "" {
		t.Skip("ZX_TEST_MINIO and ZX_TEST_CLAMD name no servers")
	}
	clamd := clamdtest.Start(t, clamdtest.Proper, "StreamMaxLength 20M")
	m := &evidencetest.MinIO{Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t)}
	m.Start(t)
	c := m.Server().Config("scanned")
	c.Scanner = clamav.New(clamd.Unix, slog.New(slog.DiscardHandler), time.Now)
	seen := map[string]int{}
	c.Scanner.Observe = func(outcome string, took time.Duration) {
		require.Positive(t, took)
		seen[outcome]++
	}
	s, err := evidence.Open(t.Context(), c)
	require.NoError(t, err)

	try := func(ext string, body []byte, progress func(int64) error) error {
		t.Helper()
		key := fmt.Sprintf("%s.%s", evidencetest.Sum(body), ext)
		_, err := s.Put(t.Context(), key, "application/octet-stream", bytes.NewReader(body), int64(len(body)))
		require.NoError(t, err)
		_, err = s.Complete(t.Context(), key, evidence.Want{Size: int64(len(body)), SHA256: evidencetest.Sum(body), Ext: ext, Progress: progress})
		return err
	}
	complete := func(ext string, body []byte) apperr.Code {
		t.Helper()
		return apperr.CodeOf(try(ext, body, nil))
	}
	large := func(mb int, text string) []byte {
		return append(bytes.Repeat(evidencetest.PDF("整校推进"), mb<<20/32), text...)
	}
	clean, infected := evidencetest.PDF("发展规划"), evidencetest.PDF(clamdtest.Virus)
	require.Empty(t, complete("pdf", clean))
	require.Equal(t, evidence.FileInfected, complete("pdf", infected))
	require.Equal(t, evidence.FileInfected, complete("docx", evidencetest.Docx(t, evidencetest.Entry{Name: "word/x.xml", Body: clamdtest.Virus})))
	require.Empty(t, complete("docx", evidencetest.Docx(t)))
	require.Empty(t, complete("pdf", large(17, "")))
	require.Equal(t, evidence.FileInfected, complete("pdf", large(17, clamdtest.Virus)), "at its end")
	require.Equal(t, clamav.Limit, complete("pdf", large(25, "")))
	require.Equal(t, map[string]int{clamav.OutcomeClean: 3, clamav.OutcomeInfected: 3, clamav.OutcomeLimit: 1}, seen)
	require.Equal(t, evidence.FileType, complete("pdf", []byte("no pdf, and "+clamdtest.Virus)), "what is refused anyway is not waited for")
	require.Len(t, seen, 3, "nor counted")

	err = try("pdf", large(18, ""), func(int64) error { // told in the middle
		clamd.Kill()
		return nil
	})
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "病毒检查服务")
	require.Equal(t, apperr.Unavailable, complete("pdf", clean), "before it")
	require.Equal(t, 2, seen[clamav.OutcomeFailed])
	clamd.Restart(t, clamdtest.Proper)
	require.Empty(t, complete("pdf", clean), "what waited passes")
}
