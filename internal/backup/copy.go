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

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// What may be wrong with a file.
const (
	lost     = "文件存储中没有这个版本"
	changed  = "文件存储中的内容与登记的校验值不一致"
	absent   = "备份中没有这个文件"
	damaged  = "备份中的内容无法读取，或与登记的校验值不一致"
	failing  = "尝试 %d 次仍未成功，没有结论：%s"
	noBackup = "备份文件夹 %s 无法使用：请检查路径、权限和剩余空间。"
)

// CodeFolder is a folder that cannot be read or written.
const CodeFolder apperr.Code = "backup_folder"

// Verify reads every file and compares it with what the database says.
func (f Files) Verify(ctx context.Context) (Report, error) {
	return f.each(ctx, func(ctx context.Context, p *pass, s models.StoredFile) (done, error) { return p.check(ctx, s) })
}

// check reads a file from the store.
func (p *pass) check(ctx context.Context, s models.StoredFile) (d done, err error) {
	err = p.again(ctx, func(ctx context.Context, moved io.Writer) (err error) {
		d, err = p.read(ctx, s, moved)
		return err
	})
	return d, err
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

// Export copies every file into dir of which no whole copy is there yet.
func (f Files) Export(ctx context.Context, dir string) (Report, error) {
	return f.each(ctx, func(ctx context.Context, p *pass, s models.StoredFile) (d done, err error) {
		path := pathOf(dir, s)
		if whole(path, s) {
			return done{}, nil
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return done{}, unusable(err, dir)
		}
		err = p.again(ctx, func(ctx context.Context, moved io.Writer) (err error) {
			d, err = p.keep(ctx, s, path, moved)
			return unusable(err, dir)
		})
		return d, err
	})
}

// keep writes a copy. Under its name a copy is whole, whatever happens.
func (f Files) keep(ctx context.Context, s models.StoredFile, path string, moved io.Writer) (done, error) {
	part, err := os.CreateTemp(filepath.Dir(path), "part-*")
	if err != nil {
		return done{}, err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	d, err := f.read(ctx, s, io.MultiWriter(part, moved))
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil || d.problem != "" {
		return d, err
	}
	d.copied = true
	return d, os.Rename(part.Name(), path)
}

// whole reports whether a copy has the content that the database says: disks forget, too.
func whole(path string, s models.StoredFile) bool {
	copied, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = copied.Close() }()
	h := sha256.New()
	n, err := io.Copy(h, copied)
	return err == nil && n == s.Size && hex.EncodeToString(h.Sum(nil)) == s.SHA256
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

// Import puts every file back from dir, under its key, that the store lacks or has with
// another content. A store gives it a version id of its own, which the database takes
// over; what was locked is locked again. It may be ended and begun again at any time.
func (f Files) Import(ctx context.Context, dir string) (Report, error) {
	return f.each(ctx, func(ctx context.Context, p *pass, s models.StoredFile) (done, error) {
		found, err := p.check(ctx, s)
		if err != nil || found.problem == "" {
			return done{}, err
		}
		d, err := p.putBack(ctx, s, dir)
		if d.problem != "" {
			d.problem = found.problem + "；" + d.problem
		}
		return d, err
	})
}

func (p *pass) putBack(ctx context.Context, s models.StoredFile, dir string) (done, error) {
	copied, err := os.Open(pathOf(dir, s))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return done{problem: absent}, nil
	case err != nil:
		return done{}, unusable(err, dir)
	}
	defer func() { _ = copied.Close() }()
	if !whole(pathOf(dir, s), s) {
		return done{problem: damaged}, nil
	}
	// Each step is tried again by itself: another version for each attempt would stay.
	var o evidence.Object
	for _, what := range []step{
		func(ctx context.Context, moved io.Writer) (err error) {
			if _, err = copied.Seek(0, io.SeekStart); err == nil {
				o, err = p.Evidence.PutWatched(ctx, s.ObjectKey, s.Type, copied, s.Size, moved)
			}
			return unusable(err, dir)
		},
		func(ctx context.Context, _ io.Writer) error { return p.relock(ctx, s, o.VersionID) },
		func(ctx context.Context, _ io.Writer) error { return p.Store.MoveStored(ctx, s, o.VersionID) },
	} {
		if err := p.again(ctx, what); err != nil {
			return done{}, err
		}
	}
	return done{copied: true, bytes: s.Size}, nil
}

// relock locks a version as the one was that it stands for.
func (f Files) relock(ctx context.Context, s models.StoredFile, versionID string) error {
	locked, err := f.Store.StoredLock(ctx, s)
	if err != nil || locked == nil {
		return err
	}
	until := locked.AddDate(models.RetentionYears, 0, 0)
	if !until.After(f.Store.Now()) {
		return nil
	}
	return f.Evidence.Lock(ctx, s.ObjectKey, versionID, until)
}
