package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"zhengxiao/activities"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// digests counts what the users of a world were told of weeks.
func digests(t *testing.T, w *lifecycle.World) int {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Model(&models.Notice{}).Where("kind = ?", "digest").Count(&n).Error)
	return int(n)
}

// Run twice, or again after an activity failed, the digest reaches everybody once.
func TestDigest_TellsEveryOfficeOnce(t *testing.T) {
	t.Parallel()
	w := lifecycle.New(t)
	w.Open(t)
	acts := &activities.Activities{Store: w.Store, Logger: slog.New(slog.DiscardHandler)}
	var first int
	for run := range 2 {
		env := newEnv()
		worker.Register(env, acts)
		var fails atomic.Bool
		fails.Store(run == 0)
		env.OnActivity(acts.SendDigest, mock.Anything, mock.Anything).Return(func(ctx context.Context, p activities.DigestParams) (int, error) {
			n, err := acts.SendDigest(ctx, p)
			if fails.Swap(false) {
				return n, errors.New("connection lost after the commit")
			}
			return n, err
		})
		env.ExecuteWorkflow(workflows.DigestName)
		require.True(t, env.IsWorkflowCompleted())
		require.NoError(t, env.GetWorkflowError())
		if run == 0 {
			first = digests(t, w)
			require.GreaterOrEqual(t, first, 2, "the district and the bureau")
		}
	}
	require.Equal(t, first, digests(t, w))
}

// An office that cannot be told keeps neither the others nor the next week waiting.
func TestDigest_GoesOnPastAnOffice(t *testing.T) {
	t.Parallel()
	w := lifecycle.New(t)
	w.Open(t)
	acts := &activities.Activities{Store: w.Store, Logger: slog.New(slog.DiscardHandler)}
	plan, err := acts.PlanDigest(t.Context())
	require.NoError(t, err)
	broken := "gone"
	env := newEnv()
	worker.Register(env, acts)
	env.OnActivity(acts.PlanDigest, mock.Anything).Return(activities.DigestPlan{Monday: plan.Monday, Offices: append([]string{broken}, plan.Offices...)}, nil)
	env.ExecuteWorkflow(workflows.DigestName)
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	require.GreaterOrEqual(t, digests(t, w), 2, "the district and the bureau")
	alarms, _, err := w.Store.Alarms(t.Context(), models.AlarmFilter{Kind: models.AlarmOutbox}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1)
	require.Contains(t, alarms[0].Detail, broken)
}
