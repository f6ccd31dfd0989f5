package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// FileView is a slot with one of its versions.
type FileView struct {
	File    File        `gorm:"embedded;embeddedPrefix:f_"`
	Version FileVersion `gorm:"embedded;embeddedPrefix:v_"`
}

// Slot is where the file belongs.
func (v FileView) Slot() Slot { return v.File.Slot() }

// since is when the version became the slot's current one.
func (v FileView) since() time.Time {
	if v.Version.CheckedAt == nil {
		return v.Version.GrantedAt
	}
	return *v.Version.CheckedAt
}

// FileByID returns a slot's file whatever case it belongs to: the caller checks the
// case's scope.
func (s *Store) FileByID(ctx context.Context, id string) (*File, error) {
	var f File
	if err := s.DB(ctx).Where("id = ?", id).Take(&f).Error; err != nil {
		return nil, found(err, "文件", "load file")
	}
	return &f, nil
}

// FileVersion returns one version of a file in whatever state.
func (s *Store) FileVersion(ctx context.Context, fileID string, n int) (*FileVersion, error) {
	var v FileVersion
	if err := s.DB(ctx).Where("file_id = ? AND n = ?", fileID, n).Take(&v).Error; err != nil {
		return nil, found(err, "文件", "load file version")
	}
	return &v, nil
}

// ReadableVersion is FileVersion for serving: nothing unchecked leaves the system.
func (s *Store) ReadableVersion(ctx context.Context, fileID string, n int) (*FileVersion, error) {
	v, err := s.FileVersion(ctx, fileID, n)
	if err == nil && v.State != FileChecked && v.State != FileLocked {
		return nil, apperr.New(apperr.Conflict, "该文件尚未通过检查，暂不能查看。")
	}
	return v, err
}

// Versions lists the versions of a file, newest first.
func (s *Store) Versions(ctx context.Context, fileID string) ([]FileVersion, error) {
	var rows []FileVersion
	err := s.DB(ctx).Where("file_id = ?", fileID).Order("n DESC").Find(&rows).Error
	return rows, fail(err, "list file versions")
}

// Files lists the current files of a case's slots of one kind whose key begins with
// prefix, by key.
func (s *Store) Files(ctx context.Context, caseID, kind, prefix string) ([]FileView, error) {
	return filled(s.DB(ctx), caseID, kind, prefix)
}

// filled lists the slots of a kind that have a current file. The prefix ends in "/", is
// a whole key, or is empty for all.
func filled(tx *gorm.DB, caseID, kind, prefix string) ([]FileView, error) {
	q := tx.Table("files f").Joins("JOIN file_versions v ON v.file_id = f.id AND v.n = f.current_version").
		Where("f.case_id = ? AND f.slot_kind = ?", caseID, kind)
	if prefix != "" {
		q = q.Where("f.slot_key = ? OR (f.slot_key >= ? AND f.slot_key < ?)", prefix, under(prefix), pathEnd(prefix))
	}
	var rows []FileView
	err := q.Select(fileViewColumns).Order("f.slot_key").Scan(&rows).Error
	return rows, fail(err, "list files")
}

// under is the first key below prefix.
func under(prefix string) string {
	if prefix[len(prefix)-1] == '/' {
		return prefix
	}
	return prefix + "/"
}

const fileViewColumns = `f.id AS f_id, f.case_id AS f_case_id, f.slot_kind AS f_slot_kind, f.slot_key AS f_slot_key,
	f.owner_id AS f_owner_id, f.current_version AS f_current_version, f.created_at AS f_created_at,
	v.file_id AS v_file_id, v.n AS v_n, v.object_key AS v_object_key, v.version_id AS v_version_id, v.name AS v_name,
	v.type AS v_type, v.size AS v_size, v.sha256 AS v_sha256, v.state AS v_state, v.reason AS v_reason,
	v.granted_by AS v_granted_by, v.granted_at AS v_granted_at, v.checked_at AS v_checked_at,
	v.pinned_round AS v_pinned_round, v.locked_at AS v_locked_at, v.linked_file_id AS v_linked_file_id, v.linked_n AS v_linked_n`
