package evidence

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"

	"zhengxiao/internal/apperr"
)

// PartSize is the length of every part but the last, in bytes: far below what a school's
// line loses at once, far above what would make a request for every blink.
const PartSize = 8 << 20

// Part is a piece of a large upload that the store has. Numbers begin at 1.
type Part struct {
	Number int
	Size   int64

	etag string
}

// PartGrant fixes one part of an upload completely.
type PartGrant struct {
	Key      string
	UploadID string
	Number   int
	MD5      string        // of the part, hex
	Total    int64         // size of the whole file, bytes
	Expires  time.Duration // 0 < Expires ≤ MaxGrant
}

// PartCount is how many parts a file of size bytes is sent in.
func PartCount(size int64) int { return int((size + PartSize - 1) / PartSize) }

// PartLength is the length of one part of a file of size bytes, 0 when there is no such
// part.
func PartLength(size int64, number int) int64 {
	if number < 1 || number > PartCount(size) {
		return 0
	}
	return min(PartSize, size-int64(number-1)*PartSize)
}

// StartParts opens an upload in parts under a fresh key.
func (s *Store) StartParts(ctx context.Context, key, contentType string) (uploadID string, err error) {
	uploadID, err = s.core().NewMultipartUpload(ctx, s.bucket, key, minio.PutObjectOptions{ContentType: contentType})
	if err != nil {
		return "", storeError(err, "start upload in parts")
	}
	return uploadID, nil
}

// PartUpload is what a browser needs: a PUT of the part to URL with all Headers.
type PartUpload struct {
	URL     string
	Headers map[string]string
}

// GrantPart returns a presigned PUT of one part. Key, upload, number, length and MD5 are
// part of the signature: the store itself refuses anything else. Without the MD5 a store
// (versitygw) may take a part whose line broke for a whole one that ends in zeros.
func (s *Store) GrantPart(ctx context.Context, g PartGrant) (PartUpload, error) {
	length := PartLength(g.Total, g.Number)
	sum, err := hex.DecodeString(g.MD5)
	switch {
	case err != nil || len(sum) != 16:
		return PartUpload{}, apperr.Field("md5", "分片校验值必须是 32 位十六进制的 MD5。请刷新页面后重新选择文件。")
	case length == 0:
		return PartUpload{}, apperr.Newf(apperr.Invalid, "该文件只有 %d 个分片，没有第 %d 片。", PartCount(g.Total), g.Number).On("numbers")
	case g.Expires <= 0 || g.Expires > MaxGrant:
		return PartUpload{}, apperr.Field("expires", "上传授权的有效期必须大于 0 且不超过 1 小时。")
	}
	q := url.Values{"uploadId": {g.UploadID}, "partNumber": {strconv.Itoa(g.Number)}}
	h := http.Header{"Content-Length": {strconv.FormatInt(length, 10)}, contentMD5: {base64.StdEncoding.EncodeToString(sum)}}
	u, err := s.public.PresignHeader(ctx, http.MethodPut, s.bucket, g.Key, g.Expires, q, h)
	if err != nil {
		return PartUpload{}, storeError(err, "sign part")
	}
	return PartUpload{URL: u.String(), Headers: map[string]string{contentMD5: h[contentMD5][0]}}, nil
}

// contentMD5 is the header's canonical name in Go.
const contentMD5 = "Content-Md5"

// maxParts is as many as a store lists at once.
const maxParts = 1000

// Parts lists what of an upload has arrived, by number. An upload that was given up or put
// together is refused with FileMissing.
func (s *Store) Parts(ctx context.Context, key, uploadID string) ([]Part, error) {
	parts := []Part{}
	for after := 0; ; {
		page, err := s.core().ListObjectParts(ctx, s.bucket, key, uploadID, after, maxParts)
		switch {
		case noSuchUpload(err):
			return nil, missing(err)
		case err != nil:
			return nil, storeError(err, "list parts")
		}
		for _, p := range page.ObjectParts {
			parts = append(parts, Part{Number: p.PartNumber, Size: p.Size, etag: p.ETag})
		}
		if !page.IsTruncated {
			return parts, nil
		}
		after = page.NextPartNumberMarker
	}
}

