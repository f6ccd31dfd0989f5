package api

import (
	"slices"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// at is the time an optional column holds, zero when it holds none: the contract leaves
// zero times out.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// when is the reverse of at.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// some returns the value a pointer holds, or the zero value.
func some[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func convert[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func page(cursor gen.Cursor, limit gen.Limit) models.Page {
	return models.Page{Cursor: cursor, Limit: limit}
}

// sorted is a page in an order that the list offers.
func sorted(cursor gen.Cursor, limit gen.Limit, sort string) models.Page {
	return models.Page{Cursor: cursor, Limit: limit, Sort: sort}
}

// part cuts a page out of a list that is read whole; the cursor is the id of the last
// item given out.
func part[T any](list []T, p models.Page, id func(T) string) ([]T, string, error) {
	if p.Cursor != "" {
		i := slices.IndexFunc(list, func(v T) bool { return id(v) == p.Cursor })
		if i < 0 {
			return nil, "", apperr.New(apperr.Stale, "列表已有变化，请从第一页重新查看。").On("cursor")
		}
		list = list[i+1:]
	}
	if len(list) <= p.Limit {
		return list, "", nil
	}
	return list[:p.Limit], id(list[p.Limit-1]), nil
}

func reasonsOf(list []domain.Reason) []gen.Reason {
	return convert(list, func(r domain.Reason) gen.Reason { return gen.Reason{Part: r.Part, Text: r.Text} })
}

func gateOf(g domain.Gate) gen.Gate {
	return gen.Gate{Open: g.Open, Have: g.Have, Of: g.Of, Need: g.Need, Text: g.Text()}
}

func fileRef(v models.FileView) *gen.FileRef {
	return &gen.FileRef{
		FileId: v.File.ID, N: v.Version.N, Name: v.Version.Name, Size: v.Version.Size,
		Sha256: v.Version.SHA256, UploadedAt: at(v.Version.CheckedAt),
	}
}
