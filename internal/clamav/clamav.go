// Package clamav asks a clamd whether what is uploaded carries malware, with its INSTREAM
// command. It fails closed: only a clamd that was seen to report what it cannot look into
// is believed, and only its plain OK lets bytes pass.
package clamav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"zhengxiao/internal/apperr"
)

// What may come of a check; apperr.Unavailable is anything that a later one may mend.
const (
	Infected apperr.Code = "file_infected"  // malware was found
	Limit    apperr.Code = "scan_limit"     // larger or deeper than clamd was told to look
	Unproven apperr.Code = "scanner_unsafe" // clamd takes what it could not look into for clean
)

const (
	dialIn   = 5 * time.Second
	writeIn  = 30 * time.Second
	answerIn = 10 * time.Minute // after the last byte; clamd's own MaxScanTime is 2 minutes
	tellIn   = 5 * time.Second
	// checkIn bounds a look at clamd's settings.
	checkIn = 30 * time.Second
	// proofLife is how long a clamd is trusted without another look: it may be started
	// again with other settings at any time.
	proofLife = time.Hour
	// awaitEvery is how often a clamd is looked at that was away when the program started.
	awaitEvery = time.Minute
	maxAnswer  = 4096
)

// Client is safe for concurrent use. Every question has a connection of its own.
type Client struct {
	// Observe, if set, is told of every check of a file: what came of it, one of Outcomes,
	// and how long it took, the sending of the file included.
	Observe func(outcome string, took time.Duration)
	// Proved, if set, is told of every proof how it failed, or nil.
	Proved func(error)

	address string
	connect func(context.Context) (net.Conn, error)
	log     *slog.Logger
	now     func() time.Time

	proofs singleflight.Group
	mu     sync.Mutex
	proven time.Time
}

// New returns a client of the clamd at host:port, or at the path of a Unix socket.
func New(address string, log *slog.Logger, now func() time.Time) *Client {
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	d := net.Dialer{Timeout: dialIn}
	return &Client{
		address: address, log: log, now: now,
		connect: func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, network, address) },
	}
}

// Check makes sure that clamd answers and reports what exceeds its limits (Unproven, if it
// does not), and warns of old signatures. It ends in bounded time, whatever clamd does. Who
// comes while it is under way waits for the one outcome.
func (c *Client) Check(ctx context.Context) error {
	proof := c.proofs.DoChan("", func() (any, error) { return nil, c.proof(context.WithoutCancel(ctx)) })
	select {
	case p := <-proof:
		return p.Err
	case <-ctx.Done():
		return failed(ctx, ctx.Err())
	}
}

// proof is a look at clamd whose panic is an error: it has a goroutine of its own, in which
// one would end the process.
func (c *Client) proof(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("prove clamd: panic: %v\n%s", v, debug.Stack())
		}
		if c.Proved != nil {
			c.Proved(err)
		}
	}()
	return c.look(ctx)
}

func (c *Client) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkIn)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		return err
	}
	version, err := c.ask(ctx, "VERSION")
	if err != nil {
		return unavailable(err)
	}
	warnOfAge(ctx, c.log, version, c.now())
	if err := c.prove(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.proven = c.now()
	c.mu.Unlock()
	return nil
}

// Await has clamd prove itself every minute until it does.
func (c *Client) Await(ctx context.Context) error {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if c.Check(ctx) == nil {
			return nil
		}
	}
}

// Ping reports whether clamd answers.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "PING")
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("clamd answered PING with %q", answer)
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// trust has clamd prove itself when its last proof is too old.
func (c *Client) trust(ctx context.Context) error {
	c.mu.Lock()
	proven := c.proven
	c.mu.Unlock()
	if !proven.IsZero() && c.now().Sub(proven) < proofLife {
		return nil
	}
	return c.Check(ctx)
}

// Begin opens a check of one file; Close ends it.
func (c *Client) Begin(ctx context.Context) (*Scan, error) {
	begun := time.Now()
	err := c.trust(ctx)
	var s *Scan
	if err == nil {
		s, err = c.begin(ctx)
	}
	if err != nil {
		return nil, (&Scan{observe: c.Observe, begun: begun}).conclude(err)
	}
	s.observe, s.begun = c.Observe, begun
	return s, nil
}

func (c *Client) begin(ctx context.Context) (*Scan, error) {
	conn, release, err := c.dial(ctx, "INSTREAM")
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &Scan{conn: conn, ctx: ctx, release: release}, nil
}

// dial connects and gives a command. The connection closes with ctx, until it is released.
func (c *Client) dial(ctx context.Context, command string) (conn net.Conn, release func() bool, err error) {
	if conn, err = c.connect(ctx); err != nil {
		return nil, nil, fmt.Errorf("dial clamd: %w", err)
	}
	release = context.AfterFunc(ctx, func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(writeIn))
	if _, err := io.WriteString(conn, "z"+command+"\x00"); err != nil {
		release()
		_ = conn.Close()
		return nil, nil, fmt.Errorf("command clamd: %w", err)
	}
	return conn, release, nil
}

// ask gives a command that has a short answer.
func (c *Client) ask(ctx context.Context, command string) (string, error) {
	conn, release, err := c.dial(ctx, command)
	if err != nil {
		return "", err
	}
	defer func() {
		release()
		_ = conn.Close()
	}()
	var a answer
	if err := a.read(conn); err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return a.String(), nil
}

// failed is a trouble of clamd's, or of the line to it; being told to stop is none.
func failed(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return unavailable(err)
}

func unavailable(err error) error {
	return apperr.Wrap(err, apperr.Unavailable, "病毒检查服务暂时无法访问，文件还没有通过检查。请稍后重试；如仍失败，请联系系统管理员。")
}
