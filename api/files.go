package api

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// How long an upload grant and a download address are good for.
const (
	grantLife    = 30 * time.Minute
	downloadLife = 5 * time.Minute
)

// GrantUpload opens a slot for exactly one upload.
func (s *server) GrantUpload(ctx context.Context, r gen.GrantUploadRequestObject) (gen.GrantUploadResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	slot, err := uploadSlot(a, string(b.SlotKind), b.SlotKey)
	if err != nil {
		return nil, err
	}
	mediaType, err := evidence.ContentType(path.Ext(b.Name))
	if err != nil {
		return nil, err
	}
	v, err := s.store.GrantFile(ctx, models.FileGrant{
		CaseID: a.c.ID, Slot: slot, OwnerID: a.user.ID, Name: b.Name, Type: mediaType, Size: b.Size, SHA256: b.Sha256,
		ObjectKey: "cases/" + a.c.ID + "/" + uuid.NewString() + strings.ToLower(path.Ext(b.Name)),
	})
	if err != nil {
		return nil, err
	}
	up, err := s.files.Grant(ctx, evidence.GrantRequest{Key: v.ObjectKey, ContentType: v.Type, Size: v.Size, SHA256: v.SHA256, Expires: grantLife})
	if err != nil {
		return nil, err
	}
	return gen.GrantUpload201JSONResponse{
		FileId: v.FileID, N: v.N, SlotKey: slot.Key, Url: up.URL, Fields: up.Fields, ExpiresAt: up.ExpiresAt,
	}, nil
}

// CompleteUpload has the object store's bytes checked and makes them the slot's current
// version. Completing again changes nothing.
func (s *server) CompleteUpload(ctx context.Context, r gen.CompleteUploadRequestObject) (gen.CompleteUploadResponseObject, error) {
	a := accessOf(ctx)
	v, err := s.store.FileVersion(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	if v.GrantedBy != a.user.ID {
		return nil, apperr.New(apperr.Forbidden, "只有申请上传的人可以完成上传。")
	}
	switch v.State {
	case models.FileGranted, models.FileUploaded:
		if err := s.check(ctx, v); err != nil {
			return nil, err
		}
	case models.FileRejected:
		return nil, apperr.New(apperr.Conflict, "该文件未通过检查："+v.Reason)
	}
	v, err = s.store.FileVersion(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	return gen.CompleteUpload200JSONResponse(versionOf(*v)), nil
}

// check pins the uploaded version and judges it. What is not as granted is rejected for
// good; a missing upload may still come.
func (s *server) check(ctx context.Context, v *models.FileVersion) error {
	o, err := s.files.Complete(ctx, v.ObjectKey, evidence.Want{Size: v.Size, SHA256: v.SHA256, Ext: path.Ext(v.Name)})
	switch apperr.CodeOf(err) {
	case "":
	case evidence.FileSize, evidence.FileSHA256, evidence.FileType, evidence.FileUnsafe:
		if errReject := s.store.FileRejected(ctx, v.FileID, v.N, apperr.MessageOf(err)); errReject != nil {
			return errReject
		}
		return err
	default:
		return err
	}
	if err := s.store.FileUploaded(ctx, v.FileID, v.N, o.VersionID); err != nil {
		return err
	}
	return s.store.FileChecked(ctx, v.FileID, v.N)
}

func versionOf(v models.FileVersion) gen.FileVersion {
	return gen.FileVersion{
		FileId: v.FileID, N: v.N, Name: v.Name, Type: v.Type, Size: v.Size, Sha256: v.SHA256, State: v.State, Reason: v.Reason,
		GrantedAt: v.GrantedAt, CheckedAt: at(v.CheckedAt), LockedAt: at(v.LockedAt),
	}
}

// ListFiles lists the current files of one kind of slot that the caller may read.
func (s *server) ListFiles(ctx context.Context, r gen.ListFilesRequestObject) (gen.ListFilesResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.Files(ctx, a.c.ID, string(r.Params.SlotKind), r.Params.SlotKey)
	if err != nil {
		return nil, err
	}
	reader := s.reader(a)
	list := gen.ListFiles200JSONResponse{Items: []gen.FileEntry{}}
	for _, v := range rows {
		ok, err := reader.mayRead(ctx, v.File)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		list.Items = append(list.Items, gen.FileEntry{
			FileId: v.File.ID, SlotKind: gen.SlotKind(v.File.SlotKind), SlotKey: v.File.SlotKey, OwnerId: v.File.OwnerID, Current: *fileRef(v),
		})
	}
	return list, nil
}

// ListFileVersions lists every version of a file.
func (s *server) ListFileVersions(ctx context.Context, _ gen.ListFileVersionsRequestObject) (gen.ListFileVersionsResponseObject, error) {
	a := accessOf(ctx)
	if err := s.readable(ctx, a); err != nil {
		return nil, err
	}
	rows, err := s.store.Versions(ctx, a.file.ID)
	return gen.ListFileVersions200JSONResponse{Items: convert(rows, versionOf), Current: a.file.CurrentVersion}, err
}

// DownloadFile gives a short-lived address of one checked version, to be saved or, for
// types that are safe to show, previewed in the page.
func (s *server) DownloadFile(ctx context.Context, r gen.DownloadFileRequestObject) (gen.DownloadFileResponseObject, error) {
	a := accessOf(ctx)
	if err := s.readable(ctx, a); err != nil {
		return nil, err
	}
	v, err := s.store.ReadableVersion(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	if a.onlyExpert() && v.State != models.FileLocked {
		return nil, apperr.New(apperr.Forbidden, "该版本没有随验收材料提交，专家只能查看已提交锁定的版本。")
	}
	url, err := s.files.DownloadURL(ctx, evidence.Download{
		Key: v.ObjectKey, VersionID: v.VersionID, Name: v.Name, Type: v.Type,
		Inline: r.Params.Disposition == gen.DownloadFileParamsDispositionInline, Expires: downloadLife,
	})
	return gen.DownloadFile200JSONResponse{Url: url, Name: v.Name, Type: v.Type, ExpiresAt: s.store.Now().Add(downloadLife)}, err
}

// readable is nil when the caller may read the file of the request.
func (s *server) readable(ctx context.Context, a *access) error {
	ok, err := s.reader(a).mayRead(ctx, *a.file)
	if err == nil && !ok {
		return apperr.New(apperr.Forbidden, "您不能查看该文件；如确有需要，请联系学校管理员。")
	}
	return err
}
