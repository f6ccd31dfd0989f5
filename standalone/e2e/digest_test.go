package e2e

import (
	"fmt"
	"testing"
	"time"

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
	china, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	day := time.Now().In(china).AddDate(0, 0, 3) // it is not to go off by itself
	for _, cron := range []string{worker.DigestAt, worker.DigestAt, fmt.Sprintf("30 7 * * %d", day.Weekday())} {
		require.NoError(t, worker.ScheduleDigest(ctx, b.client, cron))
	}
	handle := b.client.ScheduleClient().GetHandle(ctx, workflows.DigestSchedule)
	d, err := handle.Describe(ctx)
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", d.Schedule.Spec.TimeZoneName)
	require.Len(t, d.Info.NextActionTimes, 10)
	require.Equal(t, day.Format(time.DateOnly)+" 07:30:00", d.Info.NextActionTimes[0].In(china).Format(time.DateTime))

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
