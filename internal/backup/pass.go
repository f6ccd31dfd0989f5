package backup

import (
	"context"
	"fmt"
	"sync"
	"time"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// How long a store or a database that fails is borne with: about half a minute at one
// file, as when it is started again.
const (
	attempts  = 6
	firstWait = time.Second // doubled before each further attempt
	// giveUp is after how many files in a row that could not be done the rest is left alone:
	// it is not the files.
	giveUp = 100
)

// pass is one look at every file.
type pass struct {
	Files

	mu     sync.Mutex
	report Report
	failed int // files in a row
}

// again does what may fail for a while, until it succeeds or has failed too often. When
// nothing has succeeded for as many files as are under way, the others are not waited for.
func (p *pass) again(ctx context.Context, what func() error) error {
	for n, wait := 1, firstWait; ; n, wait = n+1, 2*wait {
		err := what()
		if err == nil || ends(ctx, err) {
			return err
		}
		if n == attempts || p.hopeless() {
			return fmt.Errorf("%d attempts: %w", n, err)
		}
		if err := p.wait(ctx, wait); err != nil {
			return err
		}
	}
}

func (p *pass) hopeless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed >= atOnce
}

func (p *pass) wait(ctx context.Context, d time.Duration) error {
	if p.Wait != nil {
		return p.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ends reports whether an error concerns all files: the folder, or being told to stop.
func ends(ctx context.Context, err error) bool { return ctx.Err() != nil || apperr.Is(err, CodeFolder) }

// note adds to the report what became of a file, and returns what ends the pass.
func (p *pass) note(ctx context.Context, s models.StoredFile, d done, err error) error {
	if err != nil && ends(ctx, err) {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Files++
	p.report.Bytes += d.bytes
	if d.copied {
		p.report.Copied++
	}
	if err != nil {
		d.problem = failing + err.Error()
	}
	if d.problem != "" {
		p.report.Faults = append(p.report.Faults, Fault{s.FileID, s.N, s.ObjectKey, d.problem})
	}
	if err == nil {
		p.failed = 0
		return nil
	}
	if p.failed++; p.failed < giveUp {
		return nil
	}
	return apperr.Wrap(err, apperr.Unavailable, fmt.Sprintf("连续 %d 个文件都无法读写，已停止，其余文件没有处理。请检查文件存储与数据库，恢复后重新运行。", giveUp))
}
