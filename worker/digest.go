package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"zhengxiao/workflows"
)

// DigestAt is when the weekly digest goes out unless a configuration says otherwise:
// Mondays at 8, in China.
const DigestAt = "0 8 * * 1"

// NoDigest in place of a time keeps the digest from going out by itself.
const NoDigest = "off"

const (
	digestZone = "Asia/Shanghai"
	// digestCatchUp is for how long a digest that came due while the engine was down is
	// still worth reading.
	digestCatchUp = 3 * 24 * time.Hour
	// scheduleRetry is how long a worker waits before it asks the engine again.
	scheduleRetry = 10 * time.Second
)

// keepSchedule makes the engine's schedule what the configuration says, however often
// workers start, and tries until the engine has taken it.
func keepSchedule(ctx context.Context, d Deps, cron string) {
	for {
		err := ScheduleDigest(ctx, d.Client, cron)
		if err == nil || ctx.Err() != nil {
			return
		}
		d.Logger.WarnContext(ctx, "schedule weekly digest", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(scheduleRetry):
		}
	}
}

// ScheduleDigest creates the schedule of the weekly digest or moves it to another time.
// Whoever paused it by hand finds it paused still.
func ScheduleDigest(ctx context.Context, c client.Client, cron string) error {
	spec := client.ScheduleSpec{CronExpressions: []string{cron}, TimeZoneName: digestZone}
	handle := c.ScheduleClient().GetHandle(ctx, workflows.DigestSchedule)
	if cron == NoDigest {
		err := handle.Delete(ctx)
		if _, none := errors.AsType[*serviceerror.NotFound](err); none {
			return nil
		}
		return err
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: workflows.DigestSchedule, Spec: spec, Action: digestAction(),
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: digestCatchUp,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	err = handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		s.Spec, s.Action = &spec, digestAction()
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}})
	if err != nil {
		return fmt.Errorf("update schedule: %w", err)
	}
	return nil
}

func digestAction() client.ScheduleAction {
	return &client.ScheduleWorkflowAction{ID: workflows.DigestSchedule, Workflow: workflows.DigestName, TaskQueue: workflows.TaskQueue}
}
