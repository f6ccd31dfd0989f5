// Package evidencetest is the contract that every object store behind package evidence
// must keep. It runs against a live store.
package evidencetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// Server is a running store that the contract is put to.
type Server struct {
	Endpoint             string // host:port
	AccessKey, SecretKey string
	Region               string
	Origin               string // the one web origin that browsers may come from

	// Root is the store's own account, where the one above is a process's, and Admit makes
	// a bucket in which that one has its rights.
	Root  *Server
	Admit func(t *testing.T, bucket string)
}

// asRoot is the server for whoever owns it.
func (s Server) asRoot() Server {
	if s.Root != nil {
		return *s.Root
	}
	return s
}

// Config opens a bucket of the server.
func (s Server) Config(bucket string) evidence.Config {
	return evidence.Config{
		Endpoint: s.Endpoint, PublicURL: "http://" + s.Endpoint, AccessKey: s.AccessKey, SecretKey: s.SecretKey, Bucket: bucket, Region: s.Region,
	}
}

// client is the server without the product in between, as its owner.
func (s Server) client(t *testing.T) *minio.Client {
	t.Helper()
	return s.asRoot().own(t)
}

// own is the server without the product in between.
func (s Server) own(t *testing.T) *minio.Client {
	t.Helper()
	c, err := minio.New(s.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""), Region: s.Region})
	require.NoError(t, err)
	return c
}

// bucket is an empty bucket of its own, as the product opens it.
type bucket struct {
	*evidence.Store

	server Server
	name   string
}

// Suite runs the contract.
func Suite(t *testing.T, server Server) {
	on := func(test func(*testing.T, *evidence.Store)) func(*testing.T, bucket) {
		return func(t *testing.T, b bucket) { test(t, b.Store) }
	}
	for name, test := range map[string]func(*testing.T, bucket){
		"GrantedUploadCompletes":          on(grantedUploadCompletes),
		"StoreRefusesWhatWasNotGranted":   on(storeRefusesWhatWasNotGranted),
		"OtherBytesNeverComplete":         on(otherBytesNeverComplete),
		"CompleteRefusesWhatItFinds":      on(completeRefusesWhatItFinds),
		"CompletedVersionOutlivesUploads": completedVersionOutlivesUploads,
		"DangerousDocumentsAreRefused":    on(dangerousDocumentsAreRefused),
		"BadGrantRequestsAreNamed":        on(badGrantRequestsAreNamed),
		"PutAndOpenByVersion":             on(putAndOpenByVersion),
		"DownloadURLServesOneVersion":     on(downloadURLServesOneVersion),
		"OtherDownloadsAreRefused":        on(otherDownloadsAreRefused),
		"OnlySafeTypesAreShown":           on(onlySafeTypesAreShown),
		"DownloadsComeInParts":            on(downloadsComeInParts),
		"PartsBecomeOneObject":            on(partsBecomeOneObject),
		"StoreRefusesOtherParts":          on(storeRefusesPartsThatWereNotGranted),
		"BadPartGrantsAreNamed":           on(badPartGrantsAreNamed),
		"BrokenPartsNeverCount":           on(brokenPartsNeverCount),
		"OtherPartsNeverComplete":         on(otherPartsNeverComplete),
		"PartsAreCountedAndMeasured":      on(partsAreCountedAndMeasured),
		"AbortedPartsAreForgotten":        on(abortedPartsAreForgotten),
		"ChecksCanBeStopped":              on(checksCanBeStopped),
		"LockedVersionStays":              lockedVersionStays,
		"ErasedObjectsLeaveNothing":       erasedObjectsLeaveNothing,
		"ExpiredGrantsAreRefused":         on(expiredGrantsAreRefused),
		"GrantsSurviveAClockThatIsOff":    on(grantsSurviveAClockThatIsOff),
		"AClockThatIsFarOffIsNamed":       aClockThatIsFarOffIsNamed,
		"BrowsersComeFromTheOrigin":       browsersComeFromTheOrigin,
		"AStoreThatIsAwayIsNamed":         aStoreThatIsAwayIsNamed,
		"ABucketWithoutLockIsRefused":     aBucketWithoutLockIsRefused,
		"PingAnswers":                     func(t *testing.T, b bucket) { require.NoError(t, b.Ping(t.Context())) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bucket{server: server, name: "suite-" + uuid.NewString()}
			if server.Admit != nil {
				server.Admit(t, b.name)
			}
			var err error
			b.Store, err = evidence.Open(t.Context(), server.Config(b.name))
			require.NoError(t, err)
			test(t, b)
		})
	}
}

// Reader is strings.NewReader.
func Reader(s string) io.Reader { return strings.NewReader(s) }

// ReadAll returns the content of one version.
func ReadAll(t *testing.T, s *evidence.Store, key, versionID string) string {
	t.Helper()
	r, err := s.Open(t.Context(), key, versionID)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(b)
}

