// Package clamdtest runs a real clamd for tests, with a signature of its own instead of
// the public ones.
package clamdtest

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/ports"
)

// Virus is the text that the signature finds, and Name what it is then called.
const (
	Virus = "zhengxiao-test-virus"
	Name  = "Zhengxiao.Test.UNOFFICIAL"
)

// Binary is where tests find clamd, "" when there is none.
func Binary() string { return os.Getenv("ZX_TEST_CLAMD") }

// Server is a clamd in a process of its own.
type Server struct {
	TCP, Unix string // addresses

	conf   string
	cmd    *exec.Cmd
	exited chan struct{}
}

// Proper is the least configuration that is believed.
const Proper = "AlertExceedsMax yes"

// Start runs clamd with lines of configuration, beside those that say where, until the
// test ends.
func Start(tb testing.TB, lines ...string) *Server {
	tb.Helper()
	// The path of a socket has at most 107 bytes, which a test's own folder may exceed.
	dir, err := os.MkdirTemp("", "clamd-*") //nolint:usetesting // see above
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(dir)) })
	addr, err := ports.Free(tb.Context(), "127.0.0.1")
	require.NoError(tb, err)
	s := &Server{TCP: addr, Unix: filepath.Join(dir, "clamd.sock"), conf: filepath.Join(dir, "clamd.conf")}
	signature := fmt.Sprintf("Zhengxiao.Test:0:*:%s\n", hex.EncodeToString([]byte(Virus)))
	require.NoError(tb, os.Mkdir(filepath.Join(dir, "db"), 0o755))
	require.NoError(tb, os.WriteFile(filepath.Join(dir, "db", "test.ndb"), []byte(signature), 0o644))
	s.Restart(tb, lines...)
	return s
}

// Restart runs a clamd that was killed again, with these lines, and returns when it listens.
func (s *Server) Restart(tb testing.TB, lines ...string) {
	tb.Helper()
	_, port, err := net.SplitHostPort(s.TCP)
	require.NoError(tb, err)
	conf := append([]string{
		"Foreground yes", "LocalSocket " + s.Unix, "TCPSocket " + port, "TCPAddr 127.0.0.1",
		"DatabaseDirectory " + filepath.Join(filepath.Dir(s.conf), "db"),
	}, lines...)
	require.NoError(tb, os.WriteFile(s.conf, []byte(strings.Join(conf, "\n")+"\n"), 0o600))
	s.cmd = exec.Command(Binary(), "--config-file", s.conf) //nolint:noctx // ended by Kill
	var said strings.Builder
	s.cmd.Stdout, s.cmd.Stderr = &said, &said
	require.NoError(tb, s.cmd.Start())
	cmd, exited := s.cmd, make(chan struct{})
	s.exited = exited
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	tb.Cleanup(s.Kill)
	for limit, tick := time.After(time.Minute), time.Tick(20*time.Millisecond); !s.listens(tb); {
		select {
		case <-tick:
			continue
		case <-limit:
		case <-exited:
		}
		s.Kill()
		require.FailNow(tb, "clamd does not listen", said.String())
	}
}

// listens reports whether both sockets take connections.
func (s *Server) listens(tb testing.TB) bool {
	tb.Helper()
	for network, address := range map[string]string{"tcp": s.TCP, "unix": s.Unix} {
		conn, err := new(net.Dialer).DialContext(tb.Context(), network, address)
		if err != nil {
			return false
		}
		_ = conn.Close()
	}
	return true
}

// Kill ends clamd as a crash would.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.exited
}
