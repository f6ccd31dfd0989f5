package workflows_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// bench runs a case in the SDK's test engine, which skips time, on a real store whose
// clock follows the engine's.
type bench struct {
	*testsuite.TestWorkflowEnvironment

	t    *testing.T
	w    *lifecycle.World
	c    models.Case
	in   workflows.CaseInput
	acts *activities.Activities

	behind []activities.Envelope // sent together with the next message, right behind it
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, w: lifecycle.New(t), TestWorkflowEnvironment: newEnv()}
	b.SetStartTime(lifecycle.Start)
	b.c, b.in = b.w.Open(t)
	b.w.Follow(b.Now)
	b.acts = &activities.Activities{Store: b.w.Store, Logger: slog.New(slog.DiscardHandler)}
	register(b)
	return b
}

func newEnv() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return suite.NewTestWorkflowEnvironment()
}

func register(b *bench) {
	worker.Register(b, b.acts)
	b.SetTestTimeout(time.Minute)
}

// step is one message of a script, or none, and how much time passes until the next.
type step struct {
	send *activities.Envelope
	then time.Duration
}

// play runs the case while script sends its messages, one virtual minute apart, so that
// each is decided before the next is written.
func (b *bench) play(script func(lifecycle.Script)) {
	steps, decided := make(chan step), make(chan struct{})
	go func() {
		defer close(steps)
		<-decided
		take := func(s step) {
			steps <- s
			<-decided
		}
		script(lifecycle.Script{
			T: b.t, W: b.w, CaseID: b.c.ID,
			Send:  func(e activities.Envelope) { take(step{send: &e, then: time.Minute}) },
			Pause: func(d time.Duration) { take(step{then: d}) },
		})
	}()
	var next func()
	next = func() {
		decided <- struct{}{}
		s, more := <-steps
		if !more {
			return
		}
		if s.send != nil {
			for _, e := range append([]activities.Envelope{*s.send}, b.behind...) {
				b.SignalWorkflow(workflows.SignalAction, e)
			}
		}
		b.RegisterDelayedCallback(next, s.then)
	}
	b.RegisterDelayedCallback(next, time.Minute)
	b.ExecuteWorkflow(workflows.CaseName, b.in)
	require.True(b.t, b.IsWorkflowCompleted())
}

// agree checks that the projection is the fold of a valid chain, and equal to what the
// workflow carries into its next run, if it does.
func (b *bench) agree() domain.State {
	b.t.Helper()
	require.NoError(b.t, b.w.Store.VerifyChain(b.t.Context(), b.c.ID))
	return b.w.State(b.t, b.c.ID)
}

// carried is the input of the next run, when the run ended by continuing as new.
func (b *bench) carried() workflows.CaseInput {
	b.t.Helper()
	again, ok := errorsAs[*workflow.ContinueAsNewError](b.GetWorkflowError())
	require.True(b.t, ok, "the run ended with %v", b.GetWorkflowError())
	var in workflows.CaseInput
	require.NoError(b.t, decode(again.Input, &in))
	return in
}
