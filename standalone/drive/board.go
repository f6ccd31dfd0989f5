package drive

import (
	"context"
	"maps"
	"net/url"

	"zhengxiao/api/gen"
)

// Progress is the whole 督办台账 that a filter leaves, as this person sees it.
func (s *Session) Progress(ctx context.Context, filter url.Values) ([]gen.ProgressRow, error) {
	q := url.Values{"limit": {"500"}}
	maps.Copy(q, filter)
	var rows []gen.ProgressRow
	for {
		page, err := get[gen.ProgressPage](ctx, s, "/api/v1/progress", q)
		if err != nil {
			return nil, err
		}
		rows = append(rows, page.Items...)
		if page.Next == "" {
			return rows, nil
		}
		q.Set("cursor", page.Next)
	}
}

// ProgressCounts counts cases by stage and district.
func (s *Session) ProgressCounts(ctx context.Context) (gen.ProgressCounts, error) {
	return get[gen.ProgressCounts](ctx, s, "/api/v1/progress/counts", nil)
}
