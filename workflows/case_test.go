package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"zhengxiao/activities"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

func errorsAs[E error](err error) (E, bool) { return errors.AsType[E](err) }

func decode(p *commonpb.Payloads, into any) error {
	return converter.GetDefaultDataConverter().FromPayloads(p, into)
}

// TC19: acceptance passes → hours appear without human action, waiting for the bureau;
// its confirmation makes them final (003:22).
func TestTC19_PassingCreditsWithoutAHand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(800)
		s.Confirm(domain.VerdictPass)
		var rows []models.Credit
		require.NoError(t, b.w.DB.Where("case_id = ?", b.c.ID).Find(&rows).Error)
		require.Len(t, rows, 2*(lifecycle.Teachers-1), "two years each; the 不合格 teacher gets nothing")
		for _, r := range rows {
			require.Equal(t, domain.CreditRecognized, r.State)
		}
		s.Register()
	})
	require.NoError(t, b.GetWorkflowError())
	s := b.agree()
	require.Equal(t, domain.ResultPassed, s.Result)
	var sum int
	require.NoError(t, b.w.DB.Model(&models.Credit{}).Where("state = ?", domain.CreditRegistered).Select("SUM(hours)").Scan(&sum).Error)
	require.Equal(t, 250*(lifecycle.Teachers-1), sum, "25 hours a teacher, capped")
}

func TestCase_ReturnedAndResubmitted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ReturnOnce()
		s.Terminate()
	})
	require.NoError(t, b.GetWorkflowError())
	s := b.agree()
	require.Equal(t, 2, s.Revision)
	require.Equal(t, domain.ResultTerminated, s.Result)
}

// A rectification round continues as new, and the next run goes on from carried state.
func TestCase_RectificationContinuesFromCarriedState(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(500)
		s.Confirm(domain.VerdictRectify)
	})
	in := b.carried()
	require.Equal(t, b.agree(), in.State)

	second := again(b, in)
	second.play(func(s lifecycle.Script) {
		s.HandIn()
		s.Score(900)
		s.Confirm(domain.VerdictPass)
		s.Register()
	})
	require.NoError(t, second.GetWorkflowError())
	require.Equal(t, domain.ResultPassed, second.agree().Result)
}

// again is the next run of a bench's case.
func again(b *bench, in workflows.CaseInput) *bench {
	at := b.Now()
	next := *b
	next.TestWorkflowEnvironment = newEnv()
	next.SetStartTime(at)
	next.in = in
	next.w.Follow(next.Now)
	register(&next)
	return &next
}

// Everything in the mailbox when the case ends, or continues as new, gets an outcome.
func TestCase_DrainsTheMailbox(t *testing.T) {
	t.Parallel()
	for _, end := range []struct {
		name string
		kind domain.Kind
		last domain.Body
		code apperr.Code
	}{
		{"closing", domain.AcceptResult, domain.Body{}, apperr.CaseClosed},
		{"continue as new", domain.ConfirmResult, domain.Body{Verdict: domain.VerdictRectify, Reasons: []domain.Reason{{Part: "7", Text: "x"}}}, apperr.WrongStage},
	} {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.play(func(s lifecycle.Script) {
				s.ToFiling()
				s.ToScoring()
				s.Score(500)
				who := b.w.Bureau
				if end.kind == domain.AcceptResult {
					s.Confirm(domain.VerdictFail)
					who = b.w.Head
				}
				last := b.w.Envelope(t, b.c.ID, end.kind, who, end.last)
				for i := range 20 {
					e := b.w.Envelope(t, b.c.ID, domain.ReturnTeam, b.w.Reviewer, domain.Body{})
					e.ID = fmt.Sprintf("late-%d", i)
					b.behind = append(b.behind, e)
				}
				s.Send(last)
			})
			require.Len(t, b.behind, 20)
			for _, e := range b.behind {
				row, err := b.w.Store.ActionByID(t.Context(), e.ID)
				require.NoError(t, err)
				require.Equal(t, string(end.code), row.Code)
			}
		})
	}
}

