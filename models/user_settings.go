package models

import (
	"context"
	"time"
)

// UserSettings is what a user has chosen: the view that the 督办台账 opens with, "" for
// none, and whether the weekly digest stays away.
type UserSettings struct {
	UserID    string `gorm:"primaryKey"`
	ViewID    string
	NoDigest  bool
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// TableName is the table of UserSettings.
func (UserSettings) TableName() string { return "user_settings" }

// Settings are a user's choices; the zero value when nothing was chosen.
func (s *Store) Settings(ctx context.Context, userID string) (UserSettings, error) {
	row := UserSettings{UserID: userID}
	err := s.DB(ctx).Where("user_id = ?", userID).Limit(1).Find(&row).Error
	return row, fail(err, "read settings")
}

// PutSettings keeps a user's choices. A view to open with must be one of BoardViews.
func (s *Store) PutSettings(ctx context.Context, row UserSettings, offices []string) (UserSettings, error) {
	if row.ViewID != "" {
		if _, err := s.BoardView(ctx, row.UserID, offices, row.ViewID); err != nil {
			return row, err
		}
	}
	row.UpdatedAt = s.Now()
	return row, fail(upsert(s.DB(ctx)).Create(&row).Error, "keep settings")
}
