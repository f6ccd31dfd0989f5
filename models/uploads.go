package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// CodeUploadExpired refuses parts of an upload that took too long.
const CodeUploadExpired apperr.Code = "upload_expired"

// UploadLife is how long an upload in parts may take, pauses included.
const UploadLife = 7 * 24 * time.Hour

// maxOpenUploads is how many uploads in parts a person may have under way: their parts
// take room in the store.
const maxOpenUploads = 10

// LargeUpload is an upload in parts with what it uploads.
type LargeUpload struct {
	FileView

	Upload FileUpload `gorm:"embedded;embeddedPrefix:u_"`
}

const uploadColumns = fileViewColumns + `, u.file_id AS u_file_id, u.n AS u_n, u.owner_id AS u_owner_id, u.upload_id AS u_upload_id,
	u.expires_at AS u_expires_at, u.due_at AS u_due_at, u.attempts AS u_attempts, u.beyond_limits AS u_beyond_limits,
	u.checked_bytes AS u_checked_bytes`

func uploads(tx *gorm.DB) *gorm.DB {
	return tx.Table("file_uploads u").Joins("JOIN file_versions v ON v.file_id = u.file_id AND v.n = u.n").
		Joins("JOIN files f ON f.id = u.file_id").Select(uploadColumns)
}

// ResumeUpload checks a wish against the policy and returns the owner's unfinished upload
// of the same bytes into the same slot, nil when there is none.
func (s *Store) ResumeUpload(ctx context.Context, g FileGrant) (*LargeUpload, error) {
	var rows []LargeUpload
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.mayUpload(tx, g); err != nil {
			return err
		}
		return s.openUploads(tx, g.OwnerID, &rows)
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		same := r.File.CaseID == g.CaseID && r.Slot() == g.Slot && r.Version.SHA256 == strings.ToLower(g.SHA256) &&
			r.Version.Size == g.Size && r.Version.Name == g.Name
		if same {
			return &r, nil
		}
	}
	if len(rows) >= maxOpenUploads {
		return nil, apperr.Newf(apperr.Conflict, "您有 %d 个大文件没有传完，请先传完或放弃其中一些。", len(rows))
	}
	return nil, nil //nolint:nilnil // there is none
}

// openUploads lists what a person may still send parts of, the newest first.
func (s *Store) openUploads(tx *gorm.DB, ownerID string, rows *[]LargeUpload) error {
	err := uploads(tx).Where("u.owner_id = ? AND u.expires_at > ? AND v.state = ?", ownerID, s.Now(), FileGranted).
		Order("v.granted_at DESC, u.file_id, u.n DESC").Scan(rows).Error
	return fail(err, "list uploads")
}

// OpenUploads lists a person's unfinished uploads in parts of one case.
func (s *Store) OpenUploads(ctx context.Context, caseID, ownerID string) ([]LargeUpload, error) {
	var all, rows []LargeUpload
	if err := s.openUploads(s.DB(ctx), ownerID, &all); err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.File.CaseID == caseID {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// AddUpload notes that a granted version comes in parts.
func (s *Store) AddUpload(ctx context.Context, v *FileVersion, uploadID string) (*LargeUpload, error) {
	u := FileUpload{
		FileID: v.FileID, N: v.N, OwnerID: v.GrantedBy, UploadID: uploadID,
		ExpiresAt: v.GrantedAt.Add(UploadLife), DueAt: FarEnd,
	}
	if err := s.DB(ctx).Create(&u).Error; err != nil {
		return nil, fail(err, "create upload")
	}
	return s.LargeUpload(ctx, v.FileID, v.N)
}

// LargeUpload returns an upload in parts that has not ended.
func (s *Store) LargeUpload(ctx context.Context, fileID string, n int) (*LargeUpload, error) {
	var rows []LargeUpload
	err := uploads(s.DB(ctx)).Where("u.file_id = ? AND u.n = ?", fileID, n).Scan(&rows).Error
	switch {
	case err != nil:
		return nil, fail(err, "load upload")
	case len(rows) == 0:
		return nil, apperr.New(apperr.NotFound, "没有这个分片上传：可能已经传完、已放弃或已过期。请刷新页面。")
	}
	return &rows[0], nil
}

// SendParts returns an upload whose owner may send parts now: it has not expired, has not
// been handed in, and the slot still takes files.
func (s *Store) SendParts(ctx context.Context, fileID string, n int, ownerID string) (*LargeUpload, error) {
	v, err := s.FileVersion(ctx, fileID, n)
	if err != nil {
		return nil, err
	}
	switch {
	case v.GrantedBy != ownerID:
		return nil, apperr.New(apperr.Forbidden, "只有申请上传的人可以继续上传。")
	case v.State == FileRejected, v.State == FileAborted:
		return nil, apperr.New(apperr.Conflict, "该文件没有收下："+v.Reason)
	case v.State != FileGranted:
		return nil, apperr.New(apperr.Conflict, "该文件的全部内容已经收到，不需要再上传。")
	}
	u, err := s.LargeUpload(ctx, fileID, n)
	switch {
	case err != nil:
		return nil, err
	case !s.Now().Before(u.Upload.ExpiresAt):
		return nil, expired(u.Upload)
	}
	_, err = s.slotDraftable(s.DB(ctx), u.File.CaseID, u.File.Slot())
	return u, err
}

func expired(u FileUpload) error {
	return apperr.Newf(CodeUploadExpired, "上传授权已于 %s 过期，没有传完的内容已清理。请重新上传。", u.ExpiresAt.In(china).Format("2006-01-02 15:04"))
}

// HandInUpload says that all parts are there: from now on a worker puts them together and
// reads them. Saying it again changes nothing.
func (s *Store) HandInUpload(ctx context.Context, fileID string, n int) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		v, err := lockVersion(tx, fileID, n)
		if err != nil || v.State != FileGranted {
			return err
		}
		if err := tx.Model(v).Update("state", FileChecking).Error; err != nil {
			return fail(err, "hand upload in")
		}
		return fail(tx.Model(&FileUpload{}).Where("file_id = ? AND n = ?", fileID, n).Update("due_at", s.Now()).Error, "hand upload in")
	})
}

