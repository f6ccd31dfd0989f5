package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"zhengxiao/internal/heads"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

const (
	// sealEvery is how often new entries of the audit log are sealed.
	sealEvery = time.Second
	// sealRetry is how long a worker waits after it could not seal.
	sealRetry = 30 * time.Second
	// headsAt is when the day's head is kept: ten past midnight, in China.
	headsAt = "10 0 * * *"
	// headsCatchUp is for how long a head that came due while the engine was down is made up.
	headsCatchUp = 24 * time.Hour
)

// keepAudit signs events, seals the audit log as it grows, and has its heads kept, until ctx
// is done. Without a key it does nothing: the log is written all the same.
func keepAudit(ctx context.Context, d Deps) {
	if d.Signer == nil {
		d.Logger.WarnContext(ctx, "the audit log is not sealed and events are not signed: there is no audit key")
		return
	}
	for ctx.Err() == nil {
		err := beginAudit(ctx, d)
		if err == nil {
			seal(ctx, d)
			return
		}
		d.Logger.WarnContext(ctx, "begin audit", "error", err)
		pause(ctx, sealRetry)
	}
}

func beginAudit(ctx context.Context, d Deps) error {
	return errors.Join(d.Store.BeginAudit(ctx, d.Signer), scheduleHeads(ctx, d.Client))
}

// headsReread is how often a worker looks which daily head is the newest.
const headsReread = time.Hour

// seal seals until ctx is done. How far the last daily head went is known before, and looked
// at again: a log that was emptied or set back since does not go on from there.
func seal(ctx context.Context, d Deps) {
	floor, known, read := int64(0), false, time.Time{}
	for ctx.Err() == nil {
		if d.Evidence != nil && (!known || !d.Store.Now().Before(read.Add(headsReread))) {
			last, err := newestHead(ctx, d, d.Evidence)
			if err != nil {
				d.Logger.WarnContext(ctx, "read last daily head", "error", err)
			}
			if last.DailyHead != nil {
				floor = max(floor, last.Seq)
				d.Store.SealedTo(last.Seq, last.Hash)
			}
			if err := d.Store.StateNewTables(ctx); err != nil && ctx.Err() == nil {
				d.Logger.WarnContext(ctx, "state new tables", "error", err)
			}
			if known, read = known || err == nil, d.Store.Now(); !known {
				pause(ctx, sealRetry)
				continue
			}
		}
		_, err := d.Store.SealAudit(ctx, d.Signer, floor)
		switch {
		case err == nil:
			pause(ctx, sealEvery)
		case ctx.Err() != nil:
		default:
			d.Logger.ErrorContext(ctx, "seal audit log", "error", err)
			if errors.Is(err, models.ErrAuditCut) {
				raiseCut(ctx, d, err)
			}
			pause(ctx, sealRetry)
		}
	}
}

// raiseCut tells the operator, once a day, that the log is not what it was.
func raiseCut(ctx context.Context, d Deps, cause error) {
	alarm := models.Alarm{ID: "audit-cut-" + heads.Today(d.Store.Now()), Kind: models.AlarmAudit, Detail: cause.Error()}
	if err := d.Store.Raise(ctx, alarm); err != nil {
		d.Logger.ErrorContext(ctx, "raise alarm", "error", err)
	}
}

// newestHead finds the newest daily head, and tells the operator, once a day, when somebody
// adds files that pass for one.
func newestHead(ctx context.Context, d Deps, files heads.Files) (heads.Found, error) {
	last, err := heads.Heads{Store: d.Store, Files: files, Keys: d.AuditKeys}.Newest(ctx)
	if len(last.Strange) == 0 {
		return last, err
	}
	detail := fmt.Sprintf("%d files among the daily heads are none, one is %s: run verify", len(last.Strange), last.Strange[0])
	alarm := models.Alarm{ID: "audit-strange-" + heads.Today(d.Store.Now()), Kind: models.AlarmAudit, Detail: detail}
	return last, errors.Join(err, d.Store.Raise(ctx, alarm))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// scheduleHeads has the engine start the keeping of each day's head.
func scheduleHeads(ctx context.Context, c client.Client) error {
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: workflows.AuditHeadSchedule, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: headsCatchUp,
		Spec: client.ScheduleSpec{CronExpressions: []string{headsAt}, TimeZoneName: digestZone},
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.AuditHeadSchedule, Workflow: workflows.AuditHeadName, TaskQueue: workflows.TaskQueue,
		},
		TriggerImmediately: true,
	})
	if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("schedule daily heads: %w", err)
	}
	return nil
}
