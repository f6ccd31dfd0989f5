package evidencetest

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// large is a PDF of two parts, the second short.
func large() []byte {
	b := bytes.Repeat([]byte("整校推进"), (evidence.PartSize+4096)/len("整校推进"))
	copy(b, "%PDF-1.7\n")
	return b
}

// inParts is an upload in parts of one body.
type inParts struct {
	s       *evidence.Store
	key, id string
	body    []byte
}

func startParts(t *testing.T, s *evidence.Store, body []byte) inParts {
	t.Helper()
	u := inParts{s: s, key: newKey(), body: body}
	var err error
	u.id, err = s.StartParts(t.Context(), u.key, "application/pdf")
	require.NoError(t, err)
	return u
}

func (u inParts) want() evidence.Want {
	return evidence.Want{Size: int64(len(u.body)), SHA256: Sum(u.body), Ext: "pdf"}
}

func (u inParts) grant(t *testing.T, number int) evidence.PartUpload {
	t.Helper()
	g, err := u.s.GrantPart(t.Context(), evidence.PartGrant{
		Key: u.key, UploadID: u.id, Number: number, MD5: MD5(u.part(number)), Total: int64(len(u.body)), Expires: time.Minute,
	})
	require.NoError(t, err)
	return g
}

// part is the content of one part.
func (u inParts) part(number int) []byte {
	from := (number - 1) * evidence.PartSize
	return u.body[from : from+int(evidence.PartLength(int64(len(u.body)), number))]
}

func (u inParts) send(t *testing.T, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		require.Equal(t, http.StatusOK, Put(t, u.grant(t, n), u.part(n)))
	}
}

func (u inParts) assemble(ctx context.Context) error {
	return u.s.Assemble(ctx, u.key, u.id, int64(len(u.body)))
}

// MD5 returns the hex MD5 of b.
func MD5(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// Put sends one part as a browser would and returns the status.
func Put(t *testing.T, g evidence.PartUpload, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, g.URL, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range g.Headers {
		req.Header.Set(k, v)
	}
	status, _, _ := send(t, req)
	return status
}

func partsBecomeOneObject(t *testing.T, s *evidence.Store) {
	u := startParts(t, s, large())
	require.Equal(t, evidence.PartsMissing, apperr.CodeOf(u.assemble(t.Context())))
	u.send(t, 2)
	parts, err := s.Parts(t.Context(), u.key, u.id)
	require.NoError(t, err)
	require.Len(t, parts, 1, "what is there is known after a break")
	require.Equal(t, 2, parts[0].Number)
	require.Equal(t, evidence.PartsMissing, apperr.CodeOf(u.assemble(t.Context())))
	u.send(t, 1, 2)
	require.NoError(t, u.assemble(t.Context()))
	require.NoError(t, u.assemble(t.Context()), "once more, as after a restart")

	var told []int64
	want := u.want()
	want.Progress = func(n int64) error {
		told = append(told, n)
		return nil
	}
	o, err := s.Complete(t.Context(), u.key, want)
	require.NoError(t, err)
	require.Equal(t, Sum(u.body), o.SHA256)
	require.NotEmpty(t, o.VersionID)
	require.Equal(t, string(u.body), ReadAll(t, s, u.key, o.VersionID))
	again, err := s.Complete(t.Context(), u.key, u.want())
	require.NoError(t, err)
	require.Equal(t, o, again)
	_, err = s.Parts(t.Context(), u.key, u.id)
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
}

func storeRefusesPartsThatWereNotGranted(t *testing.T, s *evidence.Store) {
	u := startParts(t, s, large())
	other := startParts(t, s, large())
	g := u.grant(t, 2)
	good, short := g.URL, u.part(2)
	unsigned, _, _ := strings.Cut(good, "?")
	for name, c := range map[string]struct {
		url  string
		body []byte
	}{
		"longer":         {good, append(bytes.Clone(short), 'x')},
		"shorter":        {good, short[:len(short)-1]},
		"other number":   {strings.Replace(good, "partNumber=2", "partNumber=3", 1), short},
		"other upload":   {strings.Replace(good, u.id, other.id, 1), short},
		"other key":      {strings.Replace(good, u.key, other.key, 1), short},
		"no signature":   {unsigned + "?partNumber=2&uploadId=" + u.id, short},
		"longer to live": {strings.Replace(good, "X-Amz-Expires=60", "X-Amz-Expires=600", 1), short},
	} {
		require.Equal(t, http.StatusForbidden, Put(t, evidence.PartUpload{URL: c.url, Headers: g.Headers}, c.body), name)
	}
	require.Equal(t, 4, Put(t, evidence.PartUpload{URL: good}, short)/100, "without its digest")
	require.Equal(t, http.StatusBadRequest, Put(t, g, make([]byte, len(short))), "other bytes")
	parts, err := s.Parts(t.Context(), u.key, u.id)
	require.NoError(t, err)
	require.Empty(t, parts)
}

func badPartGrantsAreNamed(t *testing.T, s *evidence.Store) {
	for field, spoil := range map[string]func(*evidence.PartGrant){
		"numbers": func(g *evidence.PartGrant) { g.Number = 3 },
		"md5":     func(g *evidence.PartGrant) { g.MD5 = "00" },
		"expires": func(g *evidence.PartGrant) { g.Expires = evidence.MaxGrant + 1 },
	} {
		g := evidence.PartGrant{Key: newKey(), UploadID: "u", Number: 1, MD5: MD5(nil), Total: evidence.PartSize + 1, Expires: time.Minute}
		spoil(&g)
		_, err := s.GrantPart(t.Context(), g)
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), "%v", err)
		require.Equal(t, field, apperr.FieldOf(err))
	}
}

