package api

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serving is the real server over a handler, on a port of this machine.
func serving(t *testing.T, h http.Handler, change func(*http.Server)) string {
	t.Helper()
	s := HTTPServer(h)
	change(s)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return l.Addr().String()
}

func dialled(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const loginHead = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"

// Whoever sends a request drop by drop, or stops halfway, is cut off: a connection is no
// place to wait in. The limits are those of the server, shortened.
func TestWhoSendsSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	addr := serving(t, r.h, func(s *http.Server) {
		s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout = s.ReadHeaderTimeout/50, s.ReadTimeout/50, s.IdleTimeout/500
	})
	for name, c := range map[string]struct{ first, drop string }{
		"silent from the beginning":    {"", ""},
		"half a line":                  {"GET /healthz HT", ""},
		"headers without end":          {"GET /healthz HTTP/1.1\r\nHost: x\r\n", ""},
		"headers drop by drop":         {"GET /healthz HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"},
		"a body that stops":            {loginHead + `{"login":"`, ""},
		"a body drop by drop":          {loginHead + `{"login":"`, "a"},
		"chunks drop by drop":          {strings.Replace(loginHead, "Content-Length: 4000", "Transfer-Encoding: chunked", 1), "1\r\na\r\n"},
		"nothing after an answer":      {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		"half a request after a whole": {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dialled(t, addr)
			cut := make(chan []byte)
			go func() {
				heard, _ := io.ReadAll(conn)
				cut <- heard
			}()
			_, err := io.WriteString(conn, c.first)
			require.NoError(t, err)
			drip := time.NewTicker(20 * time.Millisecond)
			defer drip.Stop()
			for { // ends when the server hangs up, however long that takes here
				select {
				case heard := <-cut:
					require.NotContains(t, string(heard), "HTTP/1.1 5", "it is not the server's fault")
					return
				case <-drip.C:
					_, _ = io.WriteString(conn, c.drop)
				}
			}
		})
	}
}

// A hundred who send nothing keep nobody else waiting.
func TestManySlowClientsKeepNobodyWaiting(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	addr := serving(t, r.h, func(*http.Server) {})
	for i := range 100 {
		_, err := io.WriteString(dialled(t, addr), []string{"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", loginHead + "{"}[i%2])
		require.NoError(t, err)
	}
	conn := dialled(t, addr)
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// Who does not read what they asked for holds nothing for long.
func TestWhoReadsNothingIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for {
			if _, err := w.Write(piece); err != nil {
				ended <- err
				return
			}
		}
	})
	addr := serving(t, h, func(s *http.Server) { s.WriteTimeout /= 500 })
	_, err := io.WriteString(dialled(t, addr), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	require.Error(t, <-ended, "writing to somebody who does not read ends")
}
