package evidence

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// A file is missing only when the store says so in words: a HEAD has none, a proxy in
// between has its own, and to a backup “missing” is a loss.
func TestOnlyTheStoresOwnWordSaysMissing(t *testing.T) {
	t.Parallel()
	words := func(code, message string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
	}
	for name, c := range map[string]struct {
		status   int
		said     string // to GET
		version  apperr.Code
		uploaded apperr.Code
	}{
		"no such version":            {404, words("NoSuchVersion", ""), apperr.NotFound, FileMissing},
		"no such key":                {404, words("NoSuchKey", ""), apperr.NotFound, FileMissing},
		"another kind of version id": {400, words("InvalidArgument", "Invalid version id specified"), apperr.NotFound, FileMissing},
		"another argument":           {400, words("InvalidArgument", "Invalid range"), apperr.Internal, apperr.Internal},
		"a bad request":              {400, words("InvalidRequest", ""), apperr.Internal, apperr.Internal},
		"a proxy's bad request":      {400, "<html>400 Bad Request</html>", apperr.Unavailable, apperr.Unavailable},
		"a proxy's not found":        {404, "<html>404 Not Found</html>", apperr.Unavailable, apperr.Unavailable},
		"not found by whom?":         {404, "", apperr.Unavailable, apperr.Unavailable},
		"no such bucket":             {404, words("NoSuchBucket", ""), apperr.Unavailable, apperr.Unavailable},
		"no access":                  {403, words("AccessDenied", ""), apperr.Internal, apperr.Internal},
		"clocks":                     {403, words("RequestTimeTooSkewed", ""), ClockOff, ClockOff},
		"there all the same":         {0, "", apperr.Unavailable, apperr.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodHead && c.status == 0:
					w.WriteHeader(http.StatusNotFound)
				case c.status == 0:
					w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT")
					_, _ = io.WriteString(w, "甲")
				default:
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.said)
				}
			}))
			t.Cleanup(server.Close)
			inner, err := newClient(strings.TrimPrefix(server.URL, "http://"), false, nil, Config{AccessKey: "a", SecretKey: "s", Region: "us-east-1"})
			require.NoError(t, err)
			s := &Store{bucket: "evidence", inner: inner}
			_, err = s.Open(t.Context(), "k", "v")
			require.Equal(t, c.version, apperr.CodeOf(err), "open: %v", err)
			_, err = s.Complete(t.Context(), "k", Want{Size: 3, Ext: "pdf"})
			require.Equal(t, c.uploaded, apperr.CodeOf(err), "complete: %v", err)
		})
	}
}