// CheckParts refuses with PartsMissing what is not yet a whole file of total bytes, and
// with FileSize parts of another length than their grants said.
func CheckParts(parts []Part, total int64) error {
	have := map[int]int64{}
	for _, p := range parts {
		have[p.Number] = p.Size
	}
	count, absent := PartCount(total), 0
	for n := 1; n <= count; n++ {
		size, ok := have[n]
		if !ok {
			absent++
			continue
		}
		if want := PartLength(total, n); size != want {
			return apperr.Newf(FileSize, "第 %d 个分片是 %d 字节，应为 %d 字节。请重新上传这一片。", n, size, want)
		}
	}
	if absent > 0 {
		return apperr.Newf(PartsMissing, "文件还没有传完：共 %d 个分片，还缺 %d 个。请继续上传。", count, absent)
	}
	if len(have) > count {
		return apperr.Newf(FileSize, "收到的分片比应有的 %d 个多，已拒绝。请重新上传。", count)
	}
	return nil
}

// Assemble puts the parts of an upload together to one object, which Complete then judges.
// One that was put together before is left alone.
func (s *Store) Assemble(ctx context.Context, key, uploadID string, total int64) error {
	parts, err := s.Parts(ctx, key, uploadID)
	switch {
	case apperr.Is(err, FileMissing):
		_, err := s.stat(ctx, key)
		return err
	case err != nil:
		return err
	}
	if err := CheckParts(parts, total); err != nil {
		return err
	}
	whole := make([]minio.CompletePart, 0, len(parts))
	for _, p := range parts {
		whole = append(whole, minio.CompletePart{PartNumber: p.Number, ETag: p.etag})
	}
	_, err = s.core().CompleteMultipartUpload(ctx, s.bucket, key, uploadID, whole, minio.PutObjectOptions{})
	if err != nil && !noSuchUpload(err) {
		return storeError(err, "put parts together")
	}
	return nil
}

// AbortParts gives an upload up and has the store forget its parts. One that is over is
// left alone.
func (s *Store) AbortParts(ctx context.Context, key, uploadID string) error {
	err := s.core().AbortMultipartUpload(ctx, s.bucket, key, uploadID)
	switch {
	case err == nil:
		return nil
	case !noSuchUpload(err):
		return storeError(err, "abort upload in parts")
	}
	// Here the client reads no words: every 404 is an upload that is over. Listing does.
	_, listed := s.Parts(ctx, key, uploadID)
	switch {
	case apperr.Is(listed, FileMissing):
		return nil
	case listed != nil:
		return listed
	}
	return unavailable(fmt.Errorf("abort upload in parts, which is still there: %w", err))
}

// AbortOlder gives up every upload in parts that was started before a time, as those that
// a process left behind when it ended. It returns how many there were.
func (s *Store) AbortOlder(ctx context.Context, before time.Time) (int, error) {
	n := 0
	for u := range s.inner.ListIncompleteUploads(ctx, s.bucket, "", true) {
		if u.Err != nil {
			return n, storeError(u.Err, "list uploads in parts")
		}
		if !u.Initiated.Before(before) {
			continue
		}
		if err := s.AbortParts(ctx, u.Key, u.UploadID); err != nil {
			return n, fmt.Errorf("abort upload of %s: %w", u.Key, err)
		}
		n++
	}
	return n, nil
}

func (s *Store) core() minio.Core { return minio.Core{Client: s.inner} }

func noSuchUpload(err error) bool {
	var r minio.ErrorResponse
	return errors.As(err, &r) && r.Code == minio.NoSuchUpload
}
