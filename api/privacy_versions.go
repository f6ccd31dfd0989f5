package api

import (
	"context"
	"maps"
	"strings"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/privacy"
	"zhengxiao/models"
)

// How long counts of readers are good for: a million rows are counted, and of a version
// that has passed hardly any more are added.
const (
	readersLife       = time.Minute
	formerReadersLife = time.Hour
)

// readerCounts are how many have read which versions.
type readerCounts struct {
	store       *models.Store
	now, former *cache[map[string]int]
}

func newReaderCounts(store *models.Store) *readerCounts {
	return &readerCounts{
		store: store, now: newCache[map[string]int](readersLife, 1), former: newCache[map[string]int](formerReadersLife, 100),
	}
}

// of counts for some versions, of which one may be in force.
func (r *readerCounts) of(ctx context.Context, versions []string, inForce string) (map[string]int, error) {
	var passed []string
	current := false
	for _, v := range versions {
		if v == inForce {
			current = true
		} else {
			passed = append(passed, v)
		}
	}
	all := map[string]int{}
	add := func(c *cache[map[string]int], versions ...string) error {
		counts, err := c.get(strings.Join(versions, " "), r.store.Now(), func() (map[string]int, error) { return r.store.NoticeReaders(ctx, versions) })
		maps.Copy(all, counts)
		return err
	}
	if current {
		if err := add(r.now, inForce); err != nil {
			return nil, err
		}
	}
	if len(passed) > 0 {
		if err := add(r.former, passed...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ListPrivacyVersions lists the versions of the 隐私政策, and how many have read each.
func (s *server) ListPrivacyVersions(ctx context.Context, r gen.ListPrivacyVersionsRequestObject) (gen.ListPrivacyVersionsResponseObject, error) {
	q := r.Params
	inForce, err := s.access.notice.lately(ctx)
	if err != nil {
		return nil, err
	}
	p := page(q.Cursor, q.Limit)
	p.Sort = q.Sort
	rows, next, err := s.store.PrivacyNotices(ctx, models.NoticeFilter{From: q.From, To: q.To, Text: q.Q}, p)
	if err != nil {
		return nil, err
	}
	versions := convert(rows, func(n models.PrivacyNotice) string { return n.Version })
	readers, err := s.readers.of(ctx, versions, inForce.Version)
	return gen.ListPrivacyVersions200JSONResponse{Next: next, Items: convert(rows, func(n models.PrivacyNotice) gen.PrivacyVersion {
		return gen.PrivacyVersion{Version: n.Version, Since: n.Since, InForce: n.Version == inForce.Version, Readers: readers[n.Version]}
	})}, err
}

// GetPrivacyVersion shows what a version says, and what it changed.
func (s *server) GetPrivacyVersion(ctx context.Context, r gen.GetPrivacyVersionRequestObject) (gen.GetPrivacyVersionResponseObject, error) {
	inForce, err := s.access.notice.lately(ctx)
	if err != nil {
		return nil, err
	}
	row, err := s.store.PrivacyNotice(ctx, r.NoticeVersion)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, apperr.New(apperr.NotFound, "系统没有留存这个版本的隐私政策。请核对版本号，或到“隐私政策”查看现行内容。").On("version")
	}
	text, err := privacy.ReadNotice(row.Version, row.Text)
	if err != nil {
		return nil, err
	}
	v := gen.PrivacyVersionText{
		Since: row.Since, InForce: row.Version == inForce.Version, Notice: noticeFor(text), Changes: []gen.PrivacyChange{},
	}
	before, err := s.noticeAgainst(ctx, row, r.Params.Against)
	if err != nil || before == nil {
		return gen.GetPrivacyVersion200JSONResponse(v), err
	}
	was, err := privacy.ReadNotice(before.Version, before.Text)
	if err != nil {
		return nil, err
	}
	v.Before, v.Changes = before.Version, convert(text.Since(was.Text), changeFor)
	return gen.GetPrivacyVersion200JSONResponse(v), nil
}

// noticeAgainst is the version to compare with, nil when it was not kept.
func (s *server) noticeAgainst(ctx context.Context, n *models.PrivacyNotice, against string) (*models.PrivacyNotice, error) {
	if against == "" {
		return s.store.NoticeBefore(ctx, n)
	}
	return s.store.PrivacyNotice(ctx, against)
}

func changeFor(c privacy.NoticeChange) gen.PrivacyChange {
	kind := "changed"
	switch {
	case c.Was == "":
		kind = "added"
	case c.Is == "":
		kind = "removed"
	}
	return gen.PrivacyChange{Part: c.Part, Title: c.Title, Field: c.Field, Kind: kind, Was: c.Was, Is: c.Is}
}
