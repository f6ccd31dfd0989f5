package models

import (
	"context"

	"zhengxiao/internal/domain"
)

// orphaned is true of a case with an open task that nobody can see to: no enabled account
// holds the role at the organisation and may do it, or the one person it is for is disabled or has lost
// the role. Counting instead of EXISTS keeps both databases at looking up the tasks of each
// case, and each seat, by index: MySQL makes a join of EXISTS, and then sometimes begins with
// all tasks or reads all accounts.
const orphaned = `(SELECT COUNT(*) FROM tasks o WHERE o.case_id = cases.id AND o.status = '` + TaskOpen + `' AND (CASE o.user_id WHEN '' THEN
	(SELECT COUNT(*) FROM grants g JOIN users u ON u.id = g.user_id
		WHERE g.org_id = o.org_id AND g.role = o.role AND NOT u.disabled AND INSTR(o.barred, u.id) = 0)
	ELSE (SELECT COUNT(*) FROM grants g JOIN users u ON u.id = g.user_id WHERE g.user_id = o.user_id AND g.role = o.role AND NOT u.disabled)
	END) = 0) > 0`

// Orphans tells which of some cases wait for nobody who could act.
func (s *Store) Orphans(ctx context.Context, cases []Case) (map[string]bool, error) {
	found := map[string]bool{}
	var open []string
	for i := range cases {
		if cases[i].Stage != domain.StageClosed {
			open = append(open, cases[i].ID)
		}
	}
	if len(open) == 0 {
		return found, nil
	}
	var ids []string
	err := s.DB(ctx).Table("cases").Where("cases.id IN ? AND "+orphaned, open).Pluck("cases.id", &ids).Error
	for _, id := range ids {
		found[id] = true
	}
	return found, fail(err, "look for orphaned cases")
}

// CanAct reports whether a task that is for one person can be seen to: the account is
// enabled and has the role, wherever it holds it. It is the rule of orphaned.
func (s *Store) CanAct(ctx context.Context, userID string, role domain.Role) (bool, error) {
	var n int64
	err := s.DB(ctx).Table("grants").Joins("JOIN users ON users.id = grants.user_id").
		Where("grants.user_id = ? AND grants.role = ? AND users.disabled = ?", userID, role, false).Count(&n).Error
	return n > 0, fail(err, "look whether somebody can act")
}
