package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"zhengxiao/internal/apperr"
)

// explain gives a failure around the data folder a message that says what to do. Errors
// that have one pass as they are.
func explain(err error, dir string) error {
	if _, ok := errors.AsType[*apperr.Error](err); err == nil || ok {
		return err
	}
	code := sqliteCode(err)
	switch {
	case isAny(err, syscall.ENOSPC, syscall.EDQUOT) || code == sqlite3.SQLITE_FULL:
		return apperr.Wrap(err, apperr.DiskFull, fmt.Sprintf(
			"磁盘空间不足，系统没有启动。请清理 %s 所在的磁盘后重新启动。", dir))
	case code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB:
		return corrupt(err, dir)
	case isAny(err, syscall.EROFS, syscall.ENOTDIR, syscall.EISDIR, fs.ErrPermission, fs.ErrExist) ||
		slices.Contains([]int{sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}, code):
		return apperr.Wrap(err, CodeFolderUnusable, fmt.Sprintf(
			"数据文件夹 %s 无法使用：它不是文件夹、是只读的，或当前用户没有权限。请检查权限，或用 --data 换一个文件夹后重新启动。", dir))
	}
	return err
}

func corrupt(err error, dir string) error {
	return apperr.Wrap(err, apperr.Corrupt, fmt.Sprintf(
		"数据文件夹 %s 中的数据文件 %s 已损坏，系统没有启动，也没有改动任何数据。请先备份整个数据文件夹，再用最近的备份恢复后重新启动。", dir, appFile))
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// sqliteCode is SQLite's primary result code, 0 for other errors.
func sqliteCode(err error) int {
	const primary = 0xff
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & primary
	}
	return 0
}
