package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"zhengxiao/models"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// The schedule survives workers that start again, moves with its configuration, and tells
// everybody once however often it fires in a week.
func TestDigestSchedule(t *testing.T) {
	t.Parallel()
	onEach(t, scheduleDigest)
}

func scheduleDigest(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	ctx := t.Context()
	for _, cron := range []string{worker.DigestAt, worker.DigestAt, "30 7 * * 2"} {
		require.NoError(t, worker.ScheduleDigest(ctx, b.client, cron))
	}
	handle := b.client.ScheduleClient().GetHandle(ctx, workflows.DigestSchedule)
	d, err := handle.Describe(ctx)
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", d.Schedule.Spec.TimeZoneName)
	require.Len(t, d.Info.NextActionTimes, 10)
	next := d.Info.NextActionTimes[0].UTC()
	require.Equal(t, []any{"Monday", 23, 30}, []any{next.Weekday().String(), next.Hour(), next.Minute()}, "Tuesday, 7:30 in China")

	runs := func() int {
		d, err := handle.Describe(ctx)
		require.NoError(t, err)
		return len(d.Info.RecentActions)
	}
	told := func() int {
		var n int64
		require.NoError(t, b.w.DB.Model(&models.Notice{}).Where("kind = ?", "digest").Count(&n).Error)
		return int(n)
	}
	ended := func() bool {
		d, err := handle.Describe(ctx)
		require.NoError(t, err)
		return len(d.Info.RunningWorkflows) == 0
	}
	require.NoError(t, handle.Trigger(ctx, client.ScheduleTriggerOptions{}))
	b.eventually(func() bool { return runs() == 1 && told() >= 2 && ended() })
	first := told()
	require.NoError(t, handle.Trigger(ctx, client.ScheduleTriggerOptions{}))
	b.eventually(func() bool { return runs() == 2 && ended() })
	require.Equal(t, first, told())

	for range 2 {
		require.NoError(t, worker.ScheduleDigest(ctx, b.client, worker.NoDigest))
	}
	_, err = handle.Describe(ctx)
	require.Error(t, err)
}