// PDF returns a small file that passes for a PDF, different for each text.
func PDF(text string) []byte { return []byte("%PDF-1.7\n% " + text + "\n%%EOF\n") }

// Sum returns the hex SHA-256 of b.
func Sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Post uploads b as a browser would and returns the status.
func Post(t *testing.T, u evidence.Upload, b []byte) int {
	t.Helper()
	status, _ := post(t, u, b)
	return status
}

func post(t *testing.T, u evidence.Upload, b []byte) (status int, said string) {
	t.Helper()
	body := new(bytes.Buffer)
	w := multipart.NewWriter(body)
	for k, v := range u.Fields {
		require.NoError(t, w.WriteField(k, v))
	}
	f, err := w.CreateFormFile("file", "file")
	require.NoError(t, err)
	_, err = f.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u.URL, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	status, _, said = send(t, req)
	return status, said
}

// get follows a link as a browser would.
func get(t *testing.T, link string) (status int, header http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	require.NoError(t, err)
	return send(t, req)
}

func send(t *testing.T, req *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, res.Header, string(b)
}

func newKey() string { return evidence.CasesPrefix + uuid.NewString() }

func grant(t *testing.T, s *evidence.Store, key, ext string, b []byte) evidence.Upload {
	t.Helper()
	mediaType, err := evidence.ContentType(ext)
	require.NoError(t, err)
	u, err := s.Grant(t.Context(), evidence.GrantRequest{
		Key: key, ContentType: mediaType, Size: int64(len(b)), SHA256: Sum(b), Expires: time.Minute,
	})
	require.NoError(t, err)
	return u
}

func upload(t *testing.T, s *evidence.Store, key, ext string, b []byte) evidence.Want {
	t.Helper()
	status := Post(t, grant(t, s, key, ext, b), b)
	require.Equal(t, 2, status/100, "status %d", status)
	return evidence.Want{Size: int64(len(b)), SHA256: Sum(b), Ext: ext}
}

func grantedUploadCompletes(t *testing.T, s *evidence.Store) {
	key, b := newKey(), PDF("发展规划")
	want := upload(t, s, key, "pdf", b)
	want.SHA256 = strings.ToUpper(want.SHA256)
	o, err := s.Complete(t.Context(), key, want)
	require.NoError(t, err)
	require.NotEmpty(t, o.VersionID)
	require.Equal(t, evidence.Object{
		Key: key, VersionID: o.VersionID, Size: int64(len(b)), SHA256: Sum(b), Type: "application/pdf",
	}, o)
	require.Equal(t, string(b), ReadAll(t, s, key, o.VersionID))
}

func completeRefusesWhatItFinds(t *testing.T, s *evidence.Store) {
	shot := picture(t)
	for name, c := range map[string]struct {
		ext  string
		body []byte
		want func(w *evidence.Want)
		code apperr.Code
	}{
		"another size":      {ext: "pdf", body: PDF("a"), want: func(w *evidence.Want) { w.Size++ }, code: evidence.FileSize},
		"another digest":    {ext: "pdf", body: PDF("a"), want: func(w *evidence.Want) { w.SHA256 = Sum(PDF("b")) }, code: evidence.FileSHA256},
		"png named pdf":     {ext: "pdf", body: shot, code: evidence.FileType},
		"pdf named docx":    {ext: "docx", body: PDF("a"), code: evidence.FileType},
		"pdf named doc":     {ext: "doc", body: PDF("a"), code: evidence.FileType},
		"unknown extension": {ext: "pdf", body: PDF("a"), want: func(w *evidence.Want) { w.Ext = "exe" }, code: evidence.FileType},
		"nothing wrong":     {ext: "png", body: shot},
		"old Word document": {ext: "doc", body: append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 4096)...)},
	} {
		t.Run(name, func(t *testing.T) {
			key := newKey()
			want := upload(t, s, key, c.ext, c.body)
			if c.want != nil {
				c.want(&want)
			}
			_, err := s.Complete(t.Context(), key, want)
			require.Equal(t, c.code, apperr.CodeOf(err), "%v", err)
		})
	}
	t.Run("nothing uploaded", func(t *testing.T) {
		_, err := s.Complete(t.Context(), newKey(), evidence.Want{Size: 1, SHA256: Sum(nil), Ext: "pdf"})
		require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
	})
}

func badGrantRequestsAreNamed(t *testing.T, s *evidence.Store) {
	good := evidence.GrantRequest{Key: "k", ContentType: "application/pdf", Size: 1, SHA256: Sum(nil), Expires: time.Minute}
	for field, spoil := range map[string]func(r *evidence.GrantRequest){
		"sha256":  func(r *evidence.GrantRequest) { r.SHA256 = "abc" },
		"size":    func(r *evidence.GrantRequest) { r.Size = 0 },
		"expires": func(r *evidence.GrantRequest) { r.Expires = evidence.MaxGrant + 1 },
	} {
		r := good
		spoil(&r)
		_, err := s.Grant(t.Context(), r)
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), "%v", err)
		require.Equal(t, field, apperr.FieldOf(err))
	}
}

