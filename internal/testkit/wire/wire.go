// Package wire is a stretch of network that tests can break: everything at once, after so
// many bytes, or at the very moment at which a client says a word.
package wire

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Wire is a TCP proxy at a fixed address.
type Wire struct {
	Addr string // where clients connect instead of the server's address

	ctx     context.Context //nolint:containedctx // for as long as connections last
	servers func() []string

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	opened map[string]int // connections made, by server
	next   int            // server, when there are several
	down   bool
	flows  chan struct{} // closed while bytes flow
	trap   trap
	quota  quota
	broken int
}

// trap breaks the first line on which the client says word.
type trap struct {
	word    string
	arrives bool // the server hears it and does as it is told; only its answer is lost
}

// quota breaks all lines each time that so many bytes have gone to the server.
type quota struct{ every, left, times int64 }

// New carries connections to a server until the test ends.
func New(tb testing.TB, server string) *Wire {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context())) // clean-up may need the server, too
	tb.Cleanup(cancel)
	w, err := Open(ctx, func() []string { return []string{server} })
	require.NoError(tb, err)
	return w
}

// Open carries connections until ctx ends. Each goes to the next of the servers that
// answers.
func Open(ctx context.Context, servers func() []string) (*Wire, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open wire: %w", err)
	}
	w := &Wire{
		Addr: l.Addr().String(), ctx: ctx, servers: servers,
		open: map[net.Conn]struct{}{}, opened: map[string]int{}, flows: make(chan struct{}),
	}
	close(w.flows)
	context.AfterFunc(ctx, func() {
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
	return w, nil
}

// Cut breaks every line, and every new one at once.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	w.severAll()
}

// Freeze lets nothing pass in either direction and tells nobody, as when packets are lost.
func (w *Wire) Freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.flows:
		w.flows = make(chan struct{})
	default: // it is frozen, and some wait already
	}
}

// Mend lets new lines through again; frozen ones go on where they were.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
	select {
	case <-w.flows:
	default:
		close(w.flows)
	}
}

// BreakAt breaks the next line whose client says word, once: before the server hears it, or
// when the server has done it and is about to answer. That is for servers that speak only
// when they are spoken to.
func (w *Wire) BreakAt(word string, arrives bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trap = trap{word, arrives}
}

// BreakEvery breaks all lines each time that so many more bytes have gone to the server, so
// many times.
func (w *Wire) BreakEvery(n, times int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quota = quota{n, n, times}
}

// Broken is how often BreakAt and BreakEvery broke something.
func (w *Wire) Broken() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// Opened is how many connections each server was given.
func (w *Wire) Opened() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.opened)
}

// hit tells whether the client has just said the word of the trap.
func (w *Wire) hit(said []byte) (t trap, hit bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t = w.trap
	if t.word == "" || !bytes.Contains(said, []byte(t.word)) {
		return t, false
	}
	w.trap = trap{}
	w.broken++
	return t, true
}

// count notes that so many bytes have gone to the server.
func (w *Wire) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quota.times == 0 {
		return
	}
	if w.quota.left -= int64(n); w.quota.left > 0 {
		return
	}
	w.quota.left += w.quota.every
	w.quota.times--
	w.broken++
	w.severAll()
}

// passes waits while the wire is frozen.
func (w *Wire) passes() {
	w.mu.Lock()
	flows := w.flows
	w.mu.Unlock()
	select {
	case <-flows:
	case <-w.ctx.Done():
	}
}

// dial connects to the next server that answers.
func (w *Wire) dial() net.Conn {
	servers := w.servers()
	w.mu.Lock()
	first := w.next
	w.next++
	w.mu.Unlock()
	for i := range servers {
		server := servers[(first+i)%len(servers)]
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(w.ctx, "tcp", server)
		if err != nil {
			continue
		}
		w.mu.Lock()
		w.opened[server]++
		w.mu.Unlock()
		return c
	}
	return nil
}

func (w *Wire) keep(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.down {
		w.open[c] = struct{}{}
	}
	return !w.down
}

func (w *Wire) forget(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
}

func (w *Wire) severAll() {
	for c := range w.open {
		sever(c)
	}
}