// A message nobody can read is recorded with an alarm, and the next one goes through.
func TestCase_UnreadableMessageIsRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterDelayedCallback(func() {
		b.SignalWorkflow(workflows.SignalAction, "not an envelope")
	}, time.Second)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		s.Terminate()
	})
	require.NoError(t, b.GetWorkflowError())
	var alarms []models.Alarm
	require.NoError(t, b.w.DB.Find(&alarms, "kind = ?", models.AlarmUnreadable).Error)
	require.Len(t, alarms, 1)
	require.JSONEq(t, `"not an envelope"`, string(alarms[0].Raw))
	require.Equal(t, domain.ResultTerminated, b.agree().Result)
}

// A decision that breaks becomes the outcome `internal` with an alarm; the case goes on.
func TestCase_PoisonedActionDoesNotBlock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var poisoned activities.Envelope
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		// A state that can not be decoded makes the very next decision fail.
		var good string
		require.NoError(t, b.w.DB.Model(&models.Case{}).Where("id = ?", b.c.ID).Pluck("state", &good).Error)
		poisoned = b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{})
		require.NoError(t, b.w.DB.Model(&models.Case{}).Where("id = ?", b.c.ID).Update("state", "{").Error)
		s.Send(poisoned)
		require.NoError(t, b.w.DB.Model(&models.Case{}).Where("id = ?", b.c.ID).Update("state", good).Error)
		s.Terminate()
	})
	require.NoError(t, b.GetWorkflowError())
	row, err := b.w.Store.ActionByID(t.Context(), poisoned.ID)
	require.NoError(t, err)
	require.Equal(t, string(apperr.Internal), row.Code)
	require.NotContains(t, row.Message, "decode", "the cause stays with the operator")
	var alarms int64
	require.NoError(t, b.w.DB.Model(&models.Alarm{}).Where("kind = ?", models.AlarmDecision).Count(&alarms).Error)
	require.EqualValues(t, 1, alarms)
	require.Equal(t, domain.ResultTerminated, b.agree().Result)
}

// Deadlines ring on working days: reminder, due date, two escalations, then silence; the
// study window closes training by itself.
func TestCase_TimersRing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterDelayedCallback(func() {
		require.True(t, b.w.State(t, b.c.ID).OpenWaits()[0].Overdue)
		require.Empty(t, b.w.State(t, b.c.ID).OpenWaits()[0].Rung)
		b.SignalWorkflow(workflows.SignalAction, b.w.Envelope(t, b.c.ID, domain.Terminate, b.w.Bureau, domain.Body{Comment: "x"}))
	}, 60*24*time.Hour)
	b.ExecuteWorkflow(workflows.CaseName, b.in)
	require.NoError(t, b.GetWorkflowError())
	b.agree()
	var rungs []models.Event
	require.NoError(t, b.w.DB.Where("case_id = ? AND kind = ?", b.c.ID, domain.SystemRung).Order("seq").Find(&rungs).Error)
	require.Len(t, rungs, 4)
	var task models.TaskRow
	require.NoError(t, b.w.DB.Where("case_id = ?", b.c.ID).First(&task).Error)
	require.Equal(t, 4, task.Reminded)
}

func TestCase_WindowClosesTraining(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StageAssessment, b.w.State(t, b.c.ID).Stage)
		b.SignalWorkflow(workflows.SignalAction, b.w.Envelope(t, b.c.ID, domain.Terminate, b.w.Bureau, domain.Body{Comment: "x"}))
	}, b.w.Cohort.WindowEnd.Sub(lifecycle.Start)+time.Hour)
	b.play(func(s lifecycle.Script) {
		s.ToFiling()
		e := b.w.Envelope(t, b.c.ID, domain.ApprovePlan, b.w.Reviewer, domain.Body{Revision: 1})
		s.Send(e)
	})
	require.NoError(t, b.GetWorkflowError())
	b.agree()
}
