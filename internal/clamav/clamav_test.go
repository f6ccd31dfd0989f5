package clamav

import (
	"bytes"
	"context"
	"errors"
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

// fake is a check whose other end is said by the test.
func fake(t *testing.T, clamd func(conn net.Conn)) *Scan {
	t.Helper()
	ours, theirs := net.Pipe()
	s := &Scan{conn: ours, ctx: t.Context(), release: func() bool { return true }}
	t.Cleanup(s.Close)
	go func() {
		defer func() { _ = theirs.Close() }()
		clamd(theirs)
	}()
	return s
}

// What a real clamd cannot be made to say.
func TestAnswersThatAreNotUnderstoodAreNotClean(t *testing.T) {
	t.Parallel()
	for _, said := range []string{
		"", "stream: O", "stream: OK", "stream: OK ERROR\x00", "stream: OKAY\x00", "OK\x00", "UNKNOWN COMMAND\x00",
		"stream: Can't allocate memory ERROR\x00", strings.Repeat("x", 3*maxAnswer),
	} {
		s := fake(t, func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 4))
			_, _ = io.WriteString(conn, said)
		})
		err := s.Verdict(func() error { return nil })
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%.40q: %v", said, err)
	}
	s := fake(t, func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 4))
		for _, piece := range []string{"str", "eam: ", "OK", "\x00"} {
			_, _ = io.WriteString(conn, piece)
		}
	})
	require.NoError(t, s.Verdict(func() error { return nil }), "it may come in pieces")
}

// While clamd thinks, whoever waits is told that the check is alive; a clamd that thinks
// for ever is given up, like one whom nobody waits for any more.
func TestWaitingIsToldAndEnds(t *testing.T) {
	t.Parallel()
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	synctest.Test(t, func(t *testing.T) {
		s, told, began := fake(t, silent), 0, time.Now()
		err := s.Verdict(func() error { told++; return nil })
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		require.Equal(t, answerIn, time.Since(began))
		require.Equal(t, int(answerIn/tellIn)-1, told)
		s.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		s, stop := fake(t, silent), errors.New("stop")
		require.ErrorIs(t, s.Verdict(func() error { return stop }), stop)
		s.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		s := fake(t, func(net.Conn) { <-t.Context().Done() }) // takes nothing
		_, err := s.Write([]byte("some words"))
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		s.Close()
	})
}

func TestOldSignaturesAreWorthAWarning(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for version, want := range map[string]string{
		"ClamAV 1.4.6/27500/Sun Nov 22 08:00:00 2026": "",
		"ClamAV 1.4.6/27500/Mon Nov  9 08:00:00 2026": "virus signatures are old",
		"ClamAV 1.4.6": "does not tell how old",
		"":             "does not tell how old",
	} {
		var log bytes.Buffer
		warnOfAge(context.Background(), slog.New(slog.NewTextHandler(&log, nil)), version, now)
		require.Contains(t, log.String(), want, version)
		require.Equal(t, want == "", log.Len() == 0, version)
	}
}
