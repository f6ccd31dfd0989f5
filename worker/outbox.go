package worker

import (
	"context"
	"fmt"
	"time"

	"zhengxiao/models"
)

const (
	deliveryBatch = 50
	// idlePoll is how soon a quiet outbox is looked at again.
	idlePoll = 500 * time.Millisecond
	// claimFor is how long one worker may keep a row before another takes it over.
	claimFor = time.Minute
	// alarmAfter failed attempts the operator is told.
	alarmAfter = 10
)

// Deliver works off the outbox until ctx is done. Every delivery may happen more than
// once and must not mind.
func Deliver(ctx context.Context, d Deps) error {
	for {
		n, err := deliverBatch(ctx, d)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "outbox", "error", err)
		}
		if n == deliveryBatch && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(idlePoll):
		}
	}
}

func deliverBatch(ctx context.Context, d Deps) (int, error) {
	rows, err := d.Store.ClaimOutbox(ctx, deliveryBatch, claimFor)
	if err != nil {
		return 0, fmt.Errorf("claim outbox: %w", err)
	}
	for _, row := range rows {
		if err := deliverOne(ctx, d, row); err != nil {
			d.Logger.WarnContext(ctx, "delivery failed", "kind", row.Kind, "case", row.CaseID, "error", err)
			if err := d.fail(ctx, row, err); err != nil {
				return len(rows), err
			}
			continue
		}
		if err := d.Store.FinishOutbox(ctx, row); err != nil {
			return len(rows), fmt.Errorf("finish outbox row: %w", err)
		}
	}
	return len(rows), nil
}

func (d Deps) fail(ctx context.Context, row models.OutboxRow, cause error) error {
	if row.Attempts >= alarmAfter {
		alarm := models.Alarm{ID: row.ID, Kind: models.AlarmOutbox, CaseID: row.CaseID, Detail: row.Kind + ": " + cause.Error()}
		if err := d.Store.Raise(ctx, alarm); err != nil {
			return err
		}
	}
	return d.Store.FailOutbox(ctx, row, cause.Error())
}

func deliverOne(ctx context.Context, d Deps, row models.OutboxRow) error {
	switch row.Kind {
	case models.OutboxNotice:
		return d.Store.DeliverNotice(ctx, row)
	case models.OutboxLock:
		return lockFiles(ctx, d, row)
	case models.OutboxSend:
		return send(ctx, d, row)
	default:
		return fmt.Errorf("unknown outbox kind %q", row.Kind)
	}
}
