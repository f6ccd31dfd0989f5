package activities

import (
	"context"
	"errors"
	"math"

	"go.temporal.io/sdk/activity"

	"zhengxiao/internal/heads"
	"zhengxiao/models"
)

// errUnsigned is a worker without the key of the audit log.
var errUnsigned = errors.New("this worker has no audit key")

// KeepAuditHead keeps today's head of the audit log and of every case's events, unless it is
// kept already.
func (a *Activities) KeepAuditHead(ctx context.Context) (string, error) {
	if a.Signer == nil || a.Evidence == nil {
		return "", errUnsigned
	}
	h, err := heads.Heads{Store: a.Store, Files: a.Evidence, Keys: a.AuditKeys}.Keep(ctx, a.Signer, true)
	return h.Day, err
}

// PurgeAudit removes the entries of the audit log that are older than they must be kept, and
// were sent where the log is sent.
func (a *Activities) PurgeAudit(ctx context.Context) (int, error) {
	if a.Signer == nil || a.Retention == 0 {
		return 0, nil
	}
	before, upTo := a.Store.Now().Add(-a.Retention), int64(math.MaxInt64)
	if a.Shipping {
		var err error
		if upTo, err = a.Store.ShippedTo(ctx); err != nil {
			return 0, err
		}
	}
	return a.Store.PurgeAudit(ctx, a.Signer, before, upTo, func() { activity.RecordHeartbeat(ctx) })
}

// AlarmAuditPurge tells the operator that old entries cannot be removed.
func (a *Activities) AlarmAuditPurge(ctx context.Context, problem string) error {
	return a.Store.Raise(ctx, models.Alarm{
		ID: "audit-purge-" + heads.Today(a.Store.Now()), Kind: models.AlarmAudit, Detail: "the audit log is not purged: " + problem,
	})
}

// AlarmAuditHead tells the operator that a day has no head.
func (a *Activities) AlarmAuditHead(ctx context.Context, problem string) error {
	return a.Store.Raise(ctx, models.Alarm{
		ID: "audit-head-" + heads.Today(a.Store.Now()), Kind: models.AlarmAudit, Detail: "no daily head of the audit log: " + problem,
	})
}
