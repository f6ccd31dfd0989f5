package app

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/clamav/clamdtest"
	"zhengxiao/internal/config"
)

// scanner opens the scanner of a configuration and returns what was logged.
func scanner(t *testing.T, address string) (*clamav.Client, string, error) {
	t.Helper()
	var log bytes.Buffer
	a := &App{Config: config.Config{ClamAV: config.ClamAV{Address: address}}, Logger: slog.New(slog.NewTextHandler(&log, nil)), Clock: time.Now}
	c, err := a.scanner(t.Context())
	return c, log.String(), err
}

func TestScanner_may_be_off_or_away(t *testing.T) {
	t.Parallel()
	c, log, err := scanner(t, "")
	require.NoError(t, err)
	require.Nil(t, c)
	require.Contains(t, log, "level=WARN", "nobody is to think that uploads are checked")
	c, log, err = scanner(t, filepath.Join(t.TempDir(), "clamd.sock"))
	require.NoError(t, err)
	require.Contains(t, log, "level=WARN")
	_, err = c.Begin(t.Context())
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
}

func TestScanner_of_a_real_clamd(t *testing.T) {
	t.Parallel()
	if clamdtest.Binary() == "" {
		t.Skip("ZX_TEST_CLAMD names no clamd")
	}
	_, _, err := scanner(t, clamdtest.Start(t, "AlertExceedsMax no").TCP)
	require.Equal(t, clamav.Unproven, apperr.CodeOf(err), "%v", err)
	c, _, err := scanner(t, clamdtest.Start(t, clamdtest.Proper).TCP)
	require.NoError(t, err)
	require.NotNil(t, c)
}
