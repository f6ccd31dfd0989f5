package e2e

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// Ten approvals and ten returns of the same plan at once: exactly one succeeds, for each
// of fifty schools, and everybody gets an answer.
func TestConflict_TwentyAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	onEach(t, clashForSchools)
}

func clashForSchools(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	for round := range 50 {
		b.open(b.w.Another(t, fmt.Sprint(2+round)))
		b.script().ToFiling()
		require.Equal(t, 1, b.clash(), "round %d", round)
		b.settle()
		require.NoError(t, b.w.Store.VerifyChain(t.Context(), b.c.ID))
	}
}

// clash sends all twenty together and returns how many were accepted.
func (b *bench) clash() int {
	b.t.Helper()
	var all []activities.Envelope
	for i := range 20 {
		kind, body := domain.ApprovePlan, domain.Body{Revision: 1}
		if i%2 == 0 {
			kind, body.Reasons = domain.ReturnPlan, []domain.Reason{{Part: "training_plan", Text: "目标不明确"}}
		}
		e := b.w.Envelope(b.t, b.c.ID, kind, b.w.Reviewer, body)
		e.ID = fmt.Sprintf("clash-%s-%d", b.w.School.Code, i)
		all = append(all, e)
	}
	var wg sync.WaitGroup
	for _, e := range all {
		wg.Go(func() {
			if err := b.client.SignalWorkflow(b.t.Context(), b.c.WorkflowID, "", workflows.SignalAction, e); err != nil {
				b.t.Error(err)
			}
		})
	}
	wg.Wait()
	accepted := 0
	for _, e := range all {
		if b.outcome(e.ID).Status == models.ActionAccepted {
			accepted++
		}
	}
	return accepted
}