// The line breaks in the middle of a part, without a word: what came is no part, whatever
// the store had put aside for it.
func brokenPartsNeverCount(t *testing.T, s *evidence.Store) {
	u := startParts(t, s, large())
	g, body := u.grant(t, 2), u.part(2)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, g.URL, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range g.Headers {
		req.Header.Set(k, v)
	}
	var raw bytes.Buffer
	require.NoError(t, req.Write(&raw))
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", req.URL.Host)
	require.NoError(t, err)
	_, err = conn.Write(raw.Bytes()[:raw.Len()-len(body)/2])
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	_, err = io.Copy(io.Discard, conn)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	parts, err := s.Parts(t.Context(), u.key, u.id)
	require.NoError(t, err)
	require.Empty(t, parts)
}

// The parts are as long as granted, but not of the bytes that were.
func otherPartsNeverComplete(t *testing.T, s *evidence.Store) {
	u := startParts(t, s, large())
	granted := u.want()
	u.body = bytes.Clone(u.body)
	u.body[len(u.body)-1] ^= 1
	u.send(t, 1, 2)
	require.NoError(t, u.assemble(t.Context()))
	_, err := s.Complete(t.Context(), u.key, granted)
	require.Equal(t, evidence.FileSHA256, apperr.CodeOf(err), "%v", err)
}

// A part that was sent twice counts as it was last sent; one that is too short, as a store
// that does not look at the length would take it, is found out.
func partsAreCountedAndMeasured(t *testing.T, _ *evidence.Store) {
	const total = 2*evidence.PartSize + 5
	whole := []evidence.Part{{Number: 1, Size: evidence.PartSize}, {Number: 2, Size: evidence.PartSize}, {Number: 3, Size: 5}}
	require.NoError(t, evidence.CheckParts(whole, total))
	for name, c := range map[string]struct {
		parts []evidence.Part
		code  apperr.Code
	}{
		"none":      {nil, evidence.PartsMissing},
		"a gap":     {[]evidence.Part{whole[0], whole[2]}, evidence.PartsMissing},
		"too short": {[]evidence.Part{whole[0], {Number: 2, Size: 1}, whole[2]}, evidence.FileSize},
		"too many":  {append(slices.Clone(whole), evidence.Part{Number: 4, Size: 1}), evidence.FileSize},
	} {
		require.Equal(t, c.code, apperr.CodeOf(evidence.CheckParts(c.parts, total)), name)
	}
}

func abortedPartsAreForgotten(t *testing.T, s *evidence.Store) {
	u := startParts(t, s, large())
	u.send(t, 1, 2)
	require.NoError(t, s.AbortParts(t.Context(), u.key, u.id))
	require.NoError(t, s.AbortParts(t.Context(), u.key, u.id), "told twice")
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(u.assemble(t.Context())))
	_, err := s.Complete(t.Context(), u.key, u.want())
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
	require.Equal(t, http.StatusNotFound, Put(t, u.grant(t, 2), u.part(2)))

	left := startParts(t, s, large())
	n, err := s.AbortOlder(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = s.AbortOlder(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Parts(t.Context(), left.key, left.id)
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
}

// Reading a large file ends when whoever reads it is told to stop.
func checksCanBeStopped(t *testing.T, s *evidence.Store) {
	key := newKey()
	body := append([]byte("%PDF-1.7\n"), make([]byte, 20<<20)...)
	_, err := s.Put(t.Context(), key, "application/pdf", bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	stop := errors.New("stop")
	_, err = s.Complete(t.Context(), key, evidence.Want{
		Size: int64(len(body)), SHA256: Sum(body), Ext: "pdf", Progress: func(int64) error { return stop },
	})
	require.ErrorIs(t, err, stop)
}
