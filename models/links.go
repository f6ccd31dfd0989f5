package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// FileLink is a wish to use a version that is already there in another slot.
type FileLink struct {
	Target FileGrant // CaseID, Slot and OwnerID count; the rest is taken from the version
	FileID string
	N      int
}

// LinkFile makes a checked version of the same case the current one of another slot,
// without a second upload. That the person may read it is for the caller to know. It keeps to everything an upload into that slot would have to;
// linking what is there already changes nothing.
func (s *Store) LinkFile(ctx context.Context, l FileLink) (*FileVersion, error) {
	var linked FileVersion
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		from, source, err := linkSource(tx, l)
		if err != nil {
			return err
		}
		g := l.Target
		g.Name, g.Type, g.Size, g.SHA256 = source.Name, source.Type, source.Size, source.SHA256
		if err := s.mayUpload(tx, g); err != nil {
			return err
		}
		if from.SlotKind == g.Slot.Kind && from.SlotKey == g.Slot.Key {
			return apperr.Field("file_id", "这就是该项自己的文件，不需要引用。请选择其他项的文件。")
		}
		f, err := s.slotFile(tx, g)
		if err != nil {
			return err
		}
		linked, err = s.link(tx, f, *source, l)
		return err
	})
	return &linked, err
}

// linkSource loads what is to be linked: of the same case, and checked.
func linkSource(tx *gorm.DB, l FileLink) (*File, *FileVersion, error) {
	var f File
	if err := tx.Where("id = ? AND case_id = ?", l.FileID, l.Target.CaseID).Take(&f).Error; err != nil {
		return nil, nil, found(err, "文件", "load file to link")
	}
	var v FileVersion
	if err := forShare(tx).Where("file_id = ? AND n = ?", l.FileID, l.N).Take(&v).Error; err != nil {
		return nil, nil, found(err, "文件", "load version to link")
	}
	if v.State != FileChecked && v.State != FileLocked {
		return nil, nil, apperr.New(apperr.Conflict, "该文件尚未通过检查，暂不能引用。")
	}
	return &f, &v, nil
}

func (s *Store) link(tx *gorm.DB, f *File, source FileVersion, l FileLink) (FileVersion, error) {
	var current FileVersion
	err := tx.Where("file_id = ? AND n = ?", f.ID, f.CurrentVersion).Limit(1).Find(&current).Error
	if err != nil || current.ObjectKey == source.ObjectKey {
		return current, fail(err, "load current version")
	}
	now := s.Now()
	v := source
	v.State, v.CheckedAt, v.PinnedRound, v.LockedAt = FileChecked, &now, nil, nil
	v.GrantedBy, v.GrantedAt = l.Target.OwnerID, now
	v.LinkedFileID, v.LinkedN = l.FileID, l.N
	if err := addVersion(tx, f, &v); err != nil {
		return v, err
	}
	return v, s.changeCurrent(tx, f, v.N)
}

// UnlinkFile takes a link back: the slot has again what it had before. Locked versions
// stay. Taking it back again changes nothing.
func (s *Store) UnlinkFile(ctx context.Context, fileID string, n int) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var f File
		if err := forUpdate(tx).Where("id = ?", fileID).Take(&f).Error; err != nil {
			return found(err, "文件", "load file")
		}
		v, err := lockVersion(tx, fileID, n)
		switch {
		case err != nil:
			return err
		case v.State == FileUnlinked:
			return nil
		case v.LinkedFileID == "":
			return apperr.New(apperr.Conflict, "该版本是直接上传的，不是引用。如需更换，请上传新的文件。")
		case v.State == FileLocked:
			return apperr.New(apperr.Conflict, "该版本已随验收材料提交锁定，不能取消引用。")
		}
		if _, _, err := s.draftable(tx, f.CaseID, slotPermits[f.SlotKind]); err != nil {
			return err
		}
		if err := tx.Model(v).Update("state", FileUnlinked).Error; err != nil {
			return fail(err, "unlink file")
		}
		if f.CurrentVersion != n {
			return nil
		}
		var before int
		err = tx.Model(&FileVersion{}).Where("file_id = ? AND n < ? AND state IN ?", fileID, n, []FileState{FileChecked, FileLocked}).
			Select("COALESCE(MAX(n), 0)").Scan(&before).Error
		if err != nil {
			return fail(err, "look for an earlier version")
		}
		return s.changeCurrent(tx, &f, before)
	})
}

// changeCurrent sets the current version of a file that is locked, and tells those who
// have the case open.
func (s *Store) changeCurrent(tx *gorm.DB, f *File, n int) error {
	if err := tx.Model(f).Update("current_version", n).Error; err != nil {
		return fail(err, "change current version")
	}
	var c Case
	if err := tx.Where("id = ?", f.CaseID).Take(&c).Error; err != nil {
		return found(err, "项目", "load case of file")
	}
	return tellCase(tx, FeedRecords, &c)
}

// FilesByID returns files by id, whatever case they belong to; unknown and empty ids are
// left out.
func (s *Store) FilesByID(ctx context.Context, ids []string) (map[string]File, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	by := map[string]File{}
	if len(ids) == 0 {
		return by, nil
	}
	var rows []File
	if err := s.DB(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fail(err, "load files")
	}
	for _, f := range rows {
		by[f.ID] = f
	}
	return by, nil
}
