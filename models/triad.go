package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// The codes of what 三员 must not do.
const (
	CodeTwoOfTriad apperr.Code = "two_of_triad" // one person would hold two of the three
	CodeTwoPersons apperr.Code = "two_persons"  // a second administrator has to agree first
	CodeLastHolder apperr.Code = "last_holder"  // nobody would be left in the role
)

// apartFrom refuses a role of 三员 to who holds another of them. The account's row is
// locked, so that two grants at once do not both pass.
func apartFrom(tx *gorm.DB, userID string, role domain.Role) error {
	if !role.Triad() {
		return nil
	}
	var u User
	if err := forUpdate(tx).Where("id = ?", userID).Take(&u).Error; err != nil {
		return found(err, "用户", "lock user")
	}
	var held []Grant
	err := forUpdate(tx).Where("user_id = ? AND role IN ? AND role <> ?", userID, domain.TriadRoles(), role).Find(&held).Error
	if err != nil { // read as it is now, not as it was when the transaction began
		return err
	}
	if len(held) == 0 {
		return nil
	}
	return apperr.Newf(CodeTwoOfTriad, "该用户已是“%s”，不能再担任“%s”：系统、安全、审计管理员必须由不同的人担任，请另选他人。",
		held[0].Role.Name(), role.Name()).On("role")
}

// onlyOneOfTriad refuses roles for one account that contain two of 三员.
func onlyOneOfTriad(roles []domain.Role) error {
	var one domain.Role
	for _, r := range roles {
		if r.Triad() && one != "" && one != r {
			return apperr.Newf(CodeTwoOfTriad, "“%s”与“%s”必须由不同的人担任，请分别建立账号。", one.Name(), r.Name()).On("roles")
		}
		if r.Triad() {
			one = r
		}
	}
	return nil
}

// staffed refuses to take away a role of 三员 from the last person who has it and can sign in.
func staffed(tx *gorm.DB, userID string, role domain.Role) error {
	if !role.Triad() {
		return nil
	}
	// Locked in one order, so that two who take away at once see each other.
	var holders []Grant
	err := forUpdate(tx).Joins("JOIN users ON users.id = grants.user_id").
		Where("grants.role = ? AND users.disabled = ?", role, false).Order("grants.user_id, grants.org_id").Find(&holders).Error
	if err != nil || slices.ContainsFunc(holders, func(g Grant) bool { return g.UserID != userID }) {
		return err
	}
	return apperr.Newf(CodeLastHolder, "这是最后一名“%s”，不能收回或停用：请先安排接替的人。", role.Name())
}

// triadOf is the role of 三员 that an account holds, or "".
func triadOf(tx *gorm.DB, userID string) (domain.Role, error) {
	var held []Grant
	err := tx.Where("user_id = ? AND role IN ?", userID, domain.TriadRoles()).Limit(1).Find(&held).Error
	if err != nil || len(held) == 0 {
		return "", err
	}
	return held[0].Role, nil
}

// TriadRole is the role of 三员 that an account holds, or "".
func (s *Store) TriadRole(ctx context.Context, userID string) (domain.Role, error) {
	role, err := triadOf(s.DB(ctx), userID)
	return role, fail(err, "look for role of administrator")
}
