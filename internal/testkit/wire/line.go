package wire

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// line is one connection.
type line struct {
	w              *Wire
	client, server net.Conn
	mute           atomic.Bool // the server's next answer must not go back
}

func (w *Wire) carry(c net.Conn) {
	defer func() { _ = c.Close() }()
	if !w.keep(c) {
		sever(c)
		return
	}
	defer w.forget(c)
	w.passes()
	up := w.dial()
	if up == nil {
		sever(c)
		return
	}
	defer func() { _ = up.Close() }()
	l := &line{w: w, client: c, server: up}
	if !w.keep(up) {
		l.sever()
		return
	}
	defer w.forget(up)
	var both sync.WaitGroup
	both.Go(func() { pump(l.client, l.server, l.ask) })
	both.Go(func() { pump(l.server, l.client, l.answer) })
	both.Wait()
}

// errBroken is a line that is broken on purpose.
var errBroken = errors.New("broken")

// ask carries what the client says.
func (l *line) ask(said []byte) error {
	l.w.passes()
	switch t, hit := l.w.hit(said); {
	case hit && t.arrives:
		l.mute.Store(true)
	case hit:
		return errBroken
	}
	_, err := l.server.Write(said)
	l.w.count(len(said))
	return err
}

// answer carries what the server says.
func (l *line) answer(said []byte) error {
	l.w.passes()
	if l.mute.Load() {
		return errBroken
	}
	_, err := l.client.Write(said)
	return err
}

// pump hands on what comes until one side says no more, and says so to the other, or until
// the line breaks.
func pump(from, to net.Conn, hand func([]byte) error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if hand(buf[:n]) != nil {
				break
			}
		}
		if errors.Is(err, io.EOF) {
			if half, ok := to.(*net.TCPConn); ok && half.CloseWrite() == nil {
				return
			}
		}
		if err != nil {
			break
		}
	}
	sever(from)
	sever(to)
}

func (l *line) sever() {
	sever(l.client)
	sever(l.server)
}

// sever ends a connection as a broken line does: without a goodbye.
func sever(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
