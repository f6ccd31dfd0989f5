package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// StoredFile is an object of the store that the database counts on. Linked versions share
// that of the version they were linked from.
type StoredFile struct {
	FileID    string
	N         int
	ObjectKey string
	VersionID string
	Type      string
	Size      int64
	SHA256    string `gorm:"column:sha256"`
}

// StoredFiles lists at most limit of them in the order of their ids, those after one
// leading; the zero value is before the first.
func (s *Store) StoredFiles(ctx context.Context, after StoredFile, limit int) ([]StoredFile, error) {
	var rows []StoredFile
	err := s.DB(ctx).Table("file_versions").
		Where("file_id > ? OR file_id = ? AND n > ?", after.FileID, after.FileID, after.N).
		Where("linked_file_id = '' AND version_id <> '' AND state IN ?", []FileState{FileUploaded, FileChecked, FileLocked}).
		Order("file_id, n").Limit(limit).Scan(&rows).Error
	return rows, fail(err, "list stored files")
}

// StoredLock is when an object, or a version that is linked to it, was last locked; nil if
// never.
func (s *Store) StoredLock(ctx context.Context, f StoredFile) (*time.Time, error) {
	var locked []time.Time
	err := s.named(ctx, f).Where("locked_at IS NOT NULL").Order("locked_at DESC").Limit(1).Pluck("locked_at", &locked).Error
	if err != nil || len(locked) == 0 {
		return nil, fail(err, "look for lock")
	}
	return &locked[0], nil
}

// MoveStored notes the version id that an object has after it was put back into a store.
func (s *Store) MoveStored(ctx context.Context, f StoredFile, versionID string) error {
	return fail(s.named(ctx, f).Update("version_id", versionID).Error, "note version of stored file")
}

func (s *Store) named(ctx context.Context, f StoredFile) *gorm.DB {
	return s.DB(ctx).Model(&FileVersion{}).Where("object_key = ? AND version_id = ?", f.ObjectKey, f.VersionID)
}
