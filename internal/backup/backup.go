// Package backup copies the files that the database names out of the object store and back,
// and proves that they are there. A copy is a folder in which each file is named by its
// SHA-256: copying again adds what is new, and what is damaged is found out.
package backup

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"zhengxiao/evidence"
	"zhengxiao/models"
)

// Files is the database and the store it counts on.
type Files struct {
	Store    *models.Store
	Evidence *evidence.Store

	// Log, if set, is told why a file could not be read or written.
	Log *slog.Logger
	// Wait passes the time before another attempt; nil waits by the clock.
	Wait func(context.Context, time.Duration) error
	// Patience is for how long an attempt may go on without a byte that moves; 0 is 30 s.
	Patience time.Duration
}

// Report is what was found and done.
type Report struct {
	Files  int     `json:"files"`  // looked at
	Copied int     `json:"copied"` // that were not there yet
	Bytes  int64   `json:"bytes"`  // copied, or read to be verified
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

// done is what became of one file.
type done struct {
	copied  bool
	bytes   int64
	problem string
}

// each does one thing with every file, in no order. What fails again and again is a fault
// of that file; a lasting error ends everything, and the report tells what was done until then.
func (f Files) each(ctx context.Context, do func(context.Context, *pass, models.StoredFile) (done, error)) (Report, error) {
	p := &pass{Files: f, report: Report{Faults: []Fault{}}}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	err := p.list(ctx, func(s models.StoredFile) {
		work.Go(func() error {
			d, err := do(ctx, p, s)
			if err = p.note(ctx, s, d, err); err != nil {
				return fmt.Errorf("version %d of file %s: %w", s.N, s.FileID, err)
			}
			return nil
		})
	})
	if failed := work.Wait(); failed != nil {
		err = failed
	}
	slices.SortFunc(p.report.Faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.FileID, b.FileID), a.N-b.N) })
	return p.report, err
}

func (p *pass) list(ctx context.Context, yield func(models.StoredFile)) error {
	var last models.StoredFile
	for {
		var page []models.StoredFile
		err := p.again(ctx, func(ctx context.Context, _ io.Writer) (err error) {
			page, err = p.Store.StoredFiles(ctx, last, pageSize)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, s := range page {
			yield(s)
		}
		last = page[len(page)-1]
	}
}
