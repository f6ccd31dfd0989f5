package drive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"

	"zhengxiao/api/gen"
)

// File is something to upload, and where it goes.
type File struct {
	Slot gen.SlotKind
	Key  string
	Name string
	Body []byte
}

// Upload asks for a grant, sends the bytes to the object store and has them checked. An
// attempt that was cut off begins again with a fresh grant.
func (s *Session) Upload(ctx context.Context, caseID string, f File) error {
	sum := sha256.Sum256(f.Body)
	wish := gen.UploadRequest{SlotKind: f.Slot, SlotKey: f.Key, Name: f.Name, Size: int64(len(f.Body)), Sha256: hex.EncodeToString(sum[:])}
	return s.c.repeat(ctx, func() error {
		var grant gen.UploadGrant
		_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/v1/cases/" + caseID + "/files", body: wish}, &grant)
		if err != nil {
			return fmt.Errorf("ask for upload of %s: %w", f.Name, err)
		}
		if err := s.c.transfer(ctx, grant, f); err != nil {
			return fmt.Errorf("upload %s: %w", f.Name, err)
		}
		path := fmt.Sprintf("/api/v1/files/%s/versions/%d/complete", grant.FileId, grant.N)
		_, err = s.call(ctx, request{method: http.MethodPost, path: path}, nil)
		return err
	})
}

// transfer posts the form that the grant describes: its fields first, then the file.
func (c *Client) transfer(ctx context.Context, grant gen.UploadGrant, f File) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(grant.Fields)) {
		if err := form.WriteField(name, grant.Fields[name]); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", f.Name)
	if err == nil {
		_, err = part.Write(f.Body)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, grant.Url, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := c.http.Do(req)
	if err != nil {
		return unanswered(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return unanswered(ctx, err)
	}
	if res.StatusCode >= http.StatusInternalServerError {
		return &NoAnswerError{Err: fmt.Errorf("object store answered %d: %.300s", res.StatusCode, answer)}
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("object store answered %d: %.300s", res.StatusCode, answer)
	}
	return nil
}
