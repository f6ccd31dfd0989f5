// Package wire is a TCP line that tests can cut: everything at once, or at the very moment
// at which a client says a word.
package wire

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Wire carries connections to a server until it is cut.
type Wire struct {
	Addr string // where clients connect instead of the server's address

	ctx      context.Context //nolint:containedctx // of the test, for as long as connections last
	upstream string

	mu    sync.Mutex
	down  bool
	open  map[net.Conn]struct{}
	trap  trap
	fired int
}

// trap breaks the first line on which the client says word.
type trap struct {
	word    string
	arrives bool // the server hears it and does as it is told; only its answer is lost
}

// New begins to carry connections to upstream, until the test ends.
func New(tb testing.TB, upstream string) *Wire {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	w := &Wire{Addr: l.Addr().String(), ctx: tb.Context(), upstream: upstream, open: map[net.Conn]struct{}{}}
	tb.Cleanup(func() {
		_ = l.Close()
		w.Cut()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

// Cut breaks every line, and every new one at once.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for c := range w.open {
		sever(c)
	}
}

// Mend lets new lines through again.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

// BreakAt breaks the next line whose client says word, once: before the server hears it, or
// when the server has done it and is about to answer.
func (w *Wire) BreakAt(word string, arrives bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trap = trap{word, arrives}
}

// Broken is how many lines BreakAt broke.
func (w *Wire) Broken() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fired
}

func (w *Wire) carry(c net.Conn) {
	defer sever(c)
	up, err := new(net.Dialer).DialContext(w.ctx, "tcp", w.upstream)
	if err != nil {
		return
	}
	defer sever(up)
	if !w.keep(c, up) {
		return
	}
	defer w.forget(c, up)
	answers := make(chan struct{})
	var mute sync.Mutex // held while an answer must not go back
	go func() {
		defer close(answers)
		w.answer(up, c, &mute)
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		switch t, hit := w.hit(buf[:n]); {
		case hit && !t.arrives:
			return
		case hit:
			mute.Lock()
			_, _ = up.Write(buf[:n])
			<-answers
			mute.Unlock()
			return
		}
		if _, err := up.Write(buf[:n]); err != nil {
			return
		}
	}
}

// answer carries what the server says, until it must be kept from the client.
func (*Wire) answer(up, c net.Conn, mute *sync.Mutex) {
	buf := make([]byte, 64<<10)
	for {
		n, err := up.Read(buf)
		if err != nil {
			sever(c) // the server hung up
			return
		}
		if !mute.TryLock() {
			return
		}
		_, err = c.Write(buf[:n])
		mute.Unlock()
		if err != nil {
			return
		}
	}
}

func (w *Wire) hit(said []byte) (trap, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trap
	if t.word == "" || !bytes.Contains(said, []byte(t.word)) {
		return t, false
	}
	w.trap = trap{}
	w.fired++
	return t, true
}

func (w *Wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		if !w.down {
			w.open[c] = struct{}{}
		}
	}
	return !w.down
}

func (w *Wire) forget(conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		delete(w.open, c)
	}
}

// sever ends a connection as a broken line does: without a goodbye.
func sever(c io.Closer) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
