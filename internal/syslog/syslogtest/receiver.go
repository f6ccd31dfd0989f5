// Package syslogtest has a receiver of syslog messages that fails in the ways in which
// receivers do. It reads with a library, not with anything of this product.
package syslogtest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	reader "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/octetcounting"
	"github.com/leodido/go-syslog/v4/rfc5424"
	"github.com/stretchr/testify/require"
)

// Mode is how a receiver behaves on a connection.
type Mode int

// What receivers do.
const (
	Good    Mode = iota // reads to the end, and closes
	Hangs               // takes connections and reads nothing
	Breaks              // closes after having read a little
	Stays               // reads everything and never closes
	Forgets             // reads everything and drops the connection without a word
)

// most is the longest message that is read.
const most = 1 << 20

// Receiver is a receiver in the process of a test.
type Receiver struct {
	URL string // tls://… or tcp://…
	CA  string // file with the authority of its certificate

	listener net.Listener
	tls      *tls.Config
	over     chan struct{}
	running  sync.WaitGroup

	mu       sync.Mutex
	mode     Mode
	received []*rfc5424.SyslogMessage
	problems []error
}

// Certificate is that of a server at 127.0.0.1, and the authority that vouches for it.
func Certificate(t testing.TB) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.TLS.Certificates[0], s.Certificate()
}

// TLS starts a receiver of TLS; change may alter how it is set up.
func TLS(t testing.TB, change func(*tls.Config)) *Receiver {
	t.Helper()
	own, authority := Certificate(t)
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}}
	if change != nil {
		change(c)
	}
	r := start(t, "tls", c)
	r.CA = filepath.Join(t.TempDir(), "ca.pem")
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw})
	require.NoError(t, os.WriteFile(r.CA, raw, 0o600))
	return r
}

// Plain starts a receiver of plain TCP.
func Plain(t testing.TB) *Receiver {
	t.Helper()
	return start(t, "tcp", nil)
}

func start(t testing.TB, scheme string, c *tls.Config) *Receiver {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &Receiver{URL: scheme + "://" + l.Addr().String(), listener: l, tls: c, over: make(chan struct{})}
	r.running.Go(r.accept)
	t.Cleanup(func() {
		close(r.over)
		_ = l.Close()
		r.running.Wait()
	})
	return r
}

// Behave says how the connections from now on are treated.
func (r *Receiver) Behave(m Mode) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode = m
}

// Received are the messages that were read, and what was no message.
func (r *Receiver) Received() ([]*rfc5424.SyslogMessage, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*rfc5424.SyslogMessage(nil), r.received...), append([]error(nil), r.problems...)
}

func (r *Receiver) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // it is closed
		}
		r.running.Go(func() {
			ended := make(chan struct{})
			defer close(ended)
			r.running.Go(func() {
				select {
				case <-r.over:
				case <-ended:
				}
				_ = conn.Close()
			})
			r.serve(conn)
		})
	}
}

func (r *Receiver) serve(raw net.Conn) {
	r.mu.Lock()
	mode := r.mode
	r.mu.Unlock()
	if mode == Hangs {
		<-r.over
		return
	}
	conn := raw
	if r.tls != nil {
		conn = tls.Server(raw, r.tls)
	}
	if mode == Breaks {
		const little = 100
		_, _ = io.ReadFull(conn, make([]byte, little))
		_ = conn.Close()
		return
	}
	r.read(conn)
	switch mode {
	case Stays:
		<-r.over
	case Forgets:
		if tcp, ok := raw.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = raw.Close()
	default:
		_ = conn.Close()
	}
}

func (r *Receiver) read(from io.Reader) {
	p := octetcounting.NewParser(reader.WithMaxMessageLength(most), reader.WithListener(func(res *reader.Result) {
		r.mu.Lock()
		defer r.mu.Unlock()
		m, ok := res.Message.(*rfc5424.SyslogMessage)
		if res.Error != nil || !ok {
			r.problems = append(r.problems, res.Error)
			return
		}
		r.received = append(r.received, m)
	}))
	p.Parse(from)
}
