package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// LimitSessions ends those sessions of an account that go beyond most, the one first that
// was not used for longest, and tells its owner; 0 is any number. keep is the token hash of
// the session that was just begun. Those that are over anyway are not counted.
func (s *Store) LimitSessions(ctx context.Context, userID string, most int, idle time.Duration, keep string) error {
	if most == 0 {
		return nil
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		// One after the other: two who sign in at once end one session each.
		if err := forUpdate(tx).Where("id = ?", userID).Take(&User{}).Error; err != nil {
			return found(err, "用户", "lock user")
		}
		var rows []Session
		alive := forUpdate(tx).Where("user_id = ? AND expires_at > ? AND seen_at > ?", userID, s.Now(), s.Now().Add(-idle))
		if err := alive.Order("seen_at DESC, created_at DESC, token_hash").Find(&rows).Error; err != nil {
			return err
		}
		// Of many who sign in at once, another may have ended the one to keep: then all that
		// are left are others.
		if i := slices.IndexFunc(rows, func(row Session) bool { return row.TokenHash == keep }); i > 0 {
			kept := rows[i]
			copy(rows[1:], rows[:i])
			rows[0] = kept
		}
		for _, row := range rows[min(most, len(rows)):] {
			if err := tx.Where("token_hash = ?", row.TokenHash).Delete(&Session{}).Error; err != nil {
				return err
			}
			told := fmt.Sprintf("同一账号最多同时有 %d 个登录，最久没有使用的一个（来自 %s）已结束。如不认识新的登录，请立即修改密码，并在“我的账号”中退出其他登录。",
				most, row.IP)
			if err := tellOwner(tx, userID, "session", "一个登录已被结束", told, s.Now()); err != nil {
				return err
			}
			err := audit(tx, AuditEntry{
				ActorID: userID, Action: "session.end", SubjectKind: "session", SubjectID: row.Ref(), Details: map[string]any{"most": most},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return fail(err, "limit sessions")
}
