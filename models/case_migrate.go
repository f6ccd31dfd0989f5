package models

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// repin lets a case go on by the policy that the action names. The row is locked and
// saved with the event.
func repin(t *turn) error {
	t.c.PolicyDigest = t.a.Body.Policy
	err := t.tx.Model(&Case{}).Where("id = ?", t.c.ID).Update("policy_digest", t.c.PolicyDigest).Error // for the statement
	return fail(err, "pin policy")
}

// awaited reports whether an action that the system takes was noted as received: somebody
// started it and wants to read why it was refused.
func awaited(tx *gorm.DB, a Received) (bool, error) {
	var n int64
	err := tx.Model(&ActionRow{}).Where("id = ?", a.ID).Count(&n).Error
	return n > 0, fail(err, "look for intake")
}

// migratedTo is the policy that the last migration in the events of a case led to, "" when
// it was never migrated.
func migratedTo(tx *gorm.DB, caseID string) (string, error) {
	var last Event
	err := tx.Where("case_id = ? AND kind = ?", caseID, domain.SystemMigrate).Order("seq DESC").Limit(1).Find(&last).Error
	if err != nil || last.CaseID == "" {
		return "", fail(err, "look for migration")
	}
	var body domain.Body
	if err := json.Unmarshal([]byte(last.Body), &body); err != nil {
		return "", fmt.Errorf("decode event %d of case %s: %w", last.Seq, caseID, err)
	}
	return body.Policy, nil
}
