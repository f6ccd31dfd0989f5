// Package backup copies the files that the database names out of the object store and back,
// and proves that they are there. A copy is a folder in which each file is named by its
// SHA-256: copying again adds what is new, and what is damaged is found out.
package backup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"zhengxiao/evidence"
	"zhengxiao/models"
)

// Files is the database and the store it counts on.
type Files struct {
	Store    *models.Store
	Evidence *evidence.Store
}

// Report is what was found and done.
type Report struct {
	Files  int     `json:"files"`  // looked at
	Copied int     `json:"copied"` // that were not there yet
	Bytes  int64   `json:"bytes"`  // copied, or read
	Faults []Fault `json:"faults"`
}

// Fault is a file that is not as the database says.
type Fault struct {
	FileID  string `json:"file_id"`
	N       int    `json:"n"`
	Key     string `json:"key"`
	Problem string `json:"problem"`
}

const (
	pageSize = 1000
	// atOnce is how many files are under way: enough to hide the store's answering times.
	atOnce = 4
)

// done is what became of one file. A problem is the file's own; an error ends everything.
type done struct {
	copied  bool
	bytes   int64
	problem string
}

// each does one thing with every file, in no order.
func (f Files) each(ctx context.Context, do func(context.Context, models.StoredFile) (done, error)) (Report, error) {
	var mu sync.Mutex
	r := Report{Faults: []Fault{}}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	err := f.list(ctx, func(s models.StoredFile) {
		work.Go(func() error {
			d, err := do(ctx, s)
			if err != nil {
				return fmt.Errorf("version %d of file %s: %w", s.N, s.FileID, err)
			}
			mu.Lock()
			defer mu.Unlock()
			r.Files++
			r.Bytes += d.bytes
			if d.copied {
				r.Copied++
			}
			if d.problem != "" {
				r.Faults = append(r.Faults, Fault{s.FileID, s.N, s.ObjectKey, d.problem})
			}
			return nil
		})
	})
	if failed := work.Wait(); failed != nil {
		return r, failed
	}
	slices.SortFunc(r.Faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.FileID, b.FileID), a.N-b.N) })
	return r, err
}

func (f Files) list(ctx context.Context, yield func(models.StoredFile)) error {
	var last models.StoredFile
	for {
		page, err := f.Store.StoredFiles(ctx, last, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, s := range page {
			yield(s)
		}
		last = page[len(page)-1]
	}
}
