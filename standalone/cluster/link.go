package cluster

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Link is a stretch of network: a TCP proxy at a fixed address. With several targets each
// connection goes to the next one that answers.
type Link struct {
	Name    string
	l       net.Listener
	targets func() []string
	next    atomic.Uint64

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	opened map[string]int // connections made, by target
	broken bool
	flows  chan struct{} // closed while bytes flow
}

// NewLink listens at once; it ends with ctx.
func NewLink(ctx context.Context, name string, targets func() []string) (*Link, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open link %s: %w", name, err)
	}
	k := &Link{Name: name, l: l, targets: targets, conns: map[net.Conn]struct{}{}, opened: map[string]int{}, flows: make(chan struct{})}
	close(k.flows)
	go k.accept()
	context.AfterFunc(ctx, func() {
		_ = l.Close()
		k.Break()
	})
	return k, nil
}

// Addr is where the link is entered.
func (k *Link) Addr() string { return k.l.Addr().String() }

// Break ends every connection and refuses new ones, as when the other machine goes down.
func (k *Link) Break() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = true
	for c := range k.conns {
		_ = c.Close()
	}
}

// Freeze lets nothing pass in either direction and tells nobody, as when packets are lost.
func (k *Link) Freeze() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flows = make(chan struct{})
}

// Mend lets connections through again; frozen ones go on where they were.
func (k *Link) Mend() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = false
	select {
	case <-k.flows:
	default:
		close(k.flows)
	}
}

// Opened tells how many connections each target had.
func (k *Link) Opened() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.opened)
}

func (k *Link) accept() {
	for {
		c, err := k.l.Accept()
		if err != nil {
			return
		}
		go k.serve(c)
	}
}

func (k *Link) serve(in net.Conn) {
	defer func() { _ = in.Close() }()
	if !k.track(in) {
		return
	}
	defer k.forget(in)
	k.wait()
	out := k.dial()
	if out == nil || !k.track(out) {
		return
	}
	defer k.forget(out)
	var both sync.WaitGroup
	both.Go(func() { k.pump(out, in) })
	both.Go(func() { k.pump(in, out) })
	both.Wait()
}

// dial connects to the next target that answers.
func (k *Link) dial() net.Conn {
	dialer, targets := net.Dialer{Timeout: time.Second}, k.targets()
	first := int(k.next.Add(1) % uint64(max(1, len(targets))))
	for i := range targets {
		target := targets[(first+i)%len(targets)]
		c, err := dialer.DialContext(context.Background(), "tcp", target)
		if err != nil {
			continue
		}
		k.mu.Lock()
		k.opened[target]++
		k.mu.Unlock()
		return c
	}
	return nil
}

// pump copies until either side ends, and then ends both.
func (k *Link) pump(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			k.wait()
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			if err == io.EOF { //nolint:errorlint // Read returns it bare
				if half, ok := to.(*net.TCPConn); ok {
					_ = half.CloseWrite()
					return
				}
			}
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
}

// wait blocks while the link is frozen.
func (k *Link) wait() {
	k.mu.Lock()
	flows := k.flows
	k.mu.Unlock()
	<-flows
}

func (k *Link) track(c net.Conn) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken {
		_ = c.Close()
		return false
	}
	k.conns[c] = struct{}{}
	return true
}

func (k *Link) forget(c net.Conn) {
	_ = c.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.conns, c)
}
