// Package heads keeps the daily heads of the audit log and of every case's events in the
// object store, under lock, and reads them again.
package heads

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"zhengxiao/evidence"
	"zhengxiao/internal/notary"
	"zhengxiao/models"
)

const (
	prefix = evidence.HeadsPrefix
	kind   = "application/jsonl"
)

// china is where days begin.
var china = time.FixedZone("CST", 8*60*60) //nolint:mnd // UTC+8

// Today is the day of a head that is made at a time.
func Today(at time.Time) string { return at.In(china).Format(time.DateOnly) }

// List names every head that was ever kept, deleted and replaced ones too, the oldest
// first.
func List(ctx context.Context, files Files) ([]models.KeptHead, error) {
	versions, err := files.Versions(ctx, prefix)
	if err != nil {
		return nil, err
	}
	list := make([]models.KeptHead, len(versions))
	for i, v := range versions {
		list[i] = models.KeptHead{Name: strings.TrimPrefix(v.Key, prefix), Open: func(ctx context.Context) (io.ReadCloser, error) {
			return files.Open(ctx, v.Key, v.VersionID)
		}}
	}
	return list, nil
}

func read(ctx context.Context, files Files, v evidence.Version) (models.DailyHead, error) {
	file, err := files.Open(ctx, v.Key, v.VersionID)
	if err != nil {
		return models.DailyHead{}, err
	}
	defer file.Close() //nolint:errcheck // read to its end
	return models.ReadHead(file)
}

// Last is the newest head, nil when there is none.
func Last(ctx context.Context, files Files) (*models.DailyHead, error) {
	h, _, err := newest(ctx, files)
	return h, err
}

func newest(ctx context.Context, files Files) (*models.DailyHead, evidence.Version, error) {
	versions, err := files.Versions(ctx, prefix)
	if err != nil || len(versions) == 0 {
		return nil, evidence.Version{}, err
	}
	at := versions[len(versions)-1]
	h, err := read(ctx, files, at)
	return &h, at, err
}

// Files is what of the object store keeps heads.
type Files interface {
	Versions(ctx context.Context, prefix string) ([]evidence.Version, error)
	Open(ctx context.Context, key, versionID string) (io.ReadCloser, error)
	Put(ctx context.Context, key, contentType string, r io.Reader, size int64) (evidence.Object, error)
	Lock(ctx context.Context, key, versionID string, until time.Time) error
}

// Keep makes a head, puts it under lock and enters it in the log. once leaves it at the one
// of today that there is, and does to that one what an attempt before did not get to.
func Keep(ctx context.Context, store *models.Store, files Files, by *notary.Signer, once bool) (models.DailyHead, error) {
	last, at, err := newest(ctx, files)
	if err != nil {
		return models.DailyHead{}, err
	}
	day, previous := Today(store.Now()), ""
	if last != nil {
		previous = last.Digest()
		if once && last.Day == day {
			return *last, settle(ctx, store, files, *last, at)
		}
	}
	h, err := store.MakeHead(ctx, day, previous, by)
	if err != nil {
		return h, err
	}
	raw := h.Encode()
	key := fmt.Sprintf("%s%s-%020d.jsonl", prefix, day, h.At.UnixMicro())
	o, err := files.Put(ctx, key, kind, bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return h, err
	}
	return h, settle(ctx, store, files, h, evidence.Version{Key: key, VersionID: o.VersionID})
}

// settle locks a head that lies in the store and enters it in the log, if it is not there.
func settle(ctx context.Context, store *models.Store, files Files, h models.DailyHead, at evidence.Version) error {
	if err := files.Lock(ctx, at.Key, at.VersionID, h.At.AddDate(models.RetentionYears, 0, 0)); err != nil {
		return err
	}
	known, err := store.HeadKnown(ctx, h)
	if err != nil || known {
		return err
	}
	return store.HeadEntered(ctx, h, at.Key)
}
