package api

import (
	"context"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/intake"
	"zhengxiao/models"
)

// StartUpload opens a slot for a file that comes in parts. Whoever asks again for the same
// file goes on with what is there.
func (s *server) StartUpload(ctx context.Context, r gen.StartUploadRequestObject) (gen.StartUploadResponseObject, error) {
	g, err := wish(accessOf(ctx), r.Body)
	if err != nil {
		return nil, err
	}
	u, err := s.store.ResumeUpload(ctx, g)
	if err != nil {
		return nil, err
	}
	if u != nil {
		v, err := s.largeUpload(ctx, u)
		return gen.StartUpload200JSONResponse(v), err
	}
	v, err := s.store.GrantFile(ctx, g)
	if err != nil {
		return nil, err
	}
	id, err := s.files.StartParts(ctx, v.ObjectKey, v.Type)
	if err != nil {
		return nil, err
	}
	u, err = s.store.AddUpload(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return gen.StartUpload201JSONResponse(largeUploadOf(*u)), nil
}

// ListUploads lists what the caller has not finished in the case; which parts are there is
// told for each by GetUpload.
func (s *server) ListUploads(ctx context.Context, _ gen.ListUploadsRequestObject) (gen.ListUploadsResponseObject, error) {
	a := accessOf(ctx)
	rows, err := s.store.OpenUploads(ctx, a.c.ID, a.user.ID)
	return gen.ListUploads200JSONResponse{Items: convert(rows, largeUploadOf)}, err
}

// GetUpload tells how far an upload in parts, or its check, is.
func (s *server) GetUpload(ctx context.Context, r gen.GetUploadRequestObject) (gen.GetUploadResponseObject, error) {
	v, err := s.own(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	u, err := s.store.LargeUpload(ctx, r.FileId, r.N)
	switch {
	case err == nil:
		view, err := s.largeUpload(ctx, u)
		return gen.GetUpload200JSONResponse(view), err
	case !apperr.Is(err, apperr.NotFound) || v.State == models.FileGranted:
		return nil, err
	}
	// Over: its row is gone, what became of it is told by the version.
	ended := models.LargeUpload{FileView: models.FileView{File: *accessOf(ctx).file, Version: *v}}
	return gen.GetUpload200JSONResponse(largeUploadOf(ended)), nil
}

// GrantParts gives addresses for parts, to the person whose upload it is.
func (s *server) GrantParts(ctx context.Context, r gen.GrantPartsRequestObject) (gen.GrantPartsResponseObject, error) {
	u, err := s.store.SendParts(ctx, r.FileId, r.N, accessOf(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	list := gen.GrantParts200JSONResponse{Items: []gen.PartGrant{}, ExpiresAt: s.store.Now().Add(grantLife).Truncate(time.Second)}
	for _, p := range r.Body.Parts {
		up, err := s.files.GrantPart(ctx, evidence.PartGrant{
			Key: u.Version.ObjectKey, UploadID: u.Upload.UploadID, Number: p.Number, MD5: p.Md5, Total: u.Version.Size, Expires: grantLife,
		})
		if err != nil {
			return nil, err
		}
		size := evidence.PartLength(u.Version.Size, p.Number)
		list.Items = append(list.Items, gen.PartGrant{Number: p.Number, Size: size, Url: up.URL, Headers: up.Headers})
	}
	return list, nil
}

// AbortUpload gives an unfinished upload up. Giving it up again changes nothing.
func (s *server) AbortUpload(ctx context.Context, r gen.AbortUploadRequestObject) (gen.AbortUploadResponseObject, error) {
	v, err := s.own(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	switch v.State {
	case models.FileGranted:
	case models.FileAborted, models.FileRejected:
		return gen.AbortUpload204Response{}, nil
	default:
		return nil, apperr.New(apperr.Conflict, "该文件的全部内容已经收到，不能再放弃。如需更换，请重新上传。")
	}
	u, err := s.store.LargeUpload(ctx, r.FileId, r.N)
	if err != nil {
		return nil, err
	}
	return gen.AbortUpload204Response{}, intake.Checker{Store: s.store, Files: s.files}.GiveUp(ctx, u, "上传者放弃了上传。")
}

// handIn takes a large upload in when all of its parts are there.
func (s *server) handIn(ctx context.Context, u *models.LargeUpload) error {
	if _, err := s.store.SendParts(ctx, u.Version.FileID, u.Version.N, u.Upload.OwnerID); err != nil {
		return err
	}
	parts, err := s.files.Parts(ctx, u.Version.ObjectKey, u.Upload.UploadID)
	if err != nil {
		return err
	}
	if err := evidence.CheckParts(parts, u.Version.Size); err != nil {
		return err
	}
	return s.store.HandInUpload(ctx, u.Version.FileID, u.Version.N)
}

// largeUpload is largeUploadOf with the parts that the object store has. A part of a
// length that it should not have is to be sent again.
func (s *server) largeUpload(ctx context.Context, u *models.LargeUpload) (gen.LargeUpload, error) {
	view := largeUploadOf(*u)
	if u.Version.State != models.FileGranted {
		return view, nil
	}
	parts, err := s.files.Parts(ctx, u.Version.ObjectKey, u.Upload.UploadID)
	for _, p := range parts {
		if p.Size == evidence.PartLength(u.Version.Size, p.Number) {
			view.Parts = append(view.Parts, p.Number)
		}
	}
	return view, err
}

func largeUploadOf(u models.LargeUpload) gen.LargeUpload {
	v := u.Version
	read := u.Upload.CheckedBytes
	if v.State == models.FileChecked || v.State == models.FileLocked {
		read = v.Size
	}
	return gen.LargeUpload{
		FileId: v.FileID, N: v.N, SlotKind: gen.SlotKind(u.File.SlotKind), SlotKey: u.File.SlotKey, Name: v.Name, Size: v.Size,
		Sha256: v.SHA256, State: v.State, Reason: v.Reason, PartSize: evidence.PartSize, PartCount: evidence.PartCount(v.Size),
		Parts: []int{}, CheckedBytes: read, ExpiresAt: v.GrantedAt.Add(models.UploadLife),
	}
}

// LinkFile uses a file of the case for another item of the dossier.
func (s *server) LinkFile(ctx context.Context, r gen.LinkFileRequestObject) (gen.LinkFileResponseObject, error) {
	a := accessOf(ctx)
	slot, err := uploadSlot(a, models.SlotDossier, r.Body.SlotKey)
	if err != nil {
		return nil, err
	}
	f, err := s.store.FileByID(ctx, r.Body.FileId)
	switch {
	case apperr.Is(err, apperr.NotFound), err == nil && f.CaseID != a.c.ID: // whether others have it is not told
		return nil, apperr.New(apperr.NotFound, "文件不存在，或不在您的权限范围内。").On("file_id")
	case err != nil:
		return nil, err
	}
	if err := readable(ctx, s.reader(a), *f); err != nil {
		return nil, err
	}
	v, err := s.store.LinkFile(ctx, models.FileLink{
		Target: models.FileGrant{CaseID: a.c.ID, Slot: slot, OwnerID: a.user.ID}, FileID: f.ID, N: r.Body.N,
	})
	if err != nil {
		return nil, err
	}
	from, err := s.store.FilesByID(ctx, []string{v.LinkedFileID})
	view := versionOf(*v)
	view.LinkedFrom = linkedFrom(from, v.LinkedFileID, v.LinkedN)
	return gen.LinkFile200JSONResponse(view), err
}

// UnlinkFile takes a link back.
func (s *server) UnlinkFile(ctx context.Context, r gen.UnlinkFileRequestObject) (gen.UnlinkFileResponseObject, error) {
	return gen.UnlinkFile204Response{}, s.store.UnlinkFile(ctx, r.FileId, r.N)
}

func linkedFrom(files map[string]models.File, fileID string, n int) gen.LinkedFrom {
	f, ok := files[fileID]
	if !ok {
		return gen.LinkedFrom{}
	}
	return gen.LinkedFrom{FileId: f.ID, N: n, SlotKind: gen.SlotKind(f.SlotKind), SlotKey: f.SlotKey}
}
