package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Acknowledgement is that somebody said to have read a version of the 隐私政策.
type Acknowledgement struct {
	UserID  string `gorm:"primaryKey"`
	Version string `gorm:"primaryKey"`
	At      time.Time
}

// TableName is the table of Acknowledgement.
func (Acknowledgement) TableName() string { return "privacy_acknowledgements" }

// sideBySide is how long two releases may run beside each other, each with a text of its own.
const sideBySide = 24 * time.Hour

// Acknowledge notes that somebody has read a version of the 隐私政策.
func (s *Store) Acknowledge(ctx context.Context, userID, version string) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := upsert(tx).Create(&Acknowledgement{UserID: userID, Version: version, At: s.Now()}).Error; err != nil {
			return err
		}
		res := tx.Model(&User{}).Where("id = ? AND erased_at IS NULL", userID).
			Updates(map[string]any{"privacy_version": version, "updated_at": s.Now()})
		if err := one(res, res.Error, "用户", "note version"); err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			Action: "privacy.acknowledge", SubjectKind: "user", SubjectID: userID, Details: map[string]any{"version": version},
		})
	})
	return fail(err, "acknowledge")
}

// Acknowledged reports whether an account has read a version of the 隐私政策: as its last, or
// within the time that an upgrade may take, when different processes show different ones.
func (s *Store) Acknowledged(ctx context.Context, u *User, version string) (bool, error) {
	if u.PrivacyVersion == version {
		return true, nil
	}
	var n int64
	err := s.DB(ctx).Model(&Acknowledgement{}).
		Where("user_id = ? AND version = ? AND at > ?", u.ID, version, s.Now().Add(-sideBySide)).Count(&n).Error
	return n > 0, fail(err, "look for acknowledgement")
}
