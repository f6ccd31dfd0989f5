package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program builds the standalone edition with its fault points, once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "zhengxiao-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "zhengxiao-standalone")
	out, err := exec.Command("go", "build", "-tags", "fault", "-o", bin, "..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

// server runs the standalone edition as a process of its own that may be killed at any
// moment and started again on the same folder and port.
type server struct {
	t    *testing.T
	dir  string
	addr string

	mu       sync.Mutex
	process  *exec.Cmd
	gone     chan struct{} // closed when the process has ended
	starts   int
	faults   func(start int) string // ZX_FAULT of each start
	password string                 // of the first account
	log      *os.File
}

func newServer(t *testing.T, faults func(start int) string) *server {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	require.NoError(t, err)
	s := &server{t: t, dir: t.TempDir(), addr: addr, faults: faults, log: log}
	t.Cleanup(func() {
		s.kill()
		_ = log.Close()
	})
	require.NoError(t, s.up(t.Context()))
	return s
}

func (s *server) url() string { return "http://" + s.addr }

// up makes sure that the server runs and answers, starting it again if it was killed.
func (s *server) up(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil && s.answers(ctx) {
		return nil
	}
	if s.process != nil {
		// Killed, or about to be: a process that stays up without answering is a defect.
		select {
		case <-s.gone:
		case <-time.After(20 * time.Second):
			return fmt.Errorf("the server runs but does not answer")
		}
	}
	return s.start()
}

func (s *server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url()+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

var oneTime = regexp.MustCompile(`一次性密码：(\S+)`)

func (s *server) start() error {
	bin, err := program()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(s.t.Context(), bin, "--data", s.dir, "--addr", s.addr)
	cmd.Stderr = s.log
	cmd.Env = append(os.Environ(), "ZX_FAULT="+s.faults(s.starts))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.starts++
	gone, ready := make(chan struct{}), make(chan bool, 1)
	go s.watch(cmd, out, gone, ready)
	s.process, s.gone = cmd, gone
	if !<-ready {
		// A fault point may lie on the way up: then it died and is started again.
		<-gone
		return s.start()
	}
	return nil
}

// watch reads what the process says until it ends.
func (s *server) watch(cmd *exec.Cmd, out io.Reader, gone chan<- struct{}, ready chan<- bool) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := oneTime.FindStringSubmatch(lines.Text()); m != nil {
			s.password = m[1]
		}
		if strings.Contains(lines.Text(), "已就绪") {
			ready <- true
		}
	}
	_ = cmd.Wait()
	close(gone)
	close(ready)
}

// kill ends the process without warning.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Process.Signal(syscall.SIGKILL)
		<-s.gone
	}
}

// stop ends the process in order.
func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NoError(s.t, s.process.Process.Signal(syscall.SIGTERM))
	<-s.gone
	s.process = nil
}

// run runs another command of the program on the same folder.
func (s *server) run(args ...string) (string, error) {
	bin, err := program()
	require.NoError(s.t, err)
	out, err := exec.CommandContext(s.t.Context(), bin, append(args, "--data", s.dir)...).CombinedOutput()
	return string(out), err
}
