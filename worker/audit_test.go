package worker_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// forger is a store where everything is what was added last.
type forger struct {
	heads.Files

	keys []string
	body []byte
}

func (f *forger) Versions(context.Context, string) ([]evidence.Version, error) {
	var list []evidence.Version
	for _, key := range f.keys {
		list = append(list, evidence.Version{Key: key, VersionID: "v"})
	}
	return list, nil
}

func (f *forger) Open(context.Context, string, string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.body)), nil
}

func (f *forger) Put(_ context.Context, key, _ string, r io.Reader, _ int64) (evidence.Object, error) {
	var err error
	f.keys = append(f.keys, key)
	f.body, err = io.ReadAll(r)
	return evidence.Object{}, err
}

func (*forger) Lock(context.Context, string, string, time.Time) error { return nil }

// A worker that meets files among the daily heads that are none goes by the genuine ones,
// and says so once a day.
func TestStrangeFilesAmongHeadsRaiseAnAlarm(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := models.New(testkit.SQLite(t), clock.Now, testkit.Keyring(t))
	seed, err := notary.Generate()
	require.NoError(t, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(t, err)
	require.NoError(t, store.BeginAudit(t.Context(), by))
	_, err = store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	files, d := &forger{}, worker.Deps{Store: store, Logger: slog.New(slog.DiscardHandler), AuditKeys: by.Keys()}
	alarms := func() int64 {
		var n int64
		require.NoError(t, store.DB(t.Context()).Model(&models.Alarm{}).Where("kind = ?", models.AlarmAudit).Count(&n).Error)
		return n
	}
	kept, err := heads.Heads{Store: store, Files: files, Keys: by.Keys()}.Keep(t.Context(), by, true)
	require.NoError(t, err)
	look := func() {
		t.Helper()
		last, err := worker.NewestHead(t.Context(), d, files)
		require.NoError(t, err)
		require.Equal(t, kept.Digest(), last.Digest())
	}
	look()
	require.Zero(t, alarms())
	files.keys = append(files.keys, evidence.HeadsPrefix+"2099-01-01.jsonl") // the same one as a newer one
	for range 2 {
		look()
		require.EqualValues(t, 1, alarms())
	}
	clock.Advance(24 * time.Hour)
	look()
	require.EqualValues(t, 2, alarms())
}
