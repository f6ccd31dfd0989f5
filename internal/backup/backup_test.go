package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/backup"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// server is a MinIO; `make check` builds one and refuses a skip.
func server(t *testing.T) evidencetest.Server {
	t.Helper()
	if evidencetest.MinIOBinary() == "" {
		t.Skip("ZX_TEST_MINIO names no server")
	}
	m := &evidencetest.MinIO{Binary: evidencetest.MinIOBinary(), Dir: filepath.Join(t.TempDir(), "minio"), Addr: evidencetest.FreeAddr(t)}
	m.Start(t)
	return m.Server()
}

// shelf is a database with some files in a bucket.
type shelf struct {
	backup.Files

	t      *testing.T
	bucket string
	texts  map[string]string // content by file id
}

func newShelf(t *testing.T, s evidencetest.Server) *shelf {
	t.Helper()
	db := &shelf{t: t, texts: map[string]string{}, Files: backup.Files{Store: models.New(testkit.SQLite(t), time.Now, testkit.Keyring(t))}}
	db.open(s)
	return db
}

// open makes the shelf stand on a new bucket.
func (s *shelf) open(server evidencetest.Server) {
	s.t.Helper()
	s.bucket = "backup-" + uuid.NewString()
	var err error
	s.Evidence, err = evidence.Open(s.t.Context(), server.Config(s.bucket))
	require.NoError(s.t, err)
}

// put stores a file and has the database name it; the content that is put is other than
// text when that is given.
func (s *shelf) put(id, text string, change func(*models.FileVersion)) {
	s.t.Helper()
	o, err := s.Evidence.Put(s.t.Context(), "cases/"+id, "text/plain", evidencetest.Reader(text), -1)
	require.NoError(s.t, err)
	v := models.FileVersion{
		FileID: id, N: 1, ObjectKey: o.Key, VersionID: o.VersionID, Name: id + ".txt", Type: "text/plain", Size: o.Size, SHA256: o.SHA256,
		State: models.FileChecked, GrantedAt: time.Now(),
	}
	if change != nil {
		change(&v)
	}
	require.NoError(s.t, s.Store.DB(s.t.Context()).Create(&v).Error)
	s.texts[id] = text
}

func (s *shelf) version(id string) *models.FileVersion {
	s.t.Helper()
	v, err := s.Store.FileVersion(s.t.Context(), id, 1)
	require.NoError(s.t, err)
	return v
}

func (s *shelf) copies(dir string) []string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(s.t, err)
	return paths
}

func TestMinIO_is_restored_from_a_copy(t *testing.T) {
	t.Parallel()
	minio := server(t)
	s := newShelf(t, minio)
	locked := time.Now()
	s.put("a", "第一稿", nil)
	s.put("b", "锁定的材料", func(v *models.FileVersion) { v.State, v.LockedAt = models.FileLocked, &locked })
	s.put("same", "第一稿", nil)
	s.put("large", strings.Repeat("0123456789", 2<<20), nil)
	s.put("rejected", "病毒", func(v *models.FileVersion) { v.State = models.FileRejected })
	s.put("granted", "没有传完", func(v *models.FileVersion) { v.State, v.VersionID = models.FileGranted, "" })
	link := *s.version("b")
	link.FileID, link.LinkedFileID, link.LinkedN = "link", "b", 1
	require.NoError(t, s.Store.DB(t.Context()).Create(&link).Error)
	_, err := s.Evidence.Put(t.Context(), "cases/a", "text/plain", evidencetest.Reader("后来的上传"), -1)
	require.NoError(t, err)

	dir := filepath.Join(t.TempDir(), "copies")
	r, err := s.Export(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, backup.Report{Files: 4, Copied: r.Copied, Bytes: r.Bytes, Faults: []backup.Fault{}}, r)
	require.Len(t, s.copies(dir), 3, "the same content is kept once; what is not in use, never")
	r, err = s.Export(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, backup.Report{Files: 4, Faults: []backup.Fault{}}, r, "the second time nothing is new")

	before := s.version("a").VersionID
	s.open(minio) // the old one is gone
	r, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.Len(t, r.Faults, 4)
	r, err = s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, backup.Report{Files: 4, Copied: 4, Bytes: r.Bytes, Faults: []backup.Fault{}}, r)
	require.NotEqual(t, before, s.version("a").VersionID)
	for _, id := range []string{"a", "b", "same", "large", "link"} {
		v := s.version(id)
		require.Equal(t, s.texts[strings.Replace(id, "link", "b", 1)], evidencetest.ReadAll(t, s.Evidence, v.ObjectKey, v.VersionID), id)
	}
	err = s.Evidence.Discard(t.Context(), "cases/b", s.version("link").VersionID)
	require.Equal(t, evidence.FileLocked, apperr.CodeOf(err), "locked as before: %v", err)
	r, err = s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, backup.Report{Files: 4, Faults: []backup.Fault{}}, r, "twice is once")
	r, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, r.Faults)
}

func TestMinIO_and_copies_that_are_damaged_are_named(t *testing.T) {
	t.Parallel()
	minio := server(t)
	s := newShelf(t, minio)
	s.put("a-whole", "甲", nil)
	s.put("b-changed", "乙", func(v *models.FileVersion) { v.SHA256 = evidencetest.Sum([]byte("丙")) })
	s.put("c-lost", "丁", func(v *models.FileVersion) { v.VersionID = uuid.NewString() })
	s.put("d-foreign", "戊", func(v *models.FileVersion) { v.VersionID = "01JEXAMPLEOFANOTHERSTORE" })
	dir := t.TempDir()
	for _, look := range []func() (backup.Report, error){
		func() (backup.Report, error) { return s.Verify(t.Context()) },
		func() (backup.Report, error) { return s.Export(t.Context(), dir) },
	} {
		r, err := look()
		require.NoError(t, err)
		require.Equal(t, []string{"b-changed", "c-lost", "d-foreign"}, ids(r))
		require.Contains(t, r.Faults[0].Problem, "校验值不一致")
		require.Contains(t, r.Faults[1].Problem, "没有这个版本")
	}
	require.Len(t, s.copies(dir), 1, "what is wrong is not kept, and nothing half-written")

	s.open(minio)
	require.NoError(t, os.WriteFile(s.copies(dir)[0], []byte("坏"), 0o600))
	r, err := s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, []string{"a-whole", "b-changed", "c-lost", "d-foreign"}, ids(r))
	require.Contains(t, r.Faults[0].Problem, "备份中的内容")
	require.Contains(t, r.Faults[1].Problem, "备份中没有")
	_, err = s.Evidence.Open(t.Context(), "cases/a-whole", "")
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err), "damaged copies are not put back: %v", err)
}

func ids(r backup.Report) []string {
	out := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		out[i] = f.FileID
	}
	return out
}

// Troubles that concern no single file end the work.
func TestMinIO_away_or_a_folder_that_cannot_be_used_ends_the_work(t *testing.T) {
	t.Parallel()
	s := newShelf(t, server(t))
	s.put("a", "甲", nil)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := s.Export(t.Context(), file)
	require.Equal(t, backup.CodeFolder, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), file)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Verify(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
