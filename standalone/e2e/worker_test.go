package e2e

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/config"
	"zhengxiao/internal/temporalx"
	"zhengxiao/standalone/engine"
	"zhengxiao/worker"
)

// In a namespace without the search attributes every task of every case would fail for
// ever: no worker starts there.
func TestWorkerRefusesAnUnpreparedEngine(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	e, err := engine.Start(t.Context(), engine.Config{InMemory: true, Namespace: "bare", Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	c, err := temporalx.Dial(t.Context(), config.Temporal{Address: e.HostPort(), Namespace: "bare"}, nil, quiet)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	err = worker.Run(t.Context(), worker.Deps{Client: c, Logger: quiet}, worker.Options{Namespace: "bare"})
	require.Equal(t, worker.CodeSetup, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "zhengxiao engine setup")
}
