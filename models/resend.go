package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// The pace at which a received action is sent to its case again, until it is decided.
const (
	resendFirst = time.Minute
	resendMost  = time.Hour
	// A person has waited for too long.
	pendingTooLong = 10 * time.Minute
)

// resendAfter is the pause before an action of that age is sent again: half its age.
func resendAfter(age time.Duration) time.Duration { return min(max(resendFirst, age/2), resendMost) }

// ClaimPending gives one action that should have been decided by now, to be sent again, nil
// when there is none. Nobody else gets it until its next turn. One that none of our
// processes received is nobody's.
func (s *Store) ClaimPending(ctx context.Context) (*ActionRow, error) {
	now := s.Now()
	for {
		var due []ActionRow
		err := s.DB(ctx).Where("resend_at <= ?", now).Order("resend_at, id").Limit(1).Find(&due).Error
		if err != nil || len(due) == 0 {
			return nil, fail(err, "look for pending actions")
		}
		row := due[0]
		if row.Status != ActionPending {
			// Decided by a worker of a release that knew of no resending.
			done := s.DB(ctx).Model(&ActionRow{}).Where("id = ?", row.ID).Updates(map[string]any{"envelope": nil, "resend_at": nil})
			if done.Error != nil {
				return nil, fail(done.Error, "settle decided action")
			}
			continue
		}
		next := now.Add(resendAfter(now.Sub(row.ReceivedAt)))
		won := s.DB(ctx).Model(&ActionRow{}).Where("id = ? AND status = ? AND resend_at <= ?", row.ID, ActionPending, now).Update("resend_at", next)
		if won.Error != nil {
			return nil, fail(won.Error, "claim pending action")
		}
		if won.RowsAffected == 0 {
			continue
		}
		if ours, err := s.vouched(ctx, &row); ours || err != nil {
			return &row, err
		}
	}
}

// NotePending tells the operator, once, of an action that has waited for too long.
func (s *Store) NotePending(ctx context.Context, row ActionRow) error {
	waited := s.Now().Sub(row.ReceivedAt)
	if waited < pendingTooLong {
		return nil
	}
	return s.Raise(ctx, Alarm{
		ID: alarmID("pending " + row.ID), Kind: AlarmStuck, CaseID: row.CaseID,
		Detail: fmt.Sprintf("action %s (%s) was received at %s and is not decided", row.ID, row.Kind, row.ReceivedAt.Format(time.RFC3339)),
	})
}

// MissingRun is the alarm about an open case that the engine does not run.
func MissingRun(c Case) Alarm {
	return Alarm{
		ID: alarmID("missing " + c.WorkflowID), Kind: AlarmOrphan, CaseID: c.ID, WorkflowID: c.WorkflowID,
		Detail: "the case is open in SQL and the engine has no running workflow for it",
	}
}

func alarmID(about string) string {
	sum := sha256.Sum256([]byte(about))
	return hex.EncodeToString(sum[:])
}
