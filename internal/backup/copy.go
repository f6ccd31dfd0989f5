package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// What may be wrong with a file.
const (
	lost     = "文件存储中没有这个版本"
	changed  = "文件存储中的内容与登记的校验值不一致"
	absent   = "备份中没有这个文件"
	damaged  = "备份中的内容与登记的校验值不一致"
	noBackup = "备份文件夹 %s 无法使用：请检查路径、权限和剩余空间。"
)

// CodeFolder is a folder that cannot be read or written.
const CodeFolder apperr.Code = "backup_folder"

// Verify reads every file and compares it with what the database says.
func (f Files) Verify(ctx context.Context) (Report, error) {
	return f.each(ctx, func(ctx context.Context, s models.StoredFile) (done, error) { return f.read(ctx, s, io.Discard) })
}

// read copies a file from the store to w. What has a problem must not be used.
func (f Files) read(ctx context.Context, s models.StoredFile, w io.Writer) (done, error) {
	r, err := f.Evidence.Open(ctx, s.ObjectKey, s.VersionID)
	if apperr.Is(err, apperr.NotFound) {
		return done{problem: lost}, nil
	}
	if err != nil {
		return done{}, err
	}
	defer func() { _ = r.Close() }()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, w), r)
	switch {
	case err != nil:
		return done{}, fmt.Errorf("read: %w", err)
	case hex.EncodeToString(h.Sum(nil)) != s.SHA256:
		return done{bytes: n, problem: changed}, nil
	}
	return done{bytes: n}, nil
}

// Export copies every file into dir that is not there yet.
func (f Files) Export(ctx context.Context, dir string) (Report, error) {
	return f.each(ctx, func(ctx context.Context, s models.StoredFile) (done, error) {
		path := pathOf(dir, s)
		if info, err := os.Stat(path); err == nil && info.Size() == s.Size {
			return done{}, nil
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return done{}, unusable(err, dir)
		}
		// Under its name a copy is whole, whatever happens.
		part, err := os.CreateTemp(filepath.Dir(path), "part-*")
		if err != nil {
			return done{}, unusable(err, dir)
		}
		defer func() { _ = os.Remove(part.Name()) }()
		d, err := f.read(ctx, s, part)
		if err = errors.Join(err, part.Sync(), part.Close()); err != nil || d.problem != "" {
			return d, unusable(err, dir)
		}
		d.copied = true
		return d, unusable(os.Rename(part.Name(), path), dir)
	})
}

// pathOf spreads the copies over 256 folders.
func pathOf(dir string, s models.StoredFile) string {
	return filepath.Join(dir, s.SHA256[:2], s.SHA256)
}

// unusable names troubles with the folder; others have names.
func unusable(err error, dir string) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return apperr.Wrap(pathErr, CodeFolder, fmt.Sprintf(noBackup, dir))
	}
	if linkErr, ok := errors.AsType[*os.LinkError](err); ok {
		return apperr.Wrap(linkErr, CodeFolder, fmt.Sprintf(noBackup, dir))
	}
	return err
}

// Import puts every file back that the store lacks, from dir, under its key. A store gives
// it a version id of its own, which the database takes over; what was locked is locked
// again. It may be ended and begun again at any time.
func (f Files) Import(ctx context.Context, dir string) (Report, error) {
	return f.each(ctx, func(ctx context.Context, s models.StoredFile) (done, error) {
		r, err := f.Evidence.Open(ctx, s.ObjectKey, s.VersionID)
		switch {
		case err == nil:
			return done{}, r.Close()
		case !apperr.Is(err, apperr.NotFound):
			return done{}, err
		}
		return f.putBack(ctx, s, dir)
	})
}

func (f Files) putBack(ctx context.Context, s models.StoredFile, dir string) (done, error) {
	copied, err := os.Open(pathOf(dir, s))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return done{problem: absent}, nil
	case err != nil:
		return done{}, unusable(err, dir)
	}
	defer func() { _ = copied.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, copied); err != nil {
		return done{}, unusable(err, dir)
	}
	if hex.EncodeToString(h.Sum(nil)) != s.SHA256 {
		return done{problem: damaged}, nil
	}
	if _, err := copied.Seek(0, io.SeekStart); err != nil {
		return done{}, unusable(err, dir)
	}
	o, err := f.Evidence.Put(ctx, s.ObjectKey, s.Type, copied, s.Size)
	if err != nil {
		return done{}, unusable(err, dir)
	}
	locked, err := f.Store.StoredLock(ctx, s)
	if err != nil {
		return done{}, err
	}
	if locked != nil {
		if until := locked.AddDate(models.RetentionYears, 0, 0); until.After(f.Store.Now()) {
			if err := f.Evidence.Lock(ctx, s.ObjectKey, o.VersionID, until); err != nil {
				return done{}, err
			}
		}
	}
	return done{copied: true, bytes: s.Size}, f.Store.MoveStored(ctx, s, o.VersionID)
}
