package e2e

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/temporalx"
	"zhengxiao/models"
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

// While keys are rotated, a worker that has not been given the new one yet cannot read an
// action. It leaves the action where it is, and the next worker decides it.
func TestAnActionWaitsForItsKey(t *testing.T) {
	t.Parallel()
	onEach(t, waitForKey)
}

func waitForKey(t *testing.T, world opener) {
	t.Helper()
	old, err := secret.Generate("k1")
	require.NoError(t, err)
	renewed, err := secret.Generate("k2")
	require.NoError(t, err)
	b := newBench(t, world(t))
	b.worker.Stop()

	before := b.useKeys(old)
	b.startWorker()
	s := b.script()
	s.ToFiling()

	b.useKeys(renewed + "," + old)
	e := b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
	b.signal(e)
	b.eventually(func() bool { return strings.Contains(before.String(), secret.ErrUnknownKey.Error()) })
	_, err = b.w.Store.ActionByID(t.Context(), e.ID)
	require.True(t, apperr.Is(err, apperr.NotFound), "%v", err)

	b.worker.Stop()
	b.startWorker()
	require.Equal(t, models.ActionAccepted, b.outcome(e.ID).Status)
	b.clean()
}

// useKeys connects the bench anew with these keys and returns what the connection logs.
func (b *bench) useKeys(text string) *journal {
	b.t.Helper()
	ring, err := secret.ParseKeyring(text)
	require.NoError(b.t, err)
	log := &journal{}
	c, err := temporalx.Dial(b.t.Context(), config.Temporal{Address: b.engine, Namespace: "test"}, ring, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(b.t, err)
	b.t.Cleanup(c.Close)
	b.client = c
	return log
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
