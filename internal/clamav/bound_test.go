package clamav

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// tardy is a client of a clamd that answers each command as it is told to.
func tardy(clamd map[string]func(net.Conn)) *Client {
	c := New("/clamd.sock", slog.New(slog.DiscardHandler), time.Now)
	c.connect = func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			var command strings.Builder
			for b := make([]byte, 1); ; {
				if _, err := theirs.Read(b); err != nil {
					return
				}
				if b[0] == 0 {
					break
				}
				command.Write(b)
			}
			clamd[command.String()[1:]](theirs)
		}()
		return ours, nil
	}
	return c
}

func says(words string, after time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		<-time.After(after)
		_, _ = io.WriteString(conn, words+"\x00")
	}
}

// hears takes a file to its end before it does what is next.
func hears(next func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		for size := make([]byte, 4); ; {
			if _, err := io.ReadFull(conn, size); err != nil {
				return
			}
			if size[2] == 0 && size[3] == 0 && size[1] == 0 && size[0] == 0 {
				break
			}
			n := int64(size[0])<<24 | int64(size[1])<<16 | int64(size[2])<<8 | int64(size[3])
			if _, err := io.CopyN(io.Discard, conn, n); err != nil {
				return
			}
		}
		next(conn)
	}
}

func never(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// deaf takes nothing more; whoever speaks to it is held up.
func deaf(until <-chan struct{}) func(net.Conn) { return func(net.Conn) { <-until } }

// drips says something, again and again, and never comes to an end.
func drips(conn net.Conn) {
	for {
		<-time.After(time.Second)
		if _, err := io.WriteString(conn, "s"); err != nil {
			return
		}
	}
}

const found = "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND"

// Programs start, and requests are answered, however long clamd takes to prove itself.
func TestTheProofEnds(t *testing.T) {
	t.Parallel()
	for name, stuck := range map[string]map[string]func(net.Conn){
		"no answer to PING":           {"PING": never},
		"a PONG that does not end":    {"PING": drips},
		"no answer to VERSION":        {"VERSION": never},
		"the archive is not taken":    {"INSTREAM": nil}, // deaf
		"no verdict on the archive":   {"INSTREAM": hears(never)},
		"a verdict that does not end": {"INSTREAM": hears(drips)},
		"each answer nearly in time":  {"PING": says("PONG", 20*time.Second), "VERSION": says("ClamAV 1.4.6", 20*time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				over := make(chan struct{})
				defer func() {
					close(over)
					<-time.After(time.Minute) // of the bubble: what still speaks notices that nobody hears
				}()
				clamd := map[string]func(net.Conn){"PING": says("PONG", 0), "VERSION": says("ClamAV 1.4.6", 0), "INSTREAM": hears(says(found, 0))}
				for command, answer := range stuck {
					if clamd[command] = answer; answer == nil {
						clamd[command] = deaf(over)
					}
				}
				began := time.Now()
				err := tardy(clamd).Check(t.Context())
				require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
				require.LessOrEqual(t, time.Since(began), checkIn)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		slow := 9 * time.Second
		c := tardy(map[string]func(net.Conn){"PING": says("PONG", slow), "VERSION": says("ClamAV 1.4.6", slow), "INSTREAM": hears(says(found, slow))})
		require.NoError(t, c.Check(t.Context()), "slow is not dead")
		synctest.Wait()
	})
}

// A proof runs beside whoever waits for it: a panic there would end the program.
func TestAProofThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	c := tardy(nil)
	c.connect = func(context.Context) (net.Conn, error) { panic("no such thing") }
	require.ErrorContains(t, c.Check(t.Context()), "no such thing")
	_, err := c.Begin(t.Context())
	require.Error(t, err, "and no file passes")
}

// An alert compares when clamd last worked with when a check last failed.
func TestEveryProofIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []apperr.Code
		clamd := map[string]func(net.Conn){"PING": says("PONG", 0), "VERSION": says("ClamAV 1.4.6", 0), "INSTREAM": hears(says(found, 0))}
		c := tardy(clamd)
		c.Proved = func(err error) { told = append(told, apperr.CodeOf(err)) }
		require.NoError(t, c.Check(t.Context()))
		clamd["INSTREAM"] = hears(says("stream: OK", 0))
		require.Equal(t, Unproven, apperr.CodeOf(c.Check(t.Context())))
		clamd["PING"] = never
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(c.Check(t.Context())))
		require.Equal(t, []apperr.Code{"", Unproven, apperr.Unavailable}, told)
		synctest.Wait()
	})
}

func TestAClamdThatWasAwayIsAwaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := tardy(map[string]func(net.Conn){"PING": says("PONG", 0), "VERSION": says("ClamAV 1.4.6", 0), "INSTREAM": hears(says(found, 0))})
		up := c.connect
		c.connect = func(ctx context.Context) (net.Conn, error) {
			if time.Since(began) < 10*time.Minute {
				return nil, io.ErrClosedPipe
			}
			return up(ctx)
		}
		require.NoError(t, c.Await(t.Context()))
		require.Equal(t, 10*time.Minute, time.Since(began))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, c.Await(ctx), context.Canceled)
		synctest.Wait()
	})
}

// Uploads that come while clamd keeps silent wait for one proof, not each for its own, and
// whoever leaves does not take it from the others.
func TestManyWaitForOneProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, began := tardy(map[string]func(net.Conn){"PING": never}), time.Now()
		outcomes := make(chan string, 10)
		c.Observe = func(outcome string, took time.Duration) {
			if took == checkIn {
				outcomes <- outcome
			}
		}
		hasty, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := c.Begin(hasty)
			left <- err
		}()
		synctest.Wait()
		errs := make(chan error)
		for range 5 {
			go func() {
				_, err := c.Begin(t.Context())
				errs <- err
			}()
		}
		synctest.Wait()
		leave()
		require.ErrorIs(t, <-left, context.Canceled)
		require.Zero(t, time.Since(began))
		for range 5 {
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(<-errs))
		}
		require.Equal(t, checkIn, time.Since(began))
		close(outcomes)
		require.Len(t, outcomes, 5, "who left is not counted")
		for outcome := range outcomes {
			require.Equal(t, OutcomeFailed, outcome)
		}
	})
}

func TestEveryCheckIsObservedOnce(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"stream: OK": OutcomeClean, "stream: X FOUND": OutcomeInfected, found: OutcomeLimit, "INSTREAM size limit exceeded. ERROR": OutcomeLimit, "?": OutcomeFailed,
	} {
		synctest.Test(t, func(t *testing.T) {
			answers := make(chan string, 2)
			answers <- found // the proof is not a file
			answers <- said
			c := tardy(map[string]func(net.Conn){
				"PING": says("PONG", 0), "VERSION": says("ClamAV 1.4.6", 0), "INSTREAM": hears(func(conn net.Conn) { says(<-answers, time.Second)(conn) }),
			})
			seen := map[string]time.Duration{}
			c.Observe = func(outcome string, took time.Duration) { seen[outcome] += took }
			s, err := c.Begin(t.Context())
			require.NoError(t, err)
			_, err = s.Write([]byte("some words"))
			require.NoError(t, err)
			_ = s.Verdict(func() error { return nil })
			s.Close()
			require.Equal(t, map[string]time.Duration{want: 2 * time.Second}, seen, "the proof a second, the file another")
		})
	}
}
