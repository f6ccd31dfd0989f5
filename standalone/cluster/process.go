package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Part is something of the cluster that can end and begin again on the same data and
// address.
type Part interface {
	Name() string
	// Start returns when the part can be used.
	Start(ctx context.Context) error
	// Kill ends it without warning.
	Kill() error
	// Stop asks it to end and waits until it has.
	Stop(ctx context.Context) error
}

// process is a Part that is a program.
type process struct {
	name  string
	bin   string
	args  []string
	env   []string // beside the environment of this program
	log   string   // file that its output is added to
	admin string   // its private address, if it has one
	ready func(ctx context.Context) error
	keep  bool // start it again when it ends by itself, as an orchestrator does

	mu     sync.Mutex
	cmd    *exec.Cmd
	gone   chan struct{} // closed when cmd has ended
	wanted bool          // it was started and not ended from here
	again  int           // times it was started again because it had ended by itself
}

func (p *process) Name() string { return p.name }

func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = true
	if p.running() {
		return nil
	}
	gone, err := p.launch(ctx)
	if err != nil {
		return err
	}
	return p.await(ctx, gone)
}

// launch starts the program and does not wait.
func (p *process) launch(ctx context.Context) (<-chan struct{}, error) {
	if err := os.MkdirAll(filepath.Dir(p.log), 0o700); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.bin, p.args...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = log, log
	// Whatever becomes of this program, nothing of the cluster outlives it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	gone := make(chan struct{})
	p.cmd, p.gone = cmd, gone
	go func() {
		_ = cmd.Wait()
		close(gone)
		p.revive(ctx)
	}()
	return gone, nil
}

// restartPause is how long an orchestrator lets a program rest that has ended.
const restartPause = time.Second

// revive starts the program again when it ended by itself and is to be kept.
func (p *process) revive(ctx context.Context) {
	if !p.keep {
		return
	}
	<-time.After(restartPause)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted || p.running() {
		return
	}
	p.again++
	_, _ = p.launch(ctx)
}

// await returns when the program is ready, or has ended instead.
func (p *process) await(ctx context.Context, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		last := p.ready(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-gone:
			if p.keep {
				return nil
			}
			return &EndedError{Part: p.name, Log: tail(p.log)}
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w\n%s", p.name, errors.Join(context.Cause(ctx), last), tail(p.log))
		case <-tick.C:
		}
	}
}

// Revived is how often the part was started again because it had ended by itself.
func (p *process) Revived() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.again
}

// EndedError is a part that ended when it should have begun.
type EndedError struct{ Part, Log string }

func (e *EndedError) Error() string { return e.Part + " ended at its start:\n" + e.Log }

func (p *process) running() bool {
	if p.gone == nil {
		return false
	}
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

func (p *process) Kill() error { return p.end(context.Background(), syscall.SIGKILL) }

func (p *process) Stop(ctx context.Context) error { return p.end(ctx, syscall.SIGTERM) }

func (p *process) end(ctx context.Context, how syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = false
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", p.name, err)
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("end %s: %w", p.name, ctx.Err())
	}
}

// tail is the end of a log, for messages.
func tail(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	const most = 4000
	return string(b[max(0, len(b)-most):])
}
