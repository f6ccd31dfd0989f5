package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// ResetAccount lets the owner of an account in again who nobody else could: a one-time
// password of this hash, no second factor, no lock, and no session that goes on. It is for
// an operator at the machine itself.
func (s *Store) ResetAccount(ctx context.Context, login, hash string) (hadFactor bool, err error) {
	u, err := s.UserByLogin(ctx, login)
	if err != nil {
		return false, err
	}
	if u.Disabled {
		return false, apperr.New(apperr.Conflict, "该账号已停用，没有重置。请由安全管理员先启用它。")
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		n, err := dropSecondFactor(tx, u.ID)
		if err != nil {
			return err
		}
		hadFactor = n > 0
		if err := s.setPassword(tx, u.ID, hash, true, ""); err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			Action: "account.reset", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID,
			Details: map[string]any{"second_factor": hadFactor, "by": "command"},
		})
	})
	return hadFactor, fail(err, "reset account")
}
