// Package e2e holds end-to-end tests on the real engine.
package e2e

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"zhengxiao/activities"
	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/temporalx"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/standalone/engine"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// bench is one school's case on a real engine, without the API in between.
type bench struct {
	t      *testing.T
	w      *lifecycle.World
	engine string // host:port
	client client.Client
	worker sdkworker.Worker
	c      models.Case
}

// newBench opens the world's case on an engine of its own.
func newBench(t *testing.T, w *lifecycle.World) *bench {
	t.Helper()
	b := newIdleBench(t, w)
	b.startWorker()
	b.open(w)
	return b
}

// newIdleBench is an engine without workers and cases.
func newIdleBench(t *testing.T, w *lifecycle.World) *bench {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	e, err := engine.Start(t.Context(), engine.Config{InMemory: true, Namespace: "test", Attributes: workflows.SearchAttributes(), Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	c, err := temporalx.Dial(t.Context(), config.Temporal{Address: e.HostPort(), Namespace: "test"}, nil, quiet)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	b := &bench{t: t, w: w, engine: e.HostPort(), client: c}
	t.Cleanup(func() {
		if b.worker != nil {
			b.worker.Stop()
		}
	})
	return b
}

// open starts the case of the world's school.
func (b *bench) open(w *lifecycle.World) {
	b.t.Helper()
	b.w = w
	var input workflows.CaseInput
	b.c, input = w.Open(b.t)
	input.Skew = time.Until(w.Now())
	attributes, err := activities.CaseAttributes(b.t.Context(), w.Store, b.c)
	require.NoError(b.t, err)
	_, err = b.client.ExecuteWorkflow(b.t.Context(), client.StartWorkflowOptions{
		ID: b.c.WorkflowID, TaskQueue: workflows.TaskQueue, TypedSearchAttributes: attributes,
	}, workflows.CaseName, input)
	require.NoError(b.t, err)
}

func (b *bench) startWorker() { b.worker = b.newWorker(worker.Options{}) }

// newWorker starts a worker beside the bench's own, which is to be stopped by the caller.
func (b *bench) newWorker(o worker.Options) sdkworker.Worker {
	b.t.Helper()
	w := worker.New(worker.Deps{Client: b.client, Store: b.w.Store, Logger: slog.New(slog.DiscardHandler)}, o)
	require.NoError(b.t, w.Start())
	return w
}

// signal hands a message to the engine and returns at once.
func (b *bench) signal(e activities.Envelope) {
	b.t.Helper()
	require.NoError(b.t, b.client.SignalWorkflow(b.t.Context(), b.c.WorkflowID, "", workflows.SignalAction, e))
}

// outcome waits until the action is decided.
func (b *bench) outcome(id string) models.ActionRow {
	b.t.Helper()
	var row models.ActionRow
	b.eventually(func() bool {
		var err error
		row, err = b.w.Store.ActionByID(b.t.Context(), id)
		return err == nil && row.Status != models.ActionPending
	})
	return row
}

// eventually polls: the engine works on its own time.
func (b *bench) eventually(ok func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			b.t.Fatal("it did not come to that within a minute")
		case <-tick.C:
		}
	}
}

// script plays the case; every action must be accepted.
func (b *bench) script() lifecycle.Script {
	return lifecycle.Script{T: b.t, W: b.w, CaseID: b.c.ID, Send: func(e activities.Envelope) {
		if e.Kind == domain.ConfirmCredit {
			b.eventually(func() bool { return b.w.State(b.t, b.c.ID).Job == "" })
			e = b.w.Envelope(b.t, b.c.ID, e.Kind, e.Actor, e.Body)
		}
		b.signal(e)
		row := b.outcome(e.ID)
		require.Equal(b.t, models.ActionAccepted, row.Status, "%s: %s", e.Kind, row.Message)
	}}
}

// settle waits until the workflow has applied all that SQL has.
func (b *bench) settle() {
	b.t.Helper()
	b.eventually(func() bool {
		v, err := b.client.QueryWorkflow(b.t.Context(), b.c.WorkflowID, "", workflows.QueryState)
		if err != nil {
			return false
		}
		var s domain.State
		require.NoError(b.t, v.Get(&s))
		return s.Seq == b.w.State(b.t, b.c.ID).Seq
	})
}

// clean checks that SQL and the engine agree and that the chain is whole.
func (b *bench) clean() {
	b.t.Helper()
	b.settle()
	require.Empty(b.t, b.reconcile(false).Findings)
	require.NoError(b.t, b.w.Store.VerifyChain(b.t.Context(), b.c.ID))
}

func (b *bench) reconcile(repair bool) reconcile.Report {
	b.t.Helper()
	report, err := reconcile.Run(b.t.Context(), reconcile.Deps{Store: b.w.Store, Client: b.client, Logger: slog.New(slog.DiscardHandler)}, reconcile.Options{Repair: repair})
	require.NoError(b.t, err)
	return report
}
