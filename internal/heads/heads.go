// Package heads keeps the daily heads of the audit log and of every case's events in the
// object store, under lock, and reads them again.
package heads

import (
	"context"
	"errors"
	"io"
	"slices"
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

// List names every file that was ever kept among the heads, deleted and replaced ones too,
// the oldest first. Whoever may add files may have added some that are none.
func List(ctx context.Context, files Files) ([]models.KeptHead, error) {
	versions, err := files.Versions(ctx, prefix)
	if err != nil {
		return nil, err
	}
	list := make([]models.KeptHead, len(versions))
	for i, v := range versions {
		list[i] = models.KeptHead{Name: strings.TrimPrefix(v.Key, prefix), Version: v.VersionID, Open: func(ctx context.Context) (io.ReadCloser, error) {
			return files.Open(ctx, v.Key, v.VersionID)
		}}
	}
	return list, nil
}

// Files is what of the object store keeps heads.
type Files interface {
	Versions(ctx context.Context, prefix string) ([]evidence.Version, error)
	Open(ctx context.Context, key, versionID string) (io.ReadCloser, error)
	Put(ctx context.Context, key, contentType string, r io.Reader, size int64) (evidence.Object, error)
	Lock(ctx context.Context, key, versionID string, until time.Time) error
}

// Heads are the daily heads that a process has kept or goes by.
type Heads struct {
	Store *models.Store
	Files Files
	Keys  notary.Keys // have signed; without any, heads are gone by that the log tells of
}

// Found is the newest head.
type Found struct {
	*models.DailyHead // without its lines; nil when there is none

	Strange []string // files after it that are no heads
	file    models.KeptHead
}

// Newest finds the newest head. What others put beside or over it is passed over.
func (h Heads) Newest(ctx context.Context) (Found, error) {
	var f Found
	list, err := List(ctx, h.Files)
	if err != nil {
		return f, err
	}
	for _, file := range slices.Backward(list) {
		head, err := file.Whole(ctx)
		genuine := false
		if err == nil {
			genuine, err = h.genuine(ctx, head)
		}
		switch {
		case err != nil && !models.IsForgedHead(err):
			return f, err
		case genuine:
			f.DailyHead, f.file = &head, file
			return f, nil
		}
		f.Strange = append(f.Strange, file.Name)
	}
	return f, nil
}

// genuine reports whether a known key has signed a head. One of an unknown key, as after a
// change of keys, is one if the log tells of it.
func (h Heads) genuine(ctx context.Context, head models.DailyHead) (bool, error) {
	if err := head.Check(h.Keys); !errors.Is(err, notary.ErrUnknownKey) {
		return err == nil, nil
	}
	return h.Store.HeadKnown(ctx, head)
}

// Last is the newest head with its lines, nil when there is none.
func (h Heads) Last(ctx context.Context) (*models.DailyHead, error) {
	f, err := h.Newest(ctx)
	if err != nil || f.DailyHead == nil {
		return nil, err
	}
	in, err := f.file.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // read to its end
	head, err := models.ReadHead(in)
	return &head, err
}

// Keep makes a head, puts it under lock and enters it in the log. once leaves it at the one
// of today that there is, and does to that one what an attempt before did not get to.
func (h Heads) Keep(ctx context.Context, by *notary.Signer, once bool) (models.DailyHead, error) {
	last, err := h.Newest(ctx)
	if err != nil {
		return models.DailyHead{}, err
	}
	day, previous := Today(h.Store.Now()), ""
	if last.DailyHead != nil {
		previous = last.Digest()
		if once && last.Day == day {
			return *last.DailyHead, h.settle(ctx, *last.DailyHead, last.file.Version)
		}
	}
	var head models.DailyHead
	var version string
	err = h.Store.StreamHead(ctx, day, previous, by, func(made models.DailyHead, size int64, r io.Reader) error {
		o, err := h.Files.Put(ctx, prefix+made.FileName(), kind, r, size)
		head, version = made, o.VersionID
		return err
	})
	if err != nil {
		return head, err
	}
	return head, h.settle(ctx, head, version)
}

// settle locks a head that lies in the store and enters it in the log, if it is not there.
func (h Heads) settle(ctx context.Context, head models.DailyHead, version string) error {
	key := prefix + head.FileName()
	if err := h.Files.Lock(ctx, key, version, head.At.AddDate(models.RetentionYears, 0, 0)); err != nil {
		return err
	}
	known, err := h.Store.HeadKnown(ctx, head)
	if err != nil || known {
		return err
	}
	return h.Store.HeadEntered(ctx, head, key)
}
