package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// FileGrant is a wish to upload a file: what it is, where it goes, who uploads it. The
// object key is the store's own, fresh for every grant.
type FileGrant struct {
	CaseID    string
	Slot      Slot
	OwnerID   string
	Name      string
	Type      string // media type
	Size      int64
	SHA256    string
	ObjectKey string
}

// GrantFile checks a wish against the policy and adds the version that the upload will
// become.
func (s *Store) GrantFile(ctx context.Context, g FileGrant) (*FileVersion, error) {
	var v FileVersion
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.mayUpload(tx, g); err != nil {
			return err
		}
		f, err := s.slotFile(tx, g)
		if err != nil {
			return err
		}
		v = FileVersion{
			ObjectKey: g.ObjectKey, Name: g.Name, Type: g.Type, Size: g.Size,
			SHA256: strings.ToLower(g.SHA256), State: FileGranted, GrantedBy: g.OwnerID, GrantedAt: s.Now(),
		}
		return addVersion(tx, f, &v)
	})
	return &v, err
}

// addVersion makes v the newest version of a file that is locked.
func addVersion(tx *gorm.DB, f *File, v *FileVersion) error {
	var last int
	err := tx.Model(&FileVersion{}).Where("file_id = ?", f.ID).Select("COALESCE(MAX(n), 0)").Scan(&last).Error
	if err != nil {
		return fail(err, "number file version")
	}
	v.FileID, v.N = f.ID, last+1
	return fail(tx.Create(v).Error, "create file version")
}

func (s *Store) mayUpload(tx *gorm.DB, g FileGrant) error {
	if _, ok := slotPermits[g.Slot.Kind]; !ok {
		return apperr.Newf(apperr.Invalid, "不认识的材料类别“%s”。", g.Slot.Kind).On("slot")
	}
	c, err := s.slotDraftable(tx, g.CaseID, g.Slot)
	if err != nil {
		return err
	}
	policy, err := s.policy(tx, c.PolicyDigest)
	if err != nil {
		return err
	}
	rule, ok := policy.Files[g.Slot.Kind]
	if !ok {
		return apperr.Newf(apperr.Invalid, "本批次的政策没有规定“%s”类材料，暂不能上传。", g.Slot.Kind).On("slot")
	}
	if err := domain.CheckFile(rule, g.Name, g.Size); err != nil {
		return err
	}
	return checkSlot(tx, g, policy)
}

// slotFile locks the file of a slot, making it for the first upload.
func (s *Store) slotFile(tx *gorm.DB, g FileGrant) (*File, error) {
	f := File{ID: newID(), CaseID: g.CaseID, SlotKind: g.Slot.Kind, SlotKey: g.Slot.Key, OwnerID: g.OwnerID, CreatedAt: s.Now()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&f).Error; err != nil {
		return nil, fail(err, "create file")
	}
	var row File
	err := forUpdate(tx).Where("case_id = ? AND slot_kind = ? AND slot_key = ?", g.CaseID, g.Slot.Kind, g.Slot.Key).Take(&row).Error
	return &row, fail(err, "load file")
}

// FileUploaded pins the object store's version of a granted upload: nothing else will be
// read. The same version again changes nothing.
func (s *Store) FileUploaded(ctx context.Context, fileID string, n int, versionID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		v, err := lockVersion(tx, fileID, n)
		switch {
		case err != nil:
			return err
		case v.State != FileGranted && v.State != FileChecking && v.VersionID == versionID:
			return nil
		case v.State != FileGranted && v.State != FileChecking:
			return apperr.New(apperr.Conflict, "该文件已经上传完成，如需更换，请重新上传。")
		}
		return tx.Model(v).Updates(map[string]any{"state": FileUploaded, "version_id": versionID}).Error
	})
}

// FileChecked makes an uploaded version whose content was found good the current one of
// its slot, if the slot still takes files: a late file changes nothing.
func (s *Store) FileChecked(ctx context.Context, fileID string, n int) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var f File
		if err := tx.Where("id = ?", fileID).Take(&f).Error; err != nil {
			return found(err, "文件", "load file")
		}
		teacher := f.Slot().teacher()
		c, err := s.slotDraftable(tx, f.CaseID, f.Slot())
		if err != nil {
			return err
		}
		if err := tellCase(tx, FeedRecords, c); err != nil {
			return err
		}
		if teacher != "" {
			if _, err := lockTeacher(tx, f.CaseID, teacher); err != nil {
				return err
			}
		}
		if done, err := s.check(tx, fileID, n); done || err != nil {
			return err
		}
		if f.SlotKind != SlotPlan && f.SlotKind != SlotSummary {
			return nil
		}
		return reopenReview(tx, f.CaseID, teacher)
	})
}

// TakesFile refuses with the reason when a file's slot takes no files now.
func (s *Store) TakesFile(ctx context.Context, f File) error {
	_, err := s.slotDraftable(s.DB(ctx), f.CaseID, f.Slot())
	return err
}

// check moves the version on and reports whether it had been checked before.
func (s *Store) check(tx *gorm.DB, fileID string, n int) (done bool, err error) {
	v, err := lockVersion(tx, fileID, n)
	switch {
	case err != nil:
		return false, err
	case v.State == FileChecked || v.State == FileLocked:
		return true, nil
	case v.State != FileUploaded:
		return false, apperr.New(apperr.Conflict, "该文件尚未上传完成或未通过检查，请重新上传。")
	}
	if err := tx.Model(v).Updates(map[string]any{"state": FileChecked, "checked_at": s.Now()}).Error; err != nil {
		return false, err
	}
	return false, tx.Model(&File{}).Where("id = ? AND current_version < ?", fileID, n).Update("current_version", n).Error
}

// FileRejected marks an upload that is not what was granted, or not allowed.
func (s *Store) FileRejected(ctx context.Context, fileID string, n int, reason string) error {
	return s.refuseFile(ctx, fileID, n, FileRejected, reason)
}

// FileAborted marks an upload that was given up before it was whole.
func (s *Store) FileAborted(ctx context.Context, fileID string, n int, reason string) error {
	return s.refuseFile(ctx, fileID, n, FileAborted, reason)
}

func (s *Store) refuseFile(ctx context.Context, fileID string, n int, state FileState, reason string) error {
	open := []FileState{FileGranted, FileChecking, FileUploaded}
	err := s.DB(ctx).Model(&FileVersion{}).Where("file_id = ? AND n = ? AND state IN ?", fileID, n, open).
		Updates(map[string]any{"state": state, "reason": truncate(reason, 500)}).Error
	return fail(err, "refuse file")
}

func lockVersion(tx *gorm.DB, fileID string, n int) (*FileVersion, error) {
	var v FileVersion
	err := forUpdate(tx).Where("file_id = ? AND n = ?", fileID, n).Take(&v).Error
	return &v, found(err, "文件", "load file version")
}
