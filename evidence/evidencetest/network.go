package evidencetest

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit/wire"
)

// Browsers ask first whether they may, with the headers that the web app sends.
func browsersComeFromTheOrigin(t *testing.T, b bucket) {
	key := newKey()
	o, err := b.Put(t.Context(), key, "application/pdf", Reader("0123456789"), 10)
	require.NoError(t, err)
	link, err := b.DownloadURL(t.Context(), evidence.Download{
		Key: key, VersionID: o.VersionID, Name: "k.pdf", Type: "application/pdf", Inline: true, Expires: time.Minute,
	})
	require.NoError(t, err)
	root := "http://" + b.server.Endpoint + "/" + b.name
	ask := func(method, headers string) map[string]string {
		return map[string]string{"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
	}
	for name, c := range map[string]struct {
		method, url string
		headers     map[string]string
	}{
		"asks whether it may upload":      {http.MethodOptions, root, ask(http.MethodPost, "content-type")},
		"asks whether it may send a part": {http.MethodOptions, root + "/" + key + "?partNumber=1&uploadId=u", ask(http.MethodPut, "content-md5,content-type")},
		"asks whether it may read parts":  {http.MethodOptions, link, ask(http.MethodGet, "range")},
		"reads":                           {http.MethodGet, link, nil},
		"reads a part":                    {http.MethodGet, link, map[string]string{"Range": "bytes=0-3"}},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, c.url, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Origin", b.server.Origin)
		for k, v := range c.headers {
			req.Header.Set(k, v)
		}
		_, header, _ := send(t, req)
		require.Equal(t, b.server.Origin, header.Get("Access-Control-Allow-Origin"), name)
		if c.method == http.MethodOptions {
			require.Contains(t, header.Get("Access-Control-Allow-Methods"), c.headers["Access-Control-Request-Method"], name)
			allowed := http.CanonicalHeaderKey(header.Get("Access-Control-Allow-Headers"))
			require.Contains(t, allowed, http.CanonicalHeaderKey(c.headers["Access-Control-Request-Headers"]), name)
		}
	}
}

// A store that goes away, in the middle of a reading or before, is a trouble that passes:
// nothing is said of the file.
func aStoreThatIsAwayIsNamed(t *testing.T, b bucket) {
	line := wire.New(t, b.server.Endpoint)
	c := b.server.Config(b.name)
	c.Endpoint, c.PublicURL = line.Addr, ""
	s, err := evidence.Open(t.Context(), c)
	require.NoError(t, err)
	key := newKey()
	body := append([]byte("%PDF-1.7\n"), make([]byte, 40<<20)...)
	o, err := s.Put(t.Context(), key, "application/pdf", bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	id, err := s.StartParts(t.Context(), newKey(), "application/pdf")
	require.NoError(t, err)

	want := evidence.Want{Size: int64(len(body)), SHA256: Sum(body), Ext: "pdf", Progress: func(int64) error {
		line.Cut()
		return nil
	}}
	_, err = s.Complete(t.Context(), key, want)
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "in the middle: %v", err)
	for name, ask := range map[string]func(context.Context) error{
		"ping": s.Ping,
		"open": func(ctx context.Context) error {
			_, err := evidence.Open(ctx, c)
			return err
		},
		"complete": func(ctx context.Context) error {
			_, err := s.Complete(ctx, key, want)
			return err
		},
		"put": func(ctx context.Context) error {
			_, err := s.Put(ctx, key, "text/plain", Reader("甲"), 3)
			return err
		},
		"read": func(ctx context.Context) error {
			_, err := s.Open(ctx, key, o.VersionID)
			return err
		},
		"lock":    func(ctx context.Context) error { return s.Lock(ctx, key, o.VersionID, time.Now().Add(time.Hour)) },
		"discard": func(ctx context.Context) error { return s.Discard(ctx, key, o.VersionID) },
		"start parts": func(ctx context.Context) error {
			_, err := s.StartParts(ctx, key, "text/plain")
			return err
		},
		"assemble": func(ctx context.Context) error { return s.Assemble(ctx, key, id, 1) },
		"abort":    func(ctx context.Context) error { return s.AbortParts(ctx, key, id) },
		"abort older": func(ctx context.Context) error {
			_, err := s.AbortOlder(ctx, time.Now())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ask(t.Context())
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		})
	}
}
