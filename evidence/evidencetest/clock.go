package evidencetest

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// at runs f by a clock that is off, which stands still.
func at(t *testing.T, off time.Duration, f func(t *testing.T)) {
	t.Helper()
	now := time.Now().Add(off)
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(now)) // it begins in the year 2000
		f(t)
	})
}

// signed is one grant of each kind, made at the same time.
type signed struct {
	post   evidence.Upload
	part   evidence.PartUpload
	link   string
	upload inParts
	body   []byte
}

func sign(t *testing.T, s *evidence.Store, off, life time.Duration) signed {
	t.Helper()
	g := signed{body: PDF("时钟"), upload: startParts(t, s, large())}
	o, err := s.Put(t.Context(), newKey(), "text/plain", Reader("甲"), 3)
	require.NoError(t, err)
	at(t, off, func(t *testing.T) {
		var err error
		g.post, err = s.Grant(t.Context(), evidence.GrantRequest{
			Key: newKey(), ContentType: "application/pdf", Size: int64(len(g.body)), SHA256: Sum(g.body), Expires: life,
		})
		require.NoError(t, err)
		u := g.upload
		g.part, err = s.GrantPart(t.Context(), evidence.PartGrant{
			Key: u.key, UploadID: u.id, Number: 2, MD5: MD5(u.part(2)), Total: int64(len(u.body)), Expires: life,
		})
		require.NoError(t, err)
		g.link, err = s.DownloadURL(t.Context(), evidence.Download{Key: o.Key, VersionID: o.VersionID, Name: "x", Expires: life})
		require.NoError(t, err)
	})
	return g
}

// use answers what the store says to each of them.
func (g signed) use(t *testing.T) (post, part, link int) {
	t.Helper()
	link, _, _ = get(t, g.link)
	return Post(t, g.post, g.body), Put(t, g.part, g.upload.part(2)), link
}

func expiredGrantsAreRefused(t *testing.T, s *evidence.Store) {
	g := sign(t, s, -2*time.Minute, time.Minute)
	post, part, link := g.use(t)
	require.Equal(t, []int{http.StatusForbidden, http.StatusForbidden, http.StatusForbidden}, []int{post, part, link})
	_, err := s.Complete(t.Context(), g.post.Fields["key"], evidence.Want{Size: int64(len(g.body)), SHA256: Sum(g.body), Ext: "pdf"})
	require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
	parts, err := s.Parts(t.Context(), g.upload.key, g.upload.id)
	require.NoError(t, err)
	require.Empty(t, parts)
}

// The clocks of the system and of the store may differ by some minutes.
func grantsSurviveAClockThatIsOff(t *testing.T, s *evidence.Store) {
	for _, off := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		post, part, link := sign(t, s, off, 15*time.Minute).use(t)
		require.Equal(t, 2, post/100, "%s: %d", off, post)
		require.Equal(t, []int{http.StatusOK, http.StatusOK}, []int{part, link}, off)
	}
}

// Beyond a quarter of an hour a store refuses to talk, and that is said as what it is.
// Grants of a clock that is behind are over before their time; those of one that is ahead
// a store may refuse as not valid yet (MinIO) or take (versitygw): they are ours either way.
func aClockThatIsFarOffIsNamed(t *testing.T, b bucket) {
	for _, off := range []time.Duration{-20 * time.Minute, 20 * time.Minute} {
		at(t, off, func(t *testing.T) {
			_, err := evidence.Open(t.Context(), b.server.Config(b.name))
			require.Equal(t, evidence.ClockOff, apperr.CodeOf(err), "%s: %v", off, err)
		})
		post, part, link := sign(t, b.Store, off, 15*time.Minute).use(t)
		t.Logf("grants of a clock %s off: POST %d, part %d, download %d", off, post, part, link)
		for _, status := range []int{post, part, link} {
			require.True(t, status == http.StatusForbidden || off > 0 && status/100 == 2, status)
		}
	}
	at(t, 0, func(t *testing.T) {
		s, err := evidence.Open(t.Context(), b.server.Config(b.name))
		require.NoError(t, err)
		s.Close() // while a connection is open the clock stands still
		<-time.After(20 * time.Minute)
		defer s.Close()
		_, err = s.Complete(t.Context(), newKey(), evidence.Want{Size: 1, SHA256: Sum(nil), Ext: "pdf"})
		require.Equal(t, evidence.ClockOff, apperr.CodeOf(err), "%v", err)
		_, err = s.Open(t.Context(), newKey(), uuid.NewString())
		require.Equal(t, evidence.ClockOff, apperr.CodeOf(err), "%v", err)
	})
}
