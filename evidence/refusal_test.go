package evidence

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// ask is a question to the store, and which of the requests it makes are refused.
type ask struct {
	refused func(*http.Request) bool
	of      func(context.Context, *Store) error
	upload  bool // to which “missing” means that nothing was uploaded
}

var asks = map[string]ask{
	"open": {of: func(ctx context.Context, s *Store) error {
		_, err := s.Open(ctx, "k", "v")
		return err
	}, refused: every},
	"complete": {of: complete, refused: every, upload: true},
	"read":     {of: complete, refused: func(r *http.Request) bool { return r.Method == http.MethodGet }},
	"list parts": {of: func(ctx context.Context, s *Store) error {
		_, err := s.Parts(ctx, "k", "u")
		return err
	}, refused: every},
	"find parts":         {of: assemble, refused: every},
	"put parts together": {of: assemble, refused: func(r *http.Request) bool { return r.Method == http.MethodPost }},
	"abort":              {of: func(ctx context.Context, s *Store) error { return s.AbortParts(ctx, "k", "u") }, refused: every},
}

func every(*http.Request) bool { return true }

func complete(ctx context.Context, s *Store) error {
	_, err := s.Complete(ctx, "k", Want{Size: 3, Ext: "pdf"})
	return err
}

func assemble(ctx context.Context, s *Store) error { return s.Assemble(ctx, "k", "u", 3) }

// serve answers what is not refused: one object of three bytes, one upload of one part.
func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT")
	w.Header().Set("X-Amz-Version-Id", "v")
	if r.URL.Query().Has("uploadId") {
		_, _ = io.WriteString(w, `<ListPartsResult><Part><PartNumber>1</PartNumber><Size>3</Size></Part></ListPartsResult>`)
		return
	}
	_, _ = io.WriteString(w, "甲")
}

// A file is missing only when the store says so in words: a HEAD has none, a proxy in
// between has its own, and to a backup “missing” is a loss, to an upload the end.
func TestOnlyTheStoresOwnWordSaysMissing(t *testing.T) {
	t.Parallel()
	words := func(code, message string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
	}
	for name, c := range map[string]struct {
		status int
		said   string // to all but HEAD
		want   apperr.Code
	}{
		"no such version":            {404, words("NoSuchVersion", ""), apperr.NotFound},
		"no such key":                {404, words("NoSuchKey", ""), apperr.NotFound},
		"another kind of version id": {400, words("InvalidArgument", "Invalid version id specified"), apperr.NotFound},
		"another argument":           {400, words("InvalidArgument", "Invalid range"), apperr.Internal},
		"a bad request":              {400, words("InvalidRequest", ""), apperr.Internal},
		"a proxy's bad request":      {400, "<html>400 Bad Request</html>", apperr.Unavailable},
		"a proxy's refusal":          {403, "<html>403 Forbidden</html>", apperr.Unavailable},
		"a proxy's not found":        {404, "<html>404 Not Found</html>", apperr.Unavailable},
		"not found by whom?":         {404, "", apperr.Unavailable},
		"no such bucket":             {404, words("NoSuchBucket", ""), apperr.Unavailable},
		"no access":                  {403, words("AccessDenied", ""), AccessDenied},
		"clocks":                     {403, words("RequestTimeTooSkewed", ""), ClockOff},
	} {
		for asked, a := range asks {
			t.Run(name+"/"+asked, func(t *testing.T) {
				t.Parallel()
				s := answering(t, func(w http.ResponseWriter, r *http.Request) {
					if !a.refused(r) {
						serve(w, r)
						return
					}
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.said)
				})
				want := c.want
				if a.upload && want == apperr.NotFound {
					want = FileMissing
				}
				err := a.of(t.Context(), s)
				require.Equal(t, want, apperr.CodeOf(err), "%v", err)
			})
		}
	}
}

// answering is a store that does as it is told.
func answering(t *testing.T, as http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(as)
	t.Cleanup(server.Close)
	inner, err := newClient(strings.TrimPrefix(server.URL, "http://"), false, nil, Config{AccessKey: "a", SecretKey: "s", Region: "us-east-1"})
	require.NoError(t, err)
	return &Store{bucket: "evidence", inner: inner}
}

func TestWhatOnlyHEADRefusesIsNotMissing(t *testing.T) {
	t.Parallel()
	s := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		serve(w, r)
	})
	for _, asked := range []string{"open", "complete"} {
		err := asks[asked].of(t.Context(), s)
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", asked, err)
	}
}

// Locked is what the store says so of, and an upload that was given up is one that it no
// longer lists.
func TestAProxysRefusalIsNoLockAndNoEnd(t *testing.T) {
	t.Parallel()
	s := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	err := s.Discard(t.Context(), "k", "v")
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	s = answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		serve(w, r)
	})
	err = s.AbortParts(t.Context(), "k", "u")
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
}