// ClaimUpload gives one upload that waits for its check to the caller for a while, nil when
// none waits.
func (s *Store) ClaimUpload(ctx context.Context, hold time.Duration) (*LargeUpload, error) {
	now := s.Now()
	var due []FileUpload
	err := s.DB(ctx).Where("due_at <= ?", now).Order("due_at").Limit(1).Find(&due).Error
	if err != nil || len(due) == 0 {
		return nil, fail(err, "look for uploads")
	}
	u := due[0]
	// Another worker may claim it at the same moment: whoever's update counts it keeps it.
	won := s.DB(ctx).Model(&FileUpload{}).Where("file_id = ? AND n = ? AND due_at <= ?", u.FileID, u.N, now).
		Updates(map[string]any{"due_at": now.Add(hold), "attempts": gorm.Expr("attempts + 1")})
	if won.Error != nil || won.RowsAffected == 0 {
		return nil, fail(won.Error, "claim upload")
	}
	return s.LargeUpload(ctx, u.FileID, u.N)
}

// UploadRead notes how far a check is and keeps the claim.
func (s *Store) UploadRead(ctx context.Context, u FileUpload, read int64, hold time.Duration) error {
	return s.updateUpload(ctx, u, map[string]any{"checked_bytes": read, "due_at": s.Now().Add(hold)})
}

// PostponeUpload gives a claim back that was no attempt: the upload was not to be read now.
func (s *Store) PostponeUpload(ctx context.Context, u FileUpload, after time.Duration) error {
	return s.updateUpload(ctx, u, map[string]any{"checked_bytes": 0, "due_at": s.Now().Add(after), "attempts": gorm.Expr("attempts - 1")})
}

// ReleaseUpload gives a claim back, to be taken up again after a while.
func (s *Store) ReleaseUpload(ctx context.Context, u FileUpload, after time.Duration) error {
	return s.updateUpload(ctx, u, map[string]any{"checked_bytes": 0, "due_at": s.Now().Add(after)})
}

// UploadBeyond is ReleaseUpload after a check that ended with the file beyond the scanner's
// limits.
func (s *Store) UploadBeyond(ctx context.Context, u FileUpload, after time.Duration) error {
	return s.updateUpload(ctx, u, map[string]any{
		"checked_bytes": 0, "due_at": s.Now().Add(after), "beyond_limits": gorm.Expr("beyond_limits + 1"),
	})
}

func (s *Store) updateUpload(ctx context.Context, u FileUpload, change map[string]any) error {
	err := s.DB(ctx).Model(&FileUpload{}).Where("file_id = ? AND n = ?", u.FileID, u.N).Updates(change).Error
	return fail(err, "update upload")
}

// EndUpload forgets an upload that was checked, rejected or given up.
func (s *Store) EndUpload(ctx context.Context, u FileUpload) error {
	err := s.DB(ctx).Where("file_id = ? AND n = ?", u.FileID, u.N).Delete(&FileUpload{}).Error
	return fail(err, "end upload")
}

// ExpiredUploads lists uploads that were not whole in time.
func (s *Store) ExpiredUploads(ctx context.Context, limit int) ([]LargeUpload, error) {
	var rows []LargeUpload
	err := uploads(s.DB(ctx)).Where("u.expires_at <= ? AND v.state = ?", s.Now(), FileGranted).Order("u.expires_at").Limit(limit).Scan(&rows).Error
	return rows, fail(err, "list expired uploads")
}
