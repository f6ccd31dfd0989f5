package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// giveUp is after how many files in a row that could not be done the rest is left alone: it
// is not the files.
const giveUp = 100

// pass is one look at every file.
type pass struct {
	Files

	mu     sync.Mutex
	report Report
	failed int // files in a row
}

func (p *pass) hopeless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed >= atOnce
}

// lasting are troubles that concern all files and that no further attempt mends.
var lasting = []apperr.Code{CodeFolder, apperr.DiskFull, evidence.ClockOff, evidence.AccessDenied}

// ends reports whether an error ends the pass: a lasting one, or being told to stop.
func ends(ctx context.Context, err error) bool {
	return ctx.Err() != nil || slices.Contains(lasting, apperr.CodeOf(err))
}

// note adds to the report what became of a file, and returns what ends the pass.
func (p *pass) note(ctx context.Context, s models.StoredFile, d done, err error) error {
	if err != nil && ends(ctx, err) {
		return err
	}
	if err != nil {
		d.problem = p.undone(ctx, s, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Files++
	p.report.Bytes += d.bytes
	if d.copied {
		p.report.Copied++
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

// undone tells the reader of the report what has come of a file, and the log why.
func (p *pass) undone(ctx context.Context, s models.StoredFile, err error) string {
	times := 1
	if e, ok := errors.AsType[*triedError](err); ok {
		times = e.times
	}
	if p.Log != nil {
		p.Log.WarnContext(ctx, "file could not be read or written",
			slog.String("file", s.FileID), slog.Int("version", s.N), slog.Int("attempts", times), slog.Any("error", err))
	}
	return fmt.Sprintf(failing, times, apperr.MessageOf(err))
}
