// Package heads keeps the daily heads of the audit log and of every case's events in the
// object store, under lock, and reads them again.
package heads

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"zhengxiao/evidence"
	"zhengxiao/internal/notary"
	"zhengxiao/models"
)

const (
	prefix = "audit/heads/"
	kind   = "application/jsonl"
)

// china is where days begin.
var china = time.FixedZone("CST", 8*60*60) //nolint:mnd // UTC+8

// Today is the day of a head that is made at a time.
func Today(at time.Time) string { return at.In(china).Format(time.DateOnly) }

// Load reads every head that was ever kept, deleted and replaced ones too, the oldest
// first. One that cannot be read is among them, without a signature that could be right.
func Load(ctx context.Context, files *evidence.Store) ([]models.DailyHead, error) {
	versions, err := files.Versions(ctx, prefix)
	if err != nil {
		return nil, err
	}
	list := make([]models.DailyHead, 0, len(versions))
	for _, v := range versions {
		h, err := read(ctx, files, v)
		if err != nil {
			h = models.DailyHead{Day: strings.TrimPrefix(v.Key, prefix)}
		}
		list = append(list, h)
	}
	return list, nil
}

func read(ctx context.Context, files *evidence.Store, v evidence.Version) (models.DailyHead, error) {
	file, err := files.Open(ctx, v.Key, v.VersionID)
	if err != nil {
		return models.DailyHead{}, err
	}
	defer file.Close() //nolint:errcheck // read to its end
	return models.ReadHead(file)
}

// Last is the newest head, nil when there is none.
func Last(ctx context.Context, files *evidence.Store) (*models.DailyHead, error) {
	versions, err := files.Versions(ctx, prefix)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	h, err := read(ctx, files, versions[len(versions)-1])
	return &h, err
}

// Keep makes a head and puts it under lock. once leaves it at the one of today that there
// is: a second attempt changes nothing.
func Keep(ctx context.Context, store *models.Store, files *evidence.Store, by *notary.Signer, once bool) (models.DailyHead, error) {
	last, err := Last(ctx, files)
	if err != nil {
		return models.DailyHead{}, err
	}
	day, previous := Today(store.Now()), ""
	if last != nil {
		previous = last.Digest()
		if once && last.Day == day {
			return *last, nil
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
	if err := files.Lock(ctx, key, o.VersionID, store.Now().AddDate(models.RetentionYears, 0, 0)); err != nil {
		return h, err
	}
	return h, store.HeadEntered(ctx, h, key)
}
