package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"

	"zhengxiao/internal/apperr"
)

// Put stores a file that the system made itself (a receipt, an export). size is in bytes,
// or -1 when unknown.
func (s *Store) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) (Object, error) {
	return s.PutWatched(ctx, key, contentType, r, size, io.Discard)
}

// PutWatched is Put that shows to sent what is on its way to the store, once more when a
// piece is sent again.
func (s *Store) PutWatched(ctx context.Context, key, contentType string, r io.Reader, size int64, sent io.Writer) (Object, error) {
	h := sha256.New()
	info, err := s.inner.PutObject(ctx, s.bucket, key, io.TeeReader(r, h), size, minio.PutObjectOptions{ContentType: contentType, Progress: shown{sent}})
	if err != nil {
		return Object{}, storeError(err, "put object")
	}
	return Object{
		Key: key, VersionID: info.VersionID, Size: info.Size,
		SHA256: hex.EncodeToString(h.Sum(nil)), Type: contentType,
	}, nil
}

// shown hands on what the client shows to a reader.
type shown struct{ to io.Writer }

func (s shown) Read(p []byte) (int, error) { return s.to.Write(p) }

// Open reads one version. The caller closes it.
func (s *Store) Open(ctx context.Context, key, versionID string) (io.ReadCloser, error) {
	o, err := s.inner.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{VersionID: versionID})
	if err != nil {
		return nil, storeError(err, "get object")
	}
	// GetObject asks nothing of the server yet; Stat does, so a missing version fails here.
	if _, err := o.Stat(); err != nil {
		_ = o.Close()
		return nil, storeError(s.inWords(ctx, key, versionID, err), "get object")
	}
	return content{o}, nil
}

// content is an object whose failures have names.
type content struct{ *minio.Object }

func (c content) Read(p []byte) (int, error) {
	n, err := c.Object.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, storeError(err, "read object")
}

// Lock puts one version under GOVERNANCE retention: until then nobody can delete it
// without the right to bypass. Locking again to the same or a later time is allowed;
// an earlier one is refused.
func (s *Store) Lock(ctx context.Context, key, versionID string, until time.Time) error {
	if versionID == "" {
		return errors.New("lock object: no version id")
	}
	if !until.After(s.now()) {
		return fmt.Errorf("lock object: retention until %s has passed", until.UTC().Format(time.RFC3339))
	}
	mode, until := minio.Governance, until.UTC().Truncate(time.Second)
	err := s.inner.PutObjectRetention(ctx, s.bucket, key, minio.PutObjectRetentionOptions{
		Mode: &mode, RetainUntilDate: &until, VersionID: versionID,
	})
	if err != nil {
		return lockError(err, "lock object")
	}
	return nil
}

// Discard deletes one version, as for an upload that Complete refused. A locked version
// is refused with FileLocked.
func (s *Store) Discard(ctx context.Context, key, versionID string) error {
	if versionID == "" {
		return errors.New("discard object: no version id")
	}
	err := s.inner.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{VersionID: versionID})
	if err != nil {
		return lockError(err, "discard object")
	}
	return nil
}

// Erase deletes every version of an object and every mark that it was deleted, those that no
// record knows of too: an upload by an old grant, sent again, makes one. While a version is
// locked the rest goes, and FileLocked says to come again.
func (s *Store) Erase(ctx context.Context, key string) error {
	var locked error
	for o := range s.inner.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: key, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return storeError(o.Err, "list versions to erase")
		}
		if o.Key != key {
			continue
		}
		switch err := s.Discard(ctx, key, o.VersionID); {
		case apperr.CodeOf(err) == FileLocked:
			locked = err
		case err != nil:
			return err
		}
	}
	return locked
}

// lockError names a refusal because of retention: AccessDenied by S3, InvalidRequest by MinIO.
func lockError(err error, doing string) error {
	if r := minio.ToErrorResponse(err); !foreign(r) && (r.Code == minio.AccessDenied || r.Code == "InvalidRequest") {
		return apperr.Wrap(storeError(err, doing), FileLocked, "文件已锁定归档，在保留期内不能删除，也不能缩短保留期。")
	}
	return storeError(err, doing)
}
