package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

func (r RosterStatus) check(field string) error {
	if !slices.Contains([]RosterStatus{RosterActive, RosterLeave, RosterRetired, RosterTransferred}, r) {
		return apperr.Newf(apperr.Invalid, "没有“%s”这种在岗状态，请从列表中选择。", r).On(field)
	}
	return nil
}

// SetRosterStatus lets the reviewer say, after the roster was frozen, that a teacher left
// or is back. The gates count active rows; the 专任 count that was filed stays.
func (s *Store) SetRosterStatus(ctx context.Context, caseID, userID string, status RosterStatus, reason, by string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return apperr.Field("reason", "请填写变更在岗状态的理由。")
	}
	if err := status.check("status"); err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, caseID, whileAssessing); err != nil {
			return err
		}
		var r RosterRow
		if err := forUpdate(tx).Where("case_id = ? AND user_id = ?", caseID, userID).Take(&r).Error; err != nil {
			return found(err, "教师", "load teacher")
		}
		if r.Status == status {
			return apperr.New(apperr.Conflict, "该教师已经是这个在岗状态，无需变更。")
		}
		change := RosterChange{
			ID: newID(), CaseID: caseID, UserID: userID, OldStatus: r.Status, NewStatus: status,
			Reason: reason, ChangedBy: by, ChangedAt: s.Now(),
		}
		if err := tx.Create(&change).Error; err != nil {
			return err
		}
		return tx.Model(&r).Update("status", status).Error
	})
}

// RosterChanges lists how the statuses of some teachers changed after the freeze, oldest
// first.
func (s *Store) RosterChanges(ctx context.Context, caseID string, userIDs []string) ([]RosterChange, error) {
	var rows []RosterChange
	err := s.DB(ctx).Where("case_id = ? AND user_id IN ?", caseID, userIDs).Order("changed_at, id").Find(&rows).Error
	return rows, fail(err, "list roster changes")
}
