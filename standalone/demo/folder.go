package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"zhengxiao/internal/apperr"
)

// marker tells a folder that a demo filled from one that somebody cares about.
const marker = ".zhengxiao-demo"

// lockFile is held by an edition that runs on the folder.
const lockFile = "lock"

// unused refuses a folder on which an earlier demo still runs.
func unused(dir string) error {
	file, err := os.Open(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open lock of demo folder: %w", err)
	}
	defer func() { _ = file.Close() }()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return apperr.Newf(apperr.Conflict, "以前的演示仍在文件夹“%s”上运行。请先停止它，或换一个文件夹。", dir).On("data")
	}
	if err != nil {
		return fmt.Errorf("lock demo folder: %w", err)
	}
	return nil
}

// emptyFolder prepares a fresh data folder. Only what an earlier demo left is removed.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("read demo folder: %w", err)
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
			return apperr.Newf(apperr.Conflict, "文件夹“%s”不是空的，也不是以前的演示数据，为免误删没有改动它。请换一个文件夹。", dir).On("data")
		}
		if err := unused(dir); err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove earlier demo: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create demo folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, marker), nil, 0o600); err != nil {
		return fmt.Errorf("mark demo folder: %w", err)
	}
	return nil
}
