package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
	FileUnsafe     apperr.Code = "file_unsafe"     // macros, a decompression bomb, escaping paths
	FileInfected               = clamav.Infected   // malware was found
	PartsMissing   apperr.Code = "parts_missing"   // an upload in parts is not whole yet
	FileLocked     apperr.Code = "file_locked"     // the version is under retention
	FilePreview    apperr.Code = "file_preview"    // a type that is not shown in the page
	BucketUnlocked apperr.Code = "bucket_unlocked" // the bucket exists without object lock
	ClockOff       apperr.Code = "store_clock"     // the store's clock and ours are too far apart
)

func missing(err error) error {
	return apperr.Wrap(err, FileMissing, "没有找到上传的文件：可能上传没有完成或授权已过期。请重新上传。")
}

func notFound(err error) error {
	return apperr.Wrap(err, apperr.NotFound, "文件不存在，或这个版本已被清理。请刷新页面后重试。")
}

// storeError turns a failure of the store into one a user may read. doing names the
// operation for the log; err must not be wrapped yet.
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
	case r.Code == minio.RequestTimeTooSkewed:
		return apperr.Wrap(err, ClockOff, "本系统与文件存储的时钟相差超过 15 分钟，文件暂时无法上传和查看。请联系系统管理员校准服务器时间后重试。")
	case r.Code == minio.NoSuchKey, r.Code == minio.NoSuchVersion, r.StatusCode == http.StatusNotFound:
		return notFound(err)
	case r.Code == "XMinioStorageFull", r.Code == "QuotaExceeded", r.StatusCode == http.StatusInsufficientStorage, errors.Is(err, syscall.ENOSPC):
		return apperr.Wrap(err, apperr.DiskFull, "文件存储空间已满，文件没有保存。请联系系统管理员清理或扩容后重试。")
	case errors.As(err, &netErr), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.ErrUnexpectedEOF),
		r.StatusCode >= http.StatusInternalServerError:
		return apperr.Wrap(err, apperr.Unavailable, "文件存储暂时无法访问，本次操作没有完成。请稍后重试；如仍失败，请联系系统管理员。")
	}
	return err
}
