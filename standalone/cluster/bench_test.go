package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/temporalx"
	"zhengxiao/standalone/cluster"
	"zhengxiao/standalone/drive"
	"zhengxiao/standalone/engine"
)

var clients = []int{1, 8, 32}

// How long a decision takes and how many are taken a second: by the cluster and by the
// embedded edition over HTTP, as its person sees it, from the request to the decided
// answer; and by a workflow that does nothing but take a signal and run a local activity.
func BenchmarkDecisions(b *testing.B) {
	b.Run("cluster", func(b *testing.B) {
		c := start(b)
		roots, err := c.Roots()
		require.NoError(b, err)
		decisions(b, drive.Options{BaseURL: c.URL(), Patience: time.Minute, Roots: roots}, c.Founders)
		e, err := c.Engine(b.Context())
		require.NoError(b, err)
		defer e.Close()
		b.Run("bare", func(b *testing.B) { bare(b, e) })
	})
	b.Run("embedded", func(b *testing.B) {
		root, err := filepath.Abs("../..")
		require.NoError(b, err)
		e, err := cluster.StartEmbedded(b.Context(), root, b.TempDir())
		require.NoError(b, err)
		defer func() { require.NoError(b, e.Stop(context.WithoutCancel(b.Context()))) }()
		decisions(b, drive.Options{BaseURL: e.URL, Patience: time.Minute}, e.Founders)
	})
	b.Run("embedded/bare", func(b *testing.B) {
		quiet := slog.New(slog.DiscardHandler)
		s, err := engine.Start(b.Context(), engine.Config{Dir: b.TempDir(), Namespace: cluster.Namespace, Logger: quiet})
		require.NoError(b, err)
		defer s.Stop()
		e, err := temporalx.Dial(b.Context(), config.Temporal{Address: s.HostPort(), Namespace: cluster.Namespace}, nil, quiet)
		require.NoError(b, err)
		defer e.Close()
		bare(b, e)
	})
}

// decisions has every client submit and withdraw the plan of a school of its own.
func decisions(b *testing.B, o drive.Options, password string) {
	b.Helper()
	d := drive.New(o)
	schools := city(b, d, password, slices.Max(clients))
	prepare, ctx := errgroup.WithContext(b.Context())
	prepare.SetLimit(8)
	for _, s := range schools {
		prepare.Go(func() error { return (&drive.Run{School: s, Scenario: drive.Waiting(domain.StageFiling)}).Finish(ctx) })
	}
	require.NoError(b, prepare.Wait())
	for _, n := range clients {
		b.Run(fmt.Sprintf("clients=%d", n), func(b *testing.B) {
			from := len(d.Acks())
			began := time.Now()
			share(b, n, func(i int) error {
				if err := schools[i].WithdrawPlan(b.Context()); err != nil {
					return err
				}
				return schools[i].SubmitPlan(b.Context())
			})
			var took []time.Duration
			for _, a := range d.Acks()[from:] {
				took = append(took, a.Took)
			}
			report(b, took, time.Since(began))
		})
	}
}

// share has n clients do b.N rounds together.
func share(b *testing.B, n int, round func(client int) error) {
	b.Helper()
	var work errgroup.Group
	rounds := make(chan struct{}, b.N)
	for range b.N {
		rounds <- struct{}{}
	}
	close(rounds)
	for i := range n {
		work.Go(func() error {
			for range rounds {
				if err := round(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(b, work.Wait())
}

func report(b *testing.B, took []time.Duration, all time.Duration) {
	b.Helper()
	slices.Sort(took)
	ms := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.95), "p95-ms")
	b.ReportMetric(float64(len(took))/all.Seconds(), "decisions/s")
}

// echo is the bare workflow: signals one at a time, each to a local activity.
func echo(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
	in := workflow.GetSignalChannel(ctx, "do")
	for !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		var id string
		in.Receive(ctx, &id)
		if err := workflow.ExecuteLocalActivity(ctx, answer, id).Get(ctx, nil); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, echo)
}

// answered are those who wait for an answer, by the id of what they asked.
var answered sync.Map

func answer(_ context.Context, id string) error {
	if ch, ok := answered.LoadAndDelete(id); ok {
		close(ch.(chan struct{}))
	}
	return nil
}

// bare has every client signal a workflow of its own and wait for the local activity.
func bare(b *testing.B, e client.Client) {
	b.Helper()
	queue := "bare-" + uuid.NewString()
	w := sdkworker.New(e, queue, sdkworker.Options{})
	w.RegisterWorkflow(echo)
	w.RegisterActivity(answer)
	require.NoError(b, w.Start())
	defer w.Stop()
	for _, n := range clients {
		b.Run(fmt.Sprintf("clients=%d", n), func(b *testing.B) {
			runs := make([]client.WorkflowRun, n)
			for i := range runs {
				var err error
				runs[i], err = e.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: queue}, echo)
				require.NoError(b, err)
			}
			var all sync.Mutex
			var took []time.Duration
			began := time.Now()
			share(b, n, func(i int) error {
				id, done, asked := uuid.NewString(), make(chan struct{}), time.Now()
				answered.Store(id, done)
				if err := e.SignalWorkflow(b.Context(), runs[i].GetID(), "", "do", id); err != nil {
					return err
				}
				select {
				case <-done:
				case <-b.Context().Done():
					return b.Context().Err()
				}
				all.Lock()
				defer all.Unlock()
				took = append(took, time.Since(asked))
				return nil
			})
			report(b, took, time.Since(began))
			for _, r := range runs {
				require.NoError(b, e.TerminateWorkflow(b.Context(), r.GetID(), "", "measured"))
			}
		})
	}
}
