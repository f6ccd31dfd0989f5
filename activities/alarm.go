package activities

import (
	"context"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Stuck is something a case needs and can not get done.
type Stuck struct {
	CaseID  string      `json:"case_id"`
	Visit   int         `json:"visit"`
	Kind    domain.Kind `json:"kind"`
	Problem string      `json:"problem"`
}

// Alarm tells the operator, once per visit and kind, that a case is stuck.
func (a *Activities) Alarm(ctx context.Context, s Stuck) error {
	return a.Store.Raise(ctx, models.Alarm{
		ID: domain.SystemActionID(s.CaseID, s.Kind, s.Visit, "alarm"), Kind: models.AlarmStuck, CaseID: s.CaseID, Detail: s.Problem,
	})
}