func putAndOpenByVersion(t *testing.T, s *evidence.Store) {
	key := newKey()
	a, err := s.Put(t.Context(), key, "text/plain", Reader("甲"), 3)
	require.NoError(t, err)
	b, err := s.Put(t.Context(), key, "text/plain", Reader("乙"), -1)
	require.NoError(t, err)
	require.NotEqual(t, a.VersionID, b.VersionID)
	require.Equal(t, Sum([]byte("甲")), a.SHA256)
	require.EqualValues(t, 3, b.Size)
	require.Equal(t, "甲", ReadAll(t, s, key, a.VersionID))
	require.Equal(t, "乙", ReadAll(t, s, key, b.VersionID))

	for name, v := range map[string][2]string{
		"other key": {newKey(), a.VersionID}, "other version": {key, uuid.NewString()}, "version of another kind of store": {key, "01JEXAMPLEOFANOTHERSTORE"},
	} {
		_, err = s.Open(t.Context(), v[0], v[1])
		require.Equal(t, apperr.NotFound, apperr.CodeOf(err), "%s: %v", name, err)
	}
}

func downloadURLServesOneVersion(t *testing.T, s *evidence.Store) {
	key := newKey()
	a, err := s.Put(t.Context(), key, "application/octet-stream", Reader("甲"), 3)
	require.NoError(t, err)
	b, err := s.Put(t.Context(), key, "application/octet-stream", Reader("乙"), 3)
	require.NoError(t, err)
	d := evidence.Download{Key: key, VersionID: a.VersionID, Name: "第一组/总结\n 2026.pdf", Type: "application/pdf", Expires: time.Minute}
	for inline, want := range map[bool]string{false: "attachment", true: "inline"} {
		d.Inline = inline
		link, err := s.DownloadURL(t.Context(), d)
		require.NoError(t, err)
		status, header, body := get(t, link)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "甲", body)
		require.Equal(t, "application/pdf", header.Get("Content-Type"), "not what the upload said")
		kind, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
		require.NoError(t, err)
		require.Equal(t, want, kind)
		require.Equal(t, "第一组_总结_ 2026.pdf", params["filename"])

		for _, change := range []*strings.Replacer{
			strings.NewReplacer(a.VersionID, b.VersionID), strings.NewReplacer(want, "inline%3B", "application%2Fpdf", "text%2Fhtml"),
		} {
			swapped, _, _ := get(t, change.Replace(link))
			require.Equal(t, http.StatusForbidden, swapped, "version, type and disposition are part of the signature")
		}
	}
}

// A page shows pictures, documents and video, and nothing that could act in its place.
func onlySafeTypesAreShown(t *testing.T, s *evidence.Store) {
	shown := map[string]bool{"pdf": true, "png": true, "jpg": true, "mp4": true, "mp3": true, "docx": true, "xlsx": true, "txt": true}
	for _, ext := range evidence.Extensions() {
		if ext == "jpeg" {
			continue
		}
		mediaType, err := evidence.ContentType(ext)
		require.NoError(t, err)
		_, err = s.DownloadURL(t.Context(), evidence.Download{
			Key: "k", VersionID: "v", Name: "x." + ext, Type: mediaType, Inline: true, Expires: time.Minute,
		})
		require.Equal(t, shown[ext], err == nil, "%s: %v", ext, err)
	}
	for _, mediaType := range []string{"text/html", "image/svg+xml", "application/xml", "text/plain; charset=utf-16", ""} {
		_, err := s.DownloadURL(t.Context(), evidence.Download{Key: "k", VersionID: "v", Type: mediaType, Inline: true, Expires: time.Minute})
		require.Equal(t, evidence.FilePreview, apperr.CodeOf(err), "%s: %v", mediaType, err)
	}
}

// Video players and document viewers ask for parts.
func downloadsComeInParts(t *testing.T, s *evidence.Store) {
	key := newKey()
	o, err := s.Put(t.Context(), key, "video/mp4", Reader("0123456789"), 10)
	require.NoError(t, err)
	link, err := s.DownloadURL(t.Context(), evidence.Download{
		Key: key, VersionID: o.VersionID, Name: "课.mp4", Type: "video/mp4", Inline: true, Expires: time.Minute,
	})
	require.NoError(t, err)
	for asked, want := range map[string][2]string{"bytes=2-5": {"2345", "bytes 2-5/10"}, "bytes=7-": {"789", "bytes 7-9/10"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
		require.NoError(t, err)
		r.Header.Set("Range", asked)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusPartialContent, res.StatusCode)
		require.Equal(t, want, [2]string{string(body), res.Header.Get("Content-Range")})
		require.Equal(t, "video/mp4", res.Header.Get("Content-Type"))
	}
}

// picture is a small PNG.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))))
	return b.Bytes()
}
