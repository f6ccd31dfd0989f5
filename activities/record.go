package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"zhengxiao/models"
)

// Unreadable is a message that could not be decoded.
type Unreadable struct {
	CaseID  string `json:"case_id"`
	RunID   string `json:"run_id"`
	Raw     []byte `json:"raw"`
	Problem string `json:"problem"`
}

// Record keeps an unreadable message with an alarm, once.
func (a *Activities) Record(ctx context.Context, u Unreadable) error {
	sum := sha256.Sum256(append([]byte(u.CaseID+u.RunID), u.Raw...))
	return a.Store.Raise(ctx, models.Alarm{
		ID: hex.EncodeToString(sum[:]), Kind: models.AlarmUnreadable, CaseID: u.CaseID, RunID: u.RunID,
		Raw: u.Raw, Detail: u.Problem,
	})
}
