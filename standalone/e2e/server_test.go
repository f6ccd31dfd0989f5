package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/standalone/internal/netaddr"
)

// server runs an edition of the product as processes that may be killed at any moment and
// started again on the same data and address.
type server struct {
	t       *testing.T
	addr    string // of the API
	edition edition
	faults  func(start int) string // ZX_FAULT of each start
	log     string                 // file of everything that is said

	mu      sync.Mutex
	current *life
	starts  int
}

// edition is a way to run the product.
type edition interface {
	// commands are the processes of a life whose API listens at addr.
	commands(ctx context.Context, addr string) []*exec.Cmd
	// password is the one-time password of the first account, once the server has been up.
	password(s *server) string
	// reconcile compares SQL with the engine and stops the server.
	reconcile(s *server) (report string, err error)
	// database is the product's own, when the server has stopped.
	database(t *testing.T) *gorm.DB
}

func newServer(t *testing.T, e edition, faults func(start int) string) *server {
	t.Helper()
	addr, err := netaddr.Resolve(t.Context(), "127.0.0.1:0", "API")
	require.NoError(t, err)
	s := &server{t: t, addr: addr, edition: e, faults: faults, log: filepath.Join(t.TempDir(), "server.log")}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the server said: %s", s.said())
		}
	})
	require.NoError(t, s.up(t.Context()))
	return s
}

func (s *server) url() string { return "http://" + s.addr }

// up makes sure that the server runs and answers, starting it again if it was killed.
func (s *server) up(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("the server does not come up"))
	defer cancel()
	for {
		if s.current != nil && s.current.ready(ctx, s.url()) {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// It was killed, or dies at a fault point on its way up.
		if err := s.start(); err != nil {
			return err
		}
	}
}

func (s *server) start() error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	commands := s.edition.commands(s.t.Context(), s.addr)
	for _, c := range commands {
		c.Env = append(c.Environ(), "ZX_FAULT="+s.faults(s.starts))
		c.Stdout, c.Stderr = log, log
	}
	s.starts++
	s.current, err = begin(commands)
	return err
}

// life is the processes of a server from one start to their end.
type life struct {
	processes []*exec.Cmd
	gone      chan struct{} // closed when all have ended
}

// begin starts processes that share their fate: when one of them dies, all do, as when
// their machine loses its power.
func begin(commands []*exec.Cmd) (*life, error) {
	l := &life{gone: make(chan struct{})}
	for _, c := range commands {
		if err := c.Start(); err != nil {
			l.signal(syscall.SIGKILL)
			return nil, fmt.Errorf("start %s: %w", c.Path, err)
		}
		l.processes = append(l.processes, c)
	}
	var all sync.WaitGroup
	for _, c := range l.processes {
		all.Go(func() {
			if c.Wait() != nil {
				l.signal(syscall.SIGKILL)
			}
		})
	}
	go func() {
		all.Wait()
		close(l.gone)
	}()
	return l, nil
}

// signal tells every process; those that have ended do not hear it.
func (l *life) signal(s os.Signal) {
	for _, c := range l.processes {
		_ = c.Process.Signal(s)
	}
}

// ready waits until the server answers. It is false when its life has ended instead.
func (l *life) ready(ctx context.Context, url string) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, url+"/readyz") {
			return true
		}
		select {
		case <-l.gone:
			return false
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// answers tells whether something says there that it is well.
func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// kill ends the server without warning.
func (s *server) kill() { s.end(syscall.SIGKILL) }

// stop ends it in order.
func (s *server) stop() { s.end(syscall.SIGTERM) }

func (s *server) end(how os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.signal(how)
		<-s.current.gone
	}
}

// said is everything that the server has said.
func (s *server) said() string {
	raw, err := os.ReadFile(s.log)
	require.NoError(s.t, err)
	return string(raw)
}
