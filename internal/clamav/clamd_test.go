package clamav_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/clamav/clamdtest"
	"zhengxiao/internal/testkit"
)

// These run on a real clamd. `make check` installs one and refuses a skip.
func needClamd(t *testing.T) {
	t.Helper()
	if clamdtest.Binary() == "" {
		t.Skip("ZX_TEST_CLAMD names no clamd")
	}
}

func client(address string) *clamav.Client {
	return clamav.New(address, slog.New(slog.DiscardHandler), time.Now)
}

// scan has body checked in pieces.
func scan(ctx context.Context, c *clamav.Client, body io.Reader) error {
	s, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := io.Copy(s, io.MultiReader(body, bytes.NewReader(nil))); err != nil {
		return err
	}
	return s.Verdict(func() error { return nil })
}

func zipped(t *testing.T, times int, body []byte) []byte {
	t.Helper()
	for range times {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("a.zip")
		require.NoError(t, err)
		_, err = w.Write(body)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		body = b.Bytes()
	}
	return body
}

func TestClamd_judges_files(t *testing.T) {
	t.Parallel()
	needClamd(t)
	s := clamdtest.Start(t, clamdtest.Proper, "StreamMaxLength 3M", "MaxFileSize 2M", "MaxRecursion 5")
	infected := []byte("text that goes on and on, with " + clamdtest.Virus + " in it, and on")
	for name, c := range map[string]struct {
		body []byte
		code apperr.Code
	}{
		"nothing":                  {nil, ""},
		"clean":                    {[]byte("some words"), ""},
		"clean, in many pieces":    {bytes.Repeat([]byte("some words"), 100_000), ""},
		"infected":                 {infected, clamav.Infected},
		"infected over two pieces": {append(bytes.Repeat([]byte{'x'}, 32<<10-40), infected...), clamav.Infected},
		"infected within archives": {zipped(t, 3, infected), clamav.Infected},
		"infected too deep":        {zipped(t, 6, infected), clamav.Limit},
		"too large to look into":   {bytes.Repeat([]byte{'x'}, 5<<19), clamav.Limit},
		"too large to send":        {bytes.Repeat([]byte{'x'}, 16<<20), clamav.Limit},
	} {
		for _, address := range []string{s.TCP, s.Unix} {
			err := scan(t.Context(), client(address), bytes.NewReader(c.body))
			require.Equal(t, c.code, apperr.CodeOf(err), "%s at %s: %v", name, address, err)
			if c.code == clamav.Infected {
				require.Contains(t, apperr.MessageOf(err), clamdtest.Name)
			}
		}
	}
}

// A clamd that says OK of what it did not look through would have every large file pass.
func TestClamd_that_keeps_its_limits_to_itself_is_not_believed(t *testing.T) {
	t.Parallel()
	needClamd(t)
	for _, lines := range [][]string{{"AlertExceedsMax no"}, {}, {clamdtest.Proper, "ScanArchive no"}, {clamdtest.Proper, "MaxRecursion 300"}} {
		t.Run(fmt.Sprint(lines), func(t *testing.T) {
			t.Parallel()
			c := client(clamdtest.Start(t, lines...).Unix)
			err := c.Check(t.Context())
			require.Equal(t, clamav.Unproven, apperr.CodeOf(err), "%v", err)
			require.Contains(t, apperr.MessageOf(err), "AlertExceedsMax yes")
			err = scan(t.Context(), c, bytes.NewReader([]byte("some words")))
			require.Equal(t, clamav.Unproven, apperr.CodeOf(err), "%v", err)
		})
	}
	for _, lines := range [][]string{{clamdtest.Proper}, {clamdtest.Proper, "MaxRecursion 100", "MaxScanSize 2000M", "MaxFileSize 2000M"}} {
		require.NoError(t, client(clamdtest.Start(t, lines...).Unix).Check(t.Context()), lines)
	}
}

func TestClamd_is_looked_at_again(t *testing.T) {
	t.Parallel()
	needClamd(t)
	s := clamdtest.Start(t, clamdtest.Proper)
	clock := testkit.NewClock()
	c := clamav.New(s.TCP, slog.New(slog.DiscardHandler), clock.Now)
	words := func() error { return scan(t.Context(), c, bytes.NewReader([]byte("some words"))) }
	require.NoError(t, words())

	require.NoError(t, c.Ping(t.Context()))
	s.Kill()
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(c.Ping(t.Context())))
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(words()))
	s.Restart(t, "AlertExceedsMax no")
	clock.Advance(time.Hour)
	require.Equal(t, clamav.Unproven, apperr.CodeOf(words()))
	s.Kill()
	s.Restart(t, clamdtest.Proper)
	require.NoError(t, words())
}

func TestClamd_that_ends_in_the_middle_says_nothing(t *testing.T) {
	t.Parallel()
	needClamd(t)
	s := clamdtest.Start(t, clamdtest.Proper)
	for _, words := range []int{0, 1} {
		file, err := client(s.TCP).Begin(t.Context())
		require.NoError(t, err)
		_, err = file.Write([]byte("some words"))
		require.NoError(t, err)
		s.Kill()
		for range words * 100 { // the first may still seem to go out
			if _, err = file.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		if err == nil {
			err = file.Verdict(func() error { return nil })
		}
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		file.Close()
		s.Restart(t, clamdtest.Proper)
	}
}

func TestClamd_check_can_be_given_up(t *testing.T) {
	t.Parallel()
	needClamd(t)
	ctx, cancel := context.WithCancel(t.Context())
	file, err := client(clamdtest.Start(t, clamdtest.Proper).TCP).Begin(ctx)
	require.NoError(t, err)
	defer file.Close()
	cancel()
	require.ErrorIs(t, file.Verdict(func() error { return nil }), context.Canceled)
}
