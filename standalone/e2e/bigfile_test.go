package e2e

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/wire"
	"zhengxiao/models"
)

const (
	bigFileCuts = 10
	// bigFileGrowth is how much the API's process may grow by a large upload.
	bigFileGrowth = 64 << 20
)

// bigFileSize is in bytes, a little less than so many MiB unless ZX_BIG_FILE_MIB says
// otherwise.
func bigFileSize(t *testing.T, mib int) int64 {
	t.Helper()
	if v := os.Getenv("ZX_BIG_FILE_MIB"); v != "" {
		var err error
		mib, err = strconv.Atoi(v)
		require.NoError(t, err)
	}
	return int64(mib)<<20 - 12345 // the last part is a short one
}

// A large video's connection to the store is cut ten times while it is uploaded, and in
// the end exactly its bytes are the item's file. API, worker and store are processes of
// their own: neither of the first two grows with the file.
func TestBigFile(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		p := part{Database: filepath.Join(t.TempDir(), "app.db")}
		db, err := p.database()
		require.NoError(t, err)
		require.NoError(t, models.Migrate(t.Context(), db))
		pool, err := db.DB()
		require.NoError(t, err)
		defer func() { _ = pool.Close() }()
		sendBigFile(t, bigFileSize(t, 1024), p, db)
	})
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("MySQL", func(t *testing.T) {
		t.Parallel()
		db := testkit.MySQL(t)
		// The database sees parts, not bytes: a smaller file asks as much of it.
		sendBigFile(t, bigFileSize(t, 128), part{MySQL: testkit.DSN(t, db, "")}, db)
	})
}

func sendBigFile(t *testing.T, size int64, server part, db *gorm.DB) {
	t.Helper()
	store := play(t, "store", part{Dir: t.TempDir()})
	line := wire.New(t, store.addr)
	line.BreakEvery(size/(bigFileCuts+1), bigFileCuts)
	keys, schoolCase, token := bigFileSchool(t, db)
	server.DataKeys = keys
	server.Endpoint, server.PublicURL = store.addr, "http://"+line.Addr
	front := play(t, "api", server)
	u := &uploader{t: t, base: "http://" + front.addr, token: token, size: size}
	u.hash()
	before, _ := front.memory(t)
	began := time.Now()
	u.upload(schoolCase)
	sent := time.Since(began)
	require.Equal(t, http.StatusAccepted, u.call(http.MethodPost, u.version("/complete"), nil, nil), "it is checked in the background")

	reader := play(t, "worker", server)
	idle, _ := reader.memory(t)
	u.checked()
	_, peak := front.memory(t)
	_, read := reader.memory(t)
	t.Logf("%d bytes in %d parts: %d cuts, %d parts broken off; sent in %s, checked in %s; the API grew by %.1f MiB, the worker by %.1f MiB",
		size, evidence.PartCount(size), line.Broken(), u.broken.Load(), sent.Round(time.Millisecond),
		(time.Since(began) - sent).Round(time.Millisecond), float64(peak-before)/(1<<20), float64(read-idle)/(1<<20))
	require.Equal(t, bigFileCuts, line.Broken())
	require.Less(t, peak-before, int64(bigFileGrowth))
	require.Less(t, read-idle, int64(bigFileGrowth))
	require.Equal(t, u.sum, u.stored(), "what the store gives back is what was uploaded")
}

// bigFileSchool puts a school into the database whose administrator may fill its dossier.
func bigFileSchool(t *testing.T, db *gorm.DB) (keys, caseID, token string) {
	t.Helper()
	keys, err := secret.Generate("test")
	require.NoError(t, err)
	ring, err := secret.ParseKeyring(keys)
	require.NoError(t, err)
	clock := testkit.NewClock()
	clock.Set(time.Now())
	w := testkit.NewWorld(t, models.New(db, clock.Now, ring), clock)
	c, _ := w.Case(w.School, 0)
	w.Move(c.ID, domain.StageTraining)
	token = auth.NewToken()
	admin := w.User(w.School, domain.RoleSchoolAdmin)
	require.NoError(t, w.Store.CreateSession(t.Context(), models.Session{TokenHash: auth.HashToken(token), UserID: admin.ID}, time.Hour))
	return keys, c.ID, token
}

// uploader sends a made-up video in parts, several at a time, as a browser would.
type uploader struct {
	t           *testing.T
	base, token string
	size        int64
	sum         string
	up          gen.LargeUpload
	broken      atomic.Int64
}

// content makes one part anew each time it is asked for: nobody holds the whole file.
func (u *uploader) content(number int) io.Reader {
	r := rand.NewChaCha8([32]byte{byte(number), byte(number >> 8)})
	if number > 1 {
		return io.LimitReader(r, evidence.PartLength(u.size, number))
	}
	head := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	return io.MultiReader(bytes.NewReader([]byte(head)), io.LimitReader(r, evidence.PartLength(u.size, 1)-int64(len(head))))
}

