package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
)

// The ways a file is refused.
const (
	FileMissing    apperr.Code = "file_missing"    // nothing was uploaded under the grant
	FileSize       apperr.Code = "file_size"       // other length than granted
	FileSHA256     apperr.Code = "file_sha256"     // other bytes than granted
	FileType       apperr.Code = "file_type"       // the content is not what the extension says
	FileUnsafe     apperr.Code = "file_unsafe"     // it acts when it is opened, or unpacks without end: macros, scripts, bombs, escaping paths
	FileInfected               = clamav.Infected   // malware was found
	PartsMissing   apperr.Code = "parts_missing"   // an upload in parts is not whole yet
	FileLocked     apperr.Code = "file_locked"     // the version is under retention
	FilePreview    apperr.Code = "file_preview"    // a type that is not shown in the page
	BucketUnlocked apperr.Code = "bucket_unlocked" // the bucket exists without object lock
	ClockOff       apperr.Code = "store_clock"     // the store's clock and ours are too far apart
	AccessDenied   apperr.Code = "store_access"    // the store knows our keys not, or they may not do this

	AccountsForeign apperr.Code = "store_accounts" // the store's accounts are made in another way
)

func missing(err error) error {
	return apperr.Wrap(err, FileMissing, "没有找到上传的文件：可能上传没有完成或授权已过期。请重新上传。")
}

func notFound(err error) error {
	return apperr.Wrap(err, apperr.NotFound, "文件不存在，或这个版本已被清理。请刷新页面后重试。")
}

// storeError turns a failure of the store into one a user may read. doing names the
// operation for the log; err must not be wrapped yet, and not be of a HEAD (see inWords).
func storeError(err error, doing string) error {
	if _, ok := errors.AsType[*apperr.Error](err); ok {
		return err // the reader's or writer's own
	}
	r := minio.ToErrorResponse(err) // looks at the outermost error only
	err = fmt.Errorf("%s: %w", doing, err)
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case foreign(r):
		return unavailable(fmt.Errorf("an answer that is not the store's: %w", err))
	case r.Code == minio.RequestTimeTooSkewed:
		return apperr.Wrap(err, ClockOff, "本系统与文件存储的时钟相差超过 15 分钟，文件暂时无法上传和查看。请联系系统管理员校准服务器时间后重试。")
	case gone(r):
		return notFound(err)
	case slices.Contains(denials, r.Code):
		return apperr.Wrap(err, AccessDenied, "文件存储拒绝了本系统的访问，文件暂时无法上传和查看。请联系系统管理员检查文件存储的访问密钥及其权限。")
	case r.Code == minio.NoSuchBucket:
		return apperr.Wrap(err, apperr.Unavailable, "文件存储中没有本系统的存储桶，文件暂时无法上传和查看。请联系系统管理员检查文件存储及其地址。")
	case r.Code == "XMinioStorageFull", r.Code == "QuotaExceeded", r.StatusCode == http.StatusInsufficientStorage, errors.Is(err, syscall.ENOSPC):
		return apperr.Wrap(err, apperr.DiskFull, "文件存储空间已满，文件没有保存。请联系系统管理员清理或扩容后重试。")
	case errors.As(err, &netErr), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.ErrUnexpectedEOF),
		r.StatusCode >= http.StatusInternalServerError:
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return apperr.Wrap(err, apperr.Unavailable, "文件存储暂时无法访问，本次操作没有完成。请稍后重试；如仍失败，请联系系统管理员。")
}

// denials are how stores say that they do not take our keys, or not for this.
var denials = []string{minio.AccessDenied, "InvalidAccessKeyId", "SignatureDoesNotMatch"}

// gone reports whether the store says that it has no such version. A version id that it
// would never have given, as of another store, it calls an invalid argument.
func gone(r minio.ErrorResponse) bool {
	return !foreign(r) && (r.Code == minio.NoSuchKey || r.Code == minio.NoSuchVersion ||
		r.Code == minio.InvalidArgument && strings.Contains(strings.ToLower(r.Message), "version id"))
}

// foreign reports whether a refusal is somebody else's, as of a proxy that does not find its
// way: the store gives its reason as XML. Without any the client makes one up from the
// status, so that every 404 reads as a missing object. What the client itself refuses to ask
// is a 400 with a code that does not name the status.
func foreign(r minio.ErrorResponse) bool {
	switch {
	case r.XMLName.Local != "", r.StatusCode < http.StatusBadRequest, r.StatusCode >= http.StatusInternalServerError:
		return false
	}
	return r.StatusCode != http.StatusBadRequest || strings.HasPrefix(r.Code, "400")
}

// inWords is a better error for a refusal of HEAD, whose answer has no words: what the
// store says to the same question asked with GET.
func (s *Store) inWords(ctx context.Context, key, versionID string, refused error) error {
	if status := minio.ToErrorResponse(refused).StatusCode; status < http.StatusBadRequest || status >= http.StatusInternalServerError {
		return refused
	}
	body, _, _, err := s.core().GetObject(ctx, s.bucket, key, minio.GetObjectOptions{VersionID: versionID})
	if err == nil {
		_ = body.Close()
		return unavailable(fmt.Errorf("GET is answered, HEAD is not: %w", refused))
	}
	return err
}
