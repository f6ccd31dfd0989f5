package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zhengxiao/internal/apperr"
)

// How long a store or a database that fails is borne with: pauses of about half a minute
// at one file, as when it is started again, besides what the attempts take.
const (
	attempts  = 6
	firstWait = time.Second // doubled before each further attempt
	// patience is how long an attempt may go on without a byte that moves: a store that
	// takes a request and then says nothing would hold the work up for ever.
	patience = 30 * time.Second
)

// step is something that may fail for a while. It shows to moved what it reads or sends.
type step func(ctx context.Context, moved io.Writer) error

// triedError is what failed in the last of several attempts.
type triedError struct {
	times int
	err   error
}

func (e *triedError) Error() string { return fmt.Sprintf("%d attempts: %v", e.times, e.err) }

func (e *triedError) Unwrap() error { return e.err }

// again takes a step until it succeeds, has failed too often, or fails with what no further
// attempt mends. When nothing has succeeded for as many files as are under way, the others
// are not waited for.
func (p *pass) again(ctx context.Context, what step) error {
	for n, wait := 1, firstWait; ; n, wait = n+1, 2*wait {
		err := p.attempt(ctx, what)
		if err == nil || ends(ctx, err) {
			return err
		}
		if n == attempts || p.hopeless() {
			return &triedError{n, err}
		}
		if err := p.wait(ctx, wait); err != nil {
			return err
		}
	}
}

var errStalled = errors.New("no byte has moved")

// attempt takes a step once, and gives it up when no byte has moved for too long.
func (p *pass) attempt(ctx context.Context, what step) error {
	watched, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &watch{patience: cmp.Or(p.Patience, patience)}
	w.timer = time.AfterFunc(w.patience, func() { cancel(errStalled) })
	defer w.timer.Stop()
	err := what(watched, w)
	if err != nil && !ends(ctx, err) && errors.Is(context.Cause(watched), errStalled) {
		return apperr.Wrap(fmt.Errorf("%w for %v: %w", errStalled, w.patience, err), apperr.Unavailable, fmt.Sprintf(
			"文件存储或数据库连续 %.0f 秒没有应答。请检查它们及其间的网络，恢复后重新运行。", w.patience.Seconds()))
	}
	return err
}

// watch waits for bytes.
type watch struct {
	patience time.Duration
	timer    *time.Timer
}

func (w *watch) Write(p []byte) (int, error) {
	w.timer.Reset(w.patience)
	return len(p), nil
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
