package syslog

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"time"
)

// Target is where messages go.
type Target struct {
	Source

	Address string
	TLS     *tls.Config // nil sends in clear
	// Within bounds one Send; 0 is half a minute.
	Within time.Duration
	// Quiet is how long a receiver must stay after the last message before the end of the
	// stream is told; longer than the way there and back. 0 is half a second.
	Quiet time.Duration
}

const (
	within = 30 * time.Second
	quiet  = 500 * time.Millisecond
)

var (
	// ErrClosedEarly is a receiver that went before it can have read everything.
	ErrClosedEarly = errors.New("the receiver closed the connection before it had everything")
	// ErrUnconfirmed is a receiver that does not close when the stream has ended.
	ErrUnconfirmed = errors.New("the receiver did not close the connection after the end of the messages")
)

// ParseAddress reads tls://host:port or tcp://host:port.
func ParseAddress(text string) (address string, encrypted bool, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Port() == "" || text != u.Scheme+"://"+u.Host || u.Scheme != "tls" && u.Scheme != "tcp" {
		return "", false, errors.New("want tls://host:port or tcp://host:port")
	}
	return u.Host, u.Scheme == "tls", nil
}

// ClientTLS is how connections to a receiver are encrypted: its certificate is checked
// against the authorities of caFile, "" for the system's; certFile and keyFile say who we
// are, "" for nobody.
func ClientTLS(address, caFile, certFile, keyFile string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address of receiver: %w", err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in PEM in %s", caFile)
		}
	}
	if certFile == "" {
		return c, nil
	}
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{own}
	return c, nil
}

// Send sends messages over a connection of their own. It succeeds only when the receiver has
// read them all, as far as that can be known: it was there for a while after the last one,
// was told that there are no more (the end of the stream, close_notify within TLS), and closed
// then, without an error. A system that closes while something is unread resets the
// connection, and a receiver of RFC 5425 answers close_notify by its own. After any error
// all of them must be sent again.
func (t *Target) Send(ctx context.Context, list []Message) error {
	if len(list) == 0 {
		return nil
	}
	limit := t.Within
	if limit == 0 {
		limit = within
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := t.dial(ctx)
	if err != nil {
		return fmt.Errorf("reach receiver: %w", err)
	}
	defer conn.Close() //nolint:errcheck // what is known is known by then
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	w := bufio.NewWriter(conn)
	for _, m := range list {
		if _, err := w.WriteString(Frame(t.Encode(m))); err != nil {
			return fmt.Errorf("send to receiver: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("send to receiver: %w", err)
	}
	return t.confirm(ctx, conn)
}

// stream is a connection whose end can be told without giving up reading.
type stream interface {
	net.Conn
	CloseWrite() error
}

func (t *Target) dial(ctx context.Context) (stream, error) {
	var d interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if t.TLS != nil {
		d = &tls.Dialer{Config: t.TLS}
	}
	conn, err := d.DialContext(ctx, "tcp", t.Address)
	if err != nil {
		return nil, err
	}
	s, ok := conn.(stream)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("connection of type %T", conn)
	}
	return s, nil
}

// confirm waits for what stands for an answer.
func (t *Target) confirm(ctx context.Context, conn stream) error {
	stay := t.Quiet
	if stay == 0 {
		stay = quiet
	}
	if err := conn.SetReadDeadline(time.Now().Add(stay)); err != nil {
		return fmt.Errorf("wait for receiver: %w", err)
	}
	// What a receiver says has no meaning; that it is there has.
	_, err := io.Copy(io.Discard, conn)
	switch {
	case err == nil:
		return ErrClosedEarly
	case ctx.Err() != nil:
		return fmt.Errorf("wait for receiver: %w", ctx.Err())
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrClosedEarly, err)
	}
	if err := errors.Join(conn.SetReadDeadline(time.Time{}), conn.CloseWrite()); err != nil {
		return fmt.Errorf("end messages: %w", err)
	}
	err = drained(conn)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ErrUnconfirmed
	default:
		return fmt.Errorf("%w: %w", ErrClosedEarly, err)
	}
}

// drained reads until the receiver has closed, in TLS and below it.
func drained(conn stream) error {
	if _, err := io.Copy(io.Discard, conn); err != nil {
		return err
	}
	if inner, encrypted := conn.(*tls.Conn); encrypted {
		_, err := io.Copy(io.Discard, inner.NetConn())
		return err
	}
	return nil
}
