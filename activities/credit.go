package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// CreditParams names the case whose teachers are to be credited.
type CreditParams struct {
	CaseID string `json:"case_id"`
}

// CreditProgress is what the heartbeat tells.
type CreditProgress struct {
	Done int `json:"done"`
	Of   int `json:"of"`
}

// Credit recognises the hours of every eligible teacher, batch by batch. Rows that are
// there already stay as they are.
func (a *Activities) Credit(ctx context.Context, p CreditParams) error {
	return a.Store.Recognize(ctx, p.CaseID, func(done, of int) {
		activity.RecordHeartbeat(ctx, CreditProgress{Done: done, Of: of})
	})
}
