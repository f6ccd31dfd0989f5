package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit/sqlitedb"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// entries lists the folder, to see that nothing half-written is left.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestOpenFolder_keeps_its_keys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	f, err := openFolder(dir)
	require.NoError(t, err)
	made := f.keys
	require.NoError(t, made.check())
	f.close()

	for name, mode := range map[string]fs.FileMode{dir: 0o700, f.path(keysFile): 0o600} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
	again, err := openFolder(dir)
	require.NoError(t, err)
	defer again.close()
	require.Equal(t, made, again.keys)
}

func TestOpenFolder_admits_one_process(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := openFolder(dir)
	require.NoError(t, err)
	_, err = openFolder(dir)
	require.Equal(t, CodeFolderInUse, apperr.CodeOf(err))
	require.Contains(t, apperr.MessageOf(err), fmt.Sprintf("进程号 %d", os.Getpid()))
	first.close()
	second, err := openFolder(dir)
	require.NoError(t, err)
	second.close()
}

func TestOpenFolder_refuses_what_it_cannot_use(t *testing.T) {
	t.Parallel()
	whole, err := json.Marshal(keys{Data: "k1:short", Codec: "k1:short", S3Access: "a", S3Secret: "b"})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		file, text, link string
		code             apperr.Code
		left             []string
	}{
		"garbage instead of keys": {keysFile, "{garbage", "", apperr.Corrupt, []string{keysFile, lockFile}},
		"keys that are none":      {keysFile, string(whole), "", apperr.Corrupt, []string{keysFile, lockFile}},
		"data without keys":       {appFile, "", "", apperr.Corrupt, []string{appFile, lockFile}},
		"keys is a folder":        {keysFile + "/x", "", "", CodeFolderUnusable, []string{keysFile, lockFile}},
		"the disk is full":        {keysFile + ".new", "", "/dev/full", apperr.DiskFull, []string{lockFile}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tc.link != "" {
				require.NoError(t, os.Symlink(tc.link, filepath.Join(dir, tc.file)))
			} else {
				write(t, filepath.Join(dir, tc.file), tc.text)
			}
			_, err := openFolder(dir)
			require.Equal(t, tc.code, apperr.CodeOf(err), "%v", err)
			require.Equal(t, tc.left, entries(t, dir))
		})
	}
}

func TestOpenFolder_refuses_a_file(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	write(t, path, "")
	_, err := openFolder(path)
	require.Equal(t, CodeFolderUnusable, apperr.CodeOf(err), "%v", err)
}

func TestOpenFolder_refuses_a_folder_it_may_not_write(t *testing.T) { //nolint:paralleltest // it changes its thread's rights
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o500))
	asNobody(t)
	_, err := openFolder(dir)
	require.Equal(t, CodeFolderUnusable, apperr.CodeOf(err), "%v", err)
}

// asNobody takes root's power over files from this goroutine, and has the thread end with
// the test. Who is not root has none to begin with.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	t.Cleanup(func() { setFSUID(t, 0) })
	setFSUID(t, nobody)
}

func setFSUID(t *testing.T, uid int) {
	t.Helper()
	_, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
	require.Zero(t, errno)
}

func TestOpenExisting_makes_nothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "absent")
	_, err := openExisting(dir)
	require.Equal(t, CodeFolderEmpty, apperr.CodeOf(err))
	require.NoFileExists(t, dir)
}

func TestOpenStore_refuses_a_damaged_database(t *testing.T) {
	t.Parallel()
	f, err := openFolder(t.TempDir())
	require.NoError(t, err)
	defer f.close()
	store, done, err := f.openStore(t.Context(), clock)
	require.NoError(t, err)
	require.NoError(t, store.Ping(t.Context()))
	done()

	whole, err := os.ReadFile(f.path(appFile))
	require.NoError(t, err)
	torn := append([]byte(nil), whole...)
	for i := 8192; i < 16384; i++ {
		torn[i] = 0xa5
	}
	for name, content := range map[string]string{"garbage": "this is no database, whatever its name says", "torn pages": string(torn)} {
		write(t, f.path(appFile), content)
		_, _, err := f.openStore(t.Context(), clock)
		require.Equal(t, apperr.Corrupt, apperr.CodeOf(err), "%s: %v", name, err)
		left, err := os.ReadFile(f.path(appFile))
		require.NoError(t, err)
		require.Equal(t, content, string(left), name)
	}
}

func TestExplain_names_what_is_wrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		code apperr.Code
	}{
		"read-only file system": {&fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, CodeFolderUnusable},
		"no space":              {fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), apperr.DiskFull},
		"over quota":            {&fs.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}, apperr.DiskFull},
		"SQLite is full":        {fullDatabase(t), apperr.DiskFull},
		"explained already":     {apperr.New(apperr.Conflict, "…"), apperr.Conflict},
		"anything else":         {syscall.EIO, apperr.Internal},
	} {
		require.Equal(t, tc.code, apperr.CodeOf(explain(tc.err, "d")), name)
	}
	require.NoError(t, explain(nil, "d"))
}

// fullDatabase is SQLite's own error for a file that may not grow.
func fullDatabase(t *testing.T) error {
	t.Helper()
	db, err := sqlitedb.Open(filepath.Join(t.TempDir(), "full.db"))
	require.NoError(t, err)
	pool, err := db.DB()
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(1)
	require.NoError(t, db.Exec("PRAGMA max_page_count = 2").Error)
	require.NoError(t, db.Exec("CREATE TABLE t (x BLOB)").Error)
	err = db.Exec("INSERT INTO t VALUES (zeroblob(1 << 20))").Error
	require.Error(t, err)
	return err
}