func (u *uploader) hash() {
	h := sha256.New()
	for n := range evidence.PartCount(u.size) {
		_, err := io.Copy(h, u.content(n+1))
		require.NoError(u.t, err)
	}
	u.sum = hexOf(h)
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func (u *uploader) version(rest string) string {
	return fmt.Sprintf("/api/v1/files/%s/versions/%d%s", u.up.FileId, u.up.N, rest)
}

// call asks the API and returns the status.
func (u *uploader) call(method, path string, body, answer any) int {
	u.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(u.t, err)
	req, err := http.NewRequestWithContext(u.t.Context(), method, u.base+path, bytes.NewReader(raw))
	require.NoError(u.t, err)
	req.Header.Set("Authorization", "Bearer "+u.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(u.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(u.t, err)
	require.Less(u.t, res.StatusCode, 300, string(text))
	if answer != nil {
		require.NoError(u.t, json.Unmarshal(text, answer))
	}
	return res.StatusCode
}

// upload goes on until the store has every part. Each time a line is cut it forgets what it
// knew, asks again for the same file and sends what is missing.
func (u *uploader) upload(caseID string) {
	u.t.Helper()
	wish := gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "5", Name: "课例.mp4", Size: u.size, Sha256: u.sum}
	for range 10 * bigFileCuts {
		u.call(http.MethodPost, casePath(caseID)+"/uploads", wish, &u.up)
		if len(u.up.Parts) == u.up.PartCount {
			return
		}
		if err := u.sendMissing(); err != nil {
			u.t.Logf("%d of %d parts, then: %.80s", len(u.up.Parts), u.up.PartCount, err)
		}
	}
	u.t.Fatal("the upload does not come to an end")
}

func casePath(id string) string { return "/api/v1/cases/" + id }

func (u *uploader) sendMissing() error {
	var missing []int
	for n := 1; n <= u.up.PartCount; n++ {
		if !slices.Contains(u.up.Parts, n) {
			missing = append(missing, n)
		}
	}
	lanes, ctx := errgroup.WithContext(u.t.Context())
	lanes.SetLimit(3)
	for some := range slices.Chunk(missing, 8) {
		var grants gen.PartGrantList
		if ctx.Err() != nil {
			break
		}
		var wish gen.PartsRequest
		for _, n := range some {
			sum := md5.New()
			_, _ = io.Copy(sum, u.content(n))
			wish.Parts = append(wish.Parts, gen.PartWish{Number: n, Md5: hexOf(sum)})
		}
		u.call(http.MethodPost, u.version("/parts"), wish, &grants)
		for _, g := range grants.Items {
			lanes.Go(func() error { return u.send(ctx, g) })
		}
	}
	return lanes.Wait()
}

func (u *uploader) send(ctx context.Context, g gen.PartGrant) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, g.Url, u.content(g.Number))
	if err != nil {
		return err
	}
	req.ContentLength = g.Size
	for k, v := range g.Headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		u.broken.Add(1)
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("part %d: %s", g.Number, res.Status)
	}
	return nil
}

// checked waits for the verdict; the way there is shown.
func (u *uploader) checked() {
	u.t.Helper()
	u.up = gen.LargeUpload{FileId: u.up.FileId, N: u.up.N}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for moved, read := time.Now(), int64(-1); u.pending(); <-tick.C {
		if u.up.CheckedBytes != read {
			moved, read = time.Now(), u.up.CheckedBytes
		}
		require.Less(u.t, time.Since(moved), time.Minute, "nobody reads on after %d bytes", read)
	}
	require.Equal(u.t, models.FileChecked, u.up.State, u.up.Reason)
	require.Equal(u.t, u.size, u.up.CheckedBytes)
	require.Equal(u.t, http.StatusOK, u.call(http.MethodPost, u.version("/complete"), nil, nil))
}

// pending asks whether the verdict is still to come.
func (u *uploader) pending() bool {
	u.t.Helper()
	u.call(http.MethodGet, u.version("/upload"), nil, &u.up)
	return u.up.State == models.FileChecking || u.up.State == models.FileUploaded
}

// stored is the digest of what is served.
func (u *uploader) stored() string {
	u.t.Helper()
	var d gen.Download
	u.call(http.MethodGet, u.version("/download"), nil, &d)
	req, err := http.NewRequestWithContext(u.t.Context(), http.MethodGet, d.Url, http.NoBody)
	require.NoError(u.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(u.t, err)
	defer func() { _ = res.Body.Close() }()
	h := sha256.New()
	n, err := io.Copy(h, res.Body)
	require.NoError(u.t, err)
	require.Equal(u.t, u.size, n)
	return hexOf(h)
}
