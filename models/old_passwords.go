package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/auth"
)

// OldPassword is the hash of a password that somebody had.
type OldPassword struct {
	UserID string    `gorm:"primaryKey"`
	SetAt  time.Time `gorm:"primaryKey"`
	Hash   string
}

// TableName is the table of OldPassword.
func (OldPassword) TableName() string { return "old_passwords" }

// oldPasswordsKept is how many are kept of each account, whatever the policy of the day.
const oldPasswordsKept = 12

// keepOld keeps the password that an account has, unless nobody chose it.
func (s *Store) keepOld(tx *gorm.DB, userID string) error {
	var u User
	if err := forUpdate(tx).Where("id = ?", userID).Take(&u).Error; err != nil {
		return found(err, "用户", "load user")
	}
	if u.MustChange || auth.OneTime(u.PasswordHash) {
		return nil
	}
	if err := upsert(tx).Create(&OldPassword{UserID: u.ID, SetAt: s.Now(), Hash: u.PasswordHash}).Error; err != nil {
		return err
	}
	var old []OldPassword
	if err := tx.Where("user_id = ?", userID).Order("set_at DESC").Offset(oldPasswordsKept).Limit(batchSize).Find(&old).Error; err != nil {
		return err
	}
	for _, o := range old {
		if err := tx.Where("user_id = ? AND set_at = ?", o.UserID, o.SetAt).Delete(&OldPassword{}).Error; err != nil {
			return err
		}
	}
	return nil
}

// OldPasswords are the hashes of the last n passwords before the present one.
func (s *Store) OldPasswords(ctx context.Context, userID string, n int) ([]string, error) {
	var hashes []string
	if n <= 0 {
		return nil, nil
	}
	err := s.DB(ctx).Model(&OldPassword{}).Where("user_id = ?", userID).Order("set_at DESC").Limit(n).Pluck("hash", &hashes).Error
	return hashes, fail(err, "list old passwords")
}
