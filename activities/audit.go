package activities

import (
	"context"
	"errors"

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
	h, err := heads.Keep(ctx, a.Store, a.Evidence, a.Signer, true)
	return h.Day, err
}

// AlarmAuditHead tells the operator that a day has no head.
func (a *Activities) AlarmAuditHead(ctx context.Context, problem string) error {
	return a.Store.Raise(ctx, models.Alarm{
		ID: "audit-head-" + heads.Today(a.Store.Now()), Kind: models.AlarmAudit, Detail: "no daily head of the audit log: " + problem,
	})
}
