package evidence_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

func TestOpenRefusesUnusablePublicURL(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"files.example.org", "ftp://files.example.org", "https://files.example.org/store", "https://", "::"} {
		_, err := evidence.Open(t.Context(), evidence.Config{Endpoint: "127.0.0.1:1", PublicURL: u, Bucket: "evidence"})
		require.ErrorContains(t, err, "public URL", u)
	}
}

func TestOpenSaysWhenTheStoreIsAway(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = evidence.Open(t.Context(), evidence.Config{Endpoint: addr, AccessKey: "a", SecretKey: "s", Bucket: "evidence"})
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
}

func TestContentType(t *testing.T) {
	t.Parallel()
	for ext, want := range map[string]string{
		"pdf": "application/pdf", ".PDF": "application/pdf", "Doc": "application/msword",
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	} {
		got, err := evidence.ContentType(ext)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, ext := range []string{"", "exe", "docm", "svg", "html"} {
		_, err := evidence.ContentType(ext)
		require.Equal(t, evidence.FileType, apperr.CodeOf(err), ext)
	}
}
