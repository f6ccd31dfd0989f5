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
	"zhengxiao/internal/intake"
	"zhengxiao/models"
)

// How long an upload grant and a download address are good for.
const (
	grantLife    = 30 * time.Minute
	downloadLife = 5 * time.Minute
)

// maxPosted is the largest file that is sent and checked in single requests; larger ones
// come in parts.
const maxPosted = 64 << 20

// GrantUpload opens a slot for exactly one upload.
func (s *server) GrantUpload(ctx context.Context, r gen.GrantUploadRequestObject) (gen.GrantUploadResponseObject, error) {
	g, err := wish(accessOf(ctx), r.Body)
	if err != nil {
		return nil, err
	}
	if g.Size > maxPosted {
		return nil, apperr.Newf(apperr.TooLarge, "超过 %d MB 的文件须分片上传。请刷新页面后重新选择文件。", maxPosted>>20).On("size")
	}
	v, err := s.store.GrantFile(ctx, g)
	if err != nil {
		return nil, err
	}
	up, err := s.files.Grant(ctx, evidence.GrantRequest{Key: v.ObjectKey, ContentType: v.Type, Size: v.Size, SHA256: v.SHA256, Expires: grantLife})
	if err != nil {
		return nil, err
	}
	return gen.GrantUpload201JSONResponse{
		FileId: v.FileID, N: v.N, SlotKey: g.Slot.Key, Url: up.URL, Fields: up.Fields, ExpiresAt: up.ExpiresAt,
	}, nil
}

// wish is what a request to upload asks of the store, under a fresh key.
func wish(a *access, b *gen.UploadRequest) (models.FileGrant, error) {
	slot, err := uploadSlot(a, string(b.SlotKind), b.SlotKey)
	if err != nil {
		return models.FileGrant{}, err
	}
	ext := path.Ext(b.Name)
	mediaType, err := evidence.ContentType(ext)
	return models.FileGrant{
		CaseID: a.c.ID, Slot: slot, OwnerID: a.user.ID, Name: b.Name, Type: mediaType, Size: b.Size, SHA256: b.Sha256,
		ObjectKey: evidence.CasesPrefix + a.c.ID + "/" + uuid.NewString() + strings.ToLower(ext),
	}, err
}

// CompleteUpload has the object store's bytes checked and makes them the slot's current
// version. Completing again changes nothing. A large upload is taken in, and checked by a
// worker: asking again tells when that is done.
func (s *server) CompleteUpload(ctx context.Context, r gen.CompleteUploadRequestObject) (gen.CompleteUploadResponseObject, error) {
	v, err := s.own(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	switch v.State {
	case models.FileGranted, models.FileUploaded:
		u, err := s.store.LargeUpload(ctx, v.FileID, v.N)
		switch {
		case apperr.Is(err, apperr.NotFound):
			err = intake.Checker{Store: s.store, Files: s.files}.Check(ctx, v, nil)
		case err == nil && v.State == models.FileGranted:
			err = s.handIn(ctx, u)
		}
		if err != nil {
			return nil, err
		}
	case models.FileRejected:
		return nil, apperr.New(apperr.Conflict, "该文件未通过检查："+v.Reason)
	case models.FileAborted:
		return nil, apperr.New(apperr.Conflict, v.Reason)
	}
	v, err = s.store.FileVersion(ctx, r.FileId, r.N)
	switch {
	case err != nil:
		return nil, err
	case v.State == models.FileChecking || v.State == models.FileUploaded:
		return gen.CompleteUpload202JSONResponse(versionOf(*v)), nil
	}
	return gen.CompleteUpload200JSONResponse(versionOf(*v)), nil
}

// own loads a version for the person who asked for its upload.
func (s *server) own(ctx context.Context, fileID string, n int) (*models.FileVersion, error) {
	v, err := s.store.FileVersion(ctx, fileID, n)
	if err == nil && v.GrantedBy != accessOf(ctx).user.ID {
		return nil, apperr.New(apperr.Forbidden, "只有申请上传的人可以继续、完成或放弃上传。")
	}
	return v, err
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
	if err != nil {
		return nil, err
	}
	from, err := s.store.FilesByID(ctx, convert(rows, func(v models.FileVersion) string { return v.LinkedFileID }))
	list := gen.ListFileVersions200JSONResponse{Items: convert(rows, versionOf), Current: a.file.CurrentVersion}
	for i, v := range rows {
		list.Items[i].LinkedFrom = linkedFrom(from, v.LinkedFileID, v.LinkedN)
	}
	return list, err
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
	return readable(ctx, s.reader(a), *a.file)
}

func readable(ctx context.Context, r *reader, f models.File) error {
	ok, err := r.mayRead(ctx, f)
	if err == nil && !ok {
		return apperr.New(apperr.Forbidden, "您不能查看该文件；如确有需要，请联系学校管理员。")
	}
	return err
}
