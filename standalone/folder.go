package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"zhengxiao/internal/apperr"
)

// What a data folder holds.
const (
	lockFile   = "lock"
	keysFile   = "keys.json"
	appFile    = "app.db"
	engineDir  = "engine"
	objectsDir = "objects"
)

// The ways a data folder cannot be used, besides corrupt_data and disk_full.
const (
	CodeFolderInUse    apperr.Code = "data_in_use"   // another process has it open
	CodeFolderUnusable apperr.Code = "data_unusable" // not a folder, read-only or not ours
	CodeFolderEmpty    apperr.Code = "data_empty"    // a command that only reads found nothing
)

// folder is a data folder that belongs to this process until it is closed.
type folder struct {
	dir  string
	lock *os.File
	keys keys
}

// openFolder takes the folder, making it and its keys when it is new. The path becomes
// absolute: the object store changes the working directory.
func openFolder(dir string) (*folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, explain(err, dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(err, dir)
	}
	f := &folder{dir: dir}
	if f.lock, err = lock(f.path(lockFile)); err != nil {
		return nil, explain(err, dir)
	}
	if f.keys, err = f.loadKeys(); err != nil {
		f.close()
		return nil, explain(err, dir)
	}
	return f, nil
}

// openExisting takes a folder that an earlier start has made.
func openExisting(dir string) (*folder, error) {
	if _, err := os.Stat(filepath.Join(dir, appFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, apperr.Newf(CodeFolderEmpty, "文件夹 %s 中还没有数据。请用 --data 指明数据文件夹，或先启动一次系统。", dir)
	}
	return openFolder(dir)
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// close lets other processes in.
func (f *folder) close() { _ = f.lock.Close() }

// lock takes an advisory lock that the kernel releases with the process, however it
// ends. The file holds the process id for whoever is refused.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(path)
		_ = file.Close()
		return nil, apperr.Newf(CodeFolderInUse, "数据文件夹 %s 正被另一个进程（进程号 %s）使用。请先停止它，或用 --data 换一个文件夹。",
			filepath.Dir(path), strings.TrimSpace(string(holder)))
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	// Only for the message above; a full disk is found when something matters.
	if file.Truncate(0) == nil {
		_, _ = file.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	}
	return file, nil
}
