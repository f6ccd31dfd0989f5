package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/minio-go/v7"

	"zhengxiao/internal/apperr"
)

// Want is what a grant promised.
type Want struct {
	Size   int64
	SHA256 string // hex
	Ext    string // extension of the user's file name, with or without the dot

	// Progress, if set, is told how many bytes have been read so far. An error ends the
	// reading.
	Progress func(read int64) error
}

// Complete pins the version that is current under key and reads only that version: it
// must have the promised length and bytes, be what its extension says, be safe to open and,
// where a scanner is configured, free of malware. Refusals are *apperr.Error with
// FileMissing, FileSize, FileSHA256, FileType, FileUnsafe or FileInfected; a scanner that
// comes to no verdict is one with another code, and the file stays unchecked.
func (s *Store) Complete(ctx context.Context, key string, want Want) (Object, error) {
	kind, err := kindOf(want.Ext)
	if err != nil {
		return Object{}, err
	}
	info, err := s.stat(ctx, key)
	if err != nil {
		return Object{}, err
	}
	if info.VersionID == "" || info.VersionID == "null" {
		return Object{}, fmt.Errorf("complete upload: bucket %q does not version its objects", s.bucket)
	}
	if info.Size != want.Size {
		return Object{}, apperr.Newf(FileSize, "上传的文件是 %d 字节，与申请上传时的 %d 字节不一致，可能传输中断。请重新上传。", info.Size, want.Size)
	}
	r, err := s.Open(ctx, key, info.VersionID)
	if err != nil {
		return Object{}, err
	}
	defer func() { _ = r.Close() }()
	sum, err := s.scanned(ctx, want, func(scan io.Writer) (string, error) { return inspect(r, want, kind, scan) })
	if err != nil {
		return Object{}, err
	}
	return Object{Key: key, VersionID: info.VersionID, Size: info.Size, SHA256: sum, Type: kind.mediaType}, nil
}

// scanned has the scanner see what read reads. Its verdict is only asked for when nothing
// else speaks against the file.
func (s *Store) scanned(ctx context.Context, want Want, read func(scan io.Writer) (sum string, err error)) (string, error) {
	if s.scanner == nil {
		return read(io.Discard)
	}
	scan, err := s.scanner.Begin(ctx)
	if err != nil {
		return "", err
	}
	defer scan.Close()
	sum, err := read(scan)
	if err != nil {
		return "", err
	}
	return sum, scan.Verdict(func() error {
		if want.Progress == nil {
			return nil
		}
		return want.Progress(want.Size)
	})
}

// stat asks for the version that is current under key.
func (s *Store) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	info, err := s.inner.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if err == nil {
		return info, nil
	}
	if err = s.inWords(ctx, key, "", err); gone(minio.ToErrorResponse(err)) {
		return info, missing(err)
	}
	return info, storeError(err, "stat upload")
}

// tellEvery is after how many bytes progress is told.
const tellEvery = 16 << 20

// drain reads r to its end in constant memory.
func drain(r io.Reader, tell func(int64) error) (int64, error) {
	var total int64
	for {
		n, err := io.CopyN(io.Discard, r, tellEvery)
		total += n
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, storeError(err, "read upload")
		case tell == nil:
		default:
			if err := tell(total); err != nil {
				return total, err
			}
		}
	}
}

// inspect reads r once and shows it to scan. What has to be looked into is spooled
// to a temporary file: the directories of archives and PDFs stand at the end.
func inspect(r io.Reader, want Want, kind kind, scan io.Writer) (sum string, err error) {
	h := sha256.New()
	head := new(bytes.Buffer)
	var spool *os.File
	sinks := []io.Writer{h, scan}
	if kind.inside != plain {
		if spool, err = os.CreateTemp("", "zhengxiao-*"); err != nil {
			return "", storeError(err, "create temporary file")
		}
		defer func() {
			_ = spool.Close()
			_ = os.Remove(spool.Name())
		}()
		sinks = append(sinks, spool)
	}
	all := io.TeeReader(r, io.MultiWriter(sinks...))
	if _, err := io.CopyN(head, all, sniffLen); err != nil && !errors.Is(err, io.EOF) {
		return "", storeError(err, "read upload")
	}
	rest, err := drain(all, want.Progress)
	if err != nil {
		return "", err
	}
	sum = hex.EncodeToString(h.Sum(nil))
	if n := int64(head.Len()) + rest; n != want.Size {
		return "", apperr.Newf(FileSize, "上传的文件是 %d 字节，与申请上传时的 %d 字节不一致，可能传输中断。请重新上传。", n, want.Size)
	}
	if !sameSum(sum, want.SHA256) {
		return "", apperr.New(FileSHA256, "上传的文件内容与申请上传时不一致，已拒绝。请重新选择文件并上传。")
	}
	if !kind.matches(head.Bytes()) {
		return "", wrongType(want.Ext)
	}
	if kind.inside != plain {
		return sum, kind.look(spool, want)
	}
	return sum, nil
}
