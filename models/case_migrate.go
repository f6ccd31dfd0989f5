package models

import "gorm.io/gorm"

// repin lets a case go on by the policy that the action names. The row is locked and
// saved with the event.
func repin(t *turn) error {
	t.c.PolicyDigest = t.a.Body.Policy
	return nil
}

// awaited reports whether an action that the system takes was noted as received: somebody
// started it and wants to read why it was refused.
func awaited(tx *gorm.DB, a Received) (bool, error) {
	var n int64
	err := tx.Model(&ActionRow{}).Where("id = ?", a.ID).Count(&n).Error
	return n > 0, fail(err, "look for intake")
}
