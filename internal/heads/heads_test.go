package heads_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// shelf keeps files in memory; as many locks fail as are said to.
type shelf struct {
	versions []evidence.Version
	files    map[string][]byte
	locked   map[string]time.Time
	failing  int
}

var errLock = errors.New("the store is away")

func (s *shelf) Versions(context.Context, string) ([]evidence.Version, error) { return s.versions, nil }

func (s *shelf) Open(_ context.Context, key, _ string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.files[key])), nil
}

func (s *shelf) Put(_ context.Context, key, _ string, r io.Reader, _ int64) (evidence.Object, error) {
	raw, err := io.ReadAll(r)
	s.files[key] = raw
	s.versions = append(s.versions, evidence.Version{Key: key, VersionID: "v"})
	return evidence.Object{VersionID: "v"}, err
}

func (s *shelf) Lock(_ context.Context, key, _ string, until time.Time) error {
	if s.failing > 0 {
		s.failing--
		return errLock
	}
	s.locked[key] = until
	return nil
}

// A head whose lock failed is locked and entered when its keeping is tried again, and once.
func TestAHeadWhoseLockFailedIsLockedLater(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, models.New(testkit.SQLite(t), clock.Now, testkit.Keyring(t)), clock)
	by, err := notary.ParseSigner(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	require.NoError(t, err)
	s := &shelf{files: map[string][]byte{}, locked: map[string]time.Time{}, failing: 1}
	kept := heads.Heads{Store: w.Store, Files: s, Keys: by.Keys()}
	entries := func() int {
		list, _, err := w.Store.AuditLog(t.Context(), models.Scope{All: true}, models.AuditFilter{Action: models.ActionHead}, models.Page{})
		require.NoError(t, err)
		return len(list)
	}
	_, err = kept.Keep(t.Context(), by, true)
	require.ErrorIs(t, err, errLock)
	require.Empty(t, s.locked)
	require.Zero(t, entries())
	for range 2 {
		clock.Advance(time.Minute)
		h, err := kept.Keep(t.Context(), by, true)
		require.NoError(t, err)
		require.Len(t, s.versions, 1)
		require.Equal(t, h.At.AddDate(models.RetentionYears, 0, 0), s.locked[s.versions[0].Key])
		require.Equal(t, 1, entries())
	}
}

// What heads and files are locked for is no less than the worker's account may lock, a day
// after the head was made and in years without a leap day.
func TestLocksAreAsLongAsTheAccountMaySet(t *testing.T) {
	t.Parallel()
	require.Greater(t, models.RetentionYears*365-2, evidence.LeastLockDays)
}
