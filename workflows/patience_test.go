package workflows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// Crediting that the case refuses rests, raises an alarm and is done again later.
func TestCase_RefusedCreditingRests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var ahead, jobs atomic.Int64
	b.w.Follow(func() time.Time { return b.Now().Add(time.Duration(ahead.Load())) })
	b.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "Credit" {
			jobs.Add(1)
		}
	})
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(800)
		// A year without a calendar: no deadline can be set for the audit.
		ahead.Store(int64(20 * 365 * 24 * time.Hour))
		s.Confirm(domain.VerdictPass)
		require.Equal(t, domain.JobCredit, b.w.State(t, b.c.ID).Job)
		require.EqualValues(t, 1, jobs.Load())
		var alarms []models.Alarm
		require.NoError(t, b.w.DB.Find(&alarms).Error)
		require.Len(t, alarms, 1)
		require.Equal(t, models.AlarmStuck, alarms[0].Kind)
		ahead.Store(0)
		s.Pause(2 * time.Hour)
		require.Empty(t, b.w.State(t, b.c.ID).Job, "done again once the calendar is there")
		s.Register()
	})
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, domain.ResultPassed, b.agree().Result)
	require.EqualValues(t, 2, jobs.Load())
}

// A paused case credits nobody: the job waits, nobody is alarmed, and it starts at once when
// the case goes on.
func TestCase_CreditingWaitsWhilePaused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var ahead, jobs atomic.Int64
	b.w.Follow(func() time.Time { return b.Now().Add(time.Duration(ahead.Load())) })
	b.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "Credit" {
			jobs.Add(1)
		}
	})
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(800)
		ahead.Store(int64(20 * 365 * 24 * time.Hour)) // no calendar: the job rests
		s.Confirm(domain.VerdictPass)
		ahead.Store(0)
		s.Do(domain.Pause, b.w.Bureau, domain.Body{Comment: "学校撤并"})
		s.Pause(5 * time.Hour)
		require.EqualValues(t, 1, jobs.Load())
		var alarms []models.Alarm
		require.NoError(t, b.w.DB.Find(&alarms).Error)
		require.Len(t, alarms, 1, "the one from before")
		s.Do(domain.Resume, b.w.Bureau, domain.Body{})
		s.Pause(time.Minute)
		require.EqualValues(t, 2, jobs.Load(), "at once, not after an hour's rest")
		require.Empty(t, b.w.State(t, b.c.ID).Job)
		s.Register()
	})
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, domain.ResultPassed, b.agree().Result)
}

// A decision clock behind the engine's makes a rung ring once more, not every second.
func TestCase_ClocksApart(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 50 * time.Second, time.Hour} {
		t.Run(lag.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.w.Follow(func() time.Time { return b.Now().Add(-lag) })
			var decisions atomic.Int64
			b.SetOnLocalActivityStartedListener(func(*activity.Info, context.Context, []any) { decisions.Add(1) })
			b.RegisterDelayedCallback(func() {
				b.SignalWorkflow(workflows.SignalAction, b.w.Envelope(t, b.c.ID, domain.Terminate, b.w.Bureau, domain.Body{Comment: "x"}))
			}, 60*24*time.Hour)
			b.ExecuteWorkflow(workflows.CaseName, b.in)
			require.NoError(t, b.GetWorkflowError())
			require.LessOrEqual(t, decisions.Load(), int64(7), "four rungs, one action, and at most one ring too early")
		})
	}
}

// Ending a case while its hours wait takes back what is not registered, and a late batch
// of the job writes nothing.
func TestCase_TerminatedWhileCrediting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(800)
		s.Confirm(domain.VerdictPass)
		s.Terminate()
	})
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, domain.ResultTerminated, b.agree().Result)
	require.NoError(t, b.w.Store.Recognize(t.Context(), b.c.ID, func(int, int) {}))
	var left int64
	require.NoError(t, b.w.DB.Model(&models.Credit{}).Count(&left).Error)
	require.Zero(t, left)
}
