package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// filesAtOnce is how many versions of objects one step removes.
const filesAtOnce = 20

// discarded are the versions of one item's files that the store no longer has. locked says
// that the store still locks one that the database does not.
type discarded struct {
	gone   []FileVersion
	locked bool
}

// discardSome removes objects of the item that is next, before the database says so: what
// is cut off in between is removed again, which changes nothing.
func (s *Store) discardSome(ctx context.Context, id string, discard Discard) (discarded, error) {
	var d discarded
	db := s.DB(ctx)
	item, err := nextItem(db, id)
	if err != nil || item == nil || item.Kind != itemFiles {
		return d, err
	}
	still, err := s.stillDue(db, id, item)
	if err != nil || !still {
		return d, err
	}
	rows, err := s.unlocked(db, item.Ref)
	if err != nil {
		return d, err
	}
	for _, v := range rows {
		alone, version, err := lastOfObject(db, v, rows)
		if err != nil {
			return d, err
		}
		if alone {
			locked, err := discard(ctx, v.ObjectKey, version)
			if err != nil {
				return d, fmt.Errorf("discard version %d of file %s: %w", v.N, v.FileID, err)
			}
			if locked {
				d.locked = true
				continue
			}
		}
		d.gone = append(d.gone, v)
	}
	return d, nil
}

func (s *Store) stillDue(db *gorm.DB, id string, item *ErasureItem) (bool, error) {
	var r ErasureRun
	if err := db.Where("id = ?", id).Take(&r).Error; err != nil {
		return false, fail(err, "load erasure")
	}
	l, err := listingOf(db, &r, item.Class)
	if err != nil {
		return false, err
	}
	var c Case
	if err := db.Where("id = ?", item.Ref).Take(&c).Error; err != nil {
		return false, fail(err, "load case to erase")
	}
	return c.ClosedAt != nil && c.ClosedAt.Before(l.before) && !l.heldCase(c), nil
}

// unlocked are some versions of a case's files whose lock has ended, or that had none.
func (s *Store) unlocked(tx *gorm.DB, caseID string) ([]FileVersion, error) {
	var rows []FileVersion
	err := standingVersions(tx, caseID).Select("file_versions.*").
		Where("file_versions.locked_at IS NULL OR file_versions.locked_at < ?", s.Now().AddDate(-RetentionYears, 0, 0)).
		Order("file_versions.file_id, file_versions.n").Limit(filesAtOnce).Find(&rows).Error
	return rows, fail(err, "list files to erase")
}

// lastOfObject reports whether the object of a version is nobody else's: versions that were
// linked share one. Which version to discard is none when all of the object may go: an upload
// by an old grant may have left versions that no record has, even of what was never taken.
func lastOfObject(tx *gorm.DB, v FileVersion, batch []FileVersion) (alone bool, version string, err error) {
	if v.ObjectKey == "" {
		return false, "", nil
	}
	var sharing []FileVersion
	err = tx.Where("object_key = ? AND state <> ?", v.ObjectKey, FileErased).Find(&sharing).Error
	for _, o := range sharing {
		if slices.ContainsFunc(batch, func(b FileVersion) bool { return b.FileID == o.FileID && b.N == o.N }) {
			continue
		}
		if o.VersionID == v.VersionID || v.VersionID == "" {
			return false, "", nil
		}
		version = v.VersionID
	}
	return err == nil, version, fail(err, "look who shares an object")
}

// fileVersionsGone notes what the store no longer has. When only locked versions are left,
// the item waits for a later run.
func (s *Store) fileVersionsGone(tx *gorm.DB, i *ErasureItem, d discarded) (bool, error) {
	for _, v := range d.gone {
		err := tx.Model(&FileVersion{}).Where("file_id = ? AND n = ?", v.FileID, v.N).UpdateColumns(map[string]any{
			"name": "", "object_key": "", "version_id": "", "sha256": "", "reason": "", "state": FileErased,
		}).Error
		if err != nil {
			return false, err
		}
		i.Done++
	}
	more, err := s.unlocked(tx, i.Ref)
	if err != nil || len(more) > 0 && !d.locked {
		return true, err
	}
	var left int64
	if err := standingVersions(tx, i.Ref).Count(&left).Error; err != nil {
		return false, err
	}
	if left > 0 {
		i.becomes(ItemWaiting, fmt.Sprintf("%d个文件仍在锁定期，期满后由以后的清理删除", left))
		return false, nil
	}
	return false, tx.Model(&File{}).Where("case_id = ?", i.Ref).
		UpdateColumns(map[string]any{"slot_key": gorm.Expr("id"), "current_version": 0}).Error
}
