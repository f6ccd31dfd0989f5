package evidence

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"zhengxiao/internal/apperr"
)

// MaxGrant is the longest life of a grant: some stores (versitygw) refuse a POST policy
// signed more than an hour ago, whatever its expiration says.
const MaxGrant = time.Hour

// GrantRequest fixes one upload completely. Key must be fresh (made from a new UUID).
type GrantRequest struct {
	Key         string
	ContentType string
	Size        int64         // bytes, > 0
	SHA256      string        // hex
	Expires     time.Duration // 0 < Expires ≤ MaxGrant
}

// Upload is what a browser needs: a multipart/form-data POST to URL with all Fields first
// and the file last, in a field named "file". Success is any 2xx.
type Upload struct {
	URL       string
	Fields    map[string]string
	ExpiresAt time.Time
}

// Grant lets the holder upload exactly the described bytes, once or repeatedly, until it
// expires. The store itself refuses another key, type or length, and (where it checks the
// checksum field, as versitygw and MinIO do) other bytes; Complete checks them all again.
func (s *Store) Grant(ctx context.Context, r GrantRequest) (Upload, error) {
	sum, err := hex.DecodeString(r.SHA256)
	switch {
	case err != nil || len(sum) != 32:
		return Upload{}, apperr.Field("sha256", "文件校验值必须是 64 位十六进制的 SHA-256。请刷新页面后重新选择文件。")
	case r.Size <= 0:
		return Upload{}, apperr.Field("size", "文件是空的，不能上传。请检查文件内容后重新选择。")
	case r.Expires <= 0 || r.Expires > MaxGrant:
		return Upload{}, apperr.Field("expires", "上传授权的有效期必须大于 0 且不超过 1 小时。")
	}
	expires := s.now().UTC().Add(r.Expires).Truncate(time.Second)
	policy, err := s.policy(r, minio.NewChecksum(minio.ChecksumSHA256, sum), expires)
	if err != nil {
		return Upload{}, storeError(err, "build upload policy")
	}
	u, fields, err := s.public.PresignedPostPolicy(ctx, policy)
	if err != nil {
		return Upload{}, storeError(err, "sign upload policy")
	}
	return Upload{URL: u.String(), Fields: fields, ExpiresAt: expires}, nil
}

func (s *Store) policy(r GrantRequest, sum minio.Checksum, expires time.Time) (*minio.PostPolicy, error) {
	p := minio.NewPostPolicy()
	for _, set := range []func() error{
		func() error { return p.SetBucket(s.bucket) },
		func() error { return p.SetKey(r.Key) },
		func() error { return p.SetContentType(r.ContentType) },
		func() error { return p.SetContentLengthRange(r.Size, r.Size) },
		func() error { return p.SetChecksum(sum) },
		func() error { return p.SetExpires(expires) },
	} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// sameSum compares hex digests without regard to case.
func sameSum(a, b string) bool { return strings.EqualFold(a, b) }
