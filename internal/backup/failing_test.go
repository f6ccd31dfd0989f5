package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/evidence/evidencetest"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/backup"
	"zhengxiao/internal/cli"
	"zhengxiao/models"
)

// door stands before a MinIO and keeps requests about some keys from it. The time that is
// waited meanwhile is noted and not passed.
type door struct {
	mu     sync.Mutex
	key    string // "" lets everything through
	lasts  int    // waits until it lets everything through; 0 for ever
	answer http.HandlerFunc
	waited []time.Duration
}

// shuts returns what answers in the store's place.
func (d *door) shuts(r *http.Request) http.HandlerFunc {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.key == "" || !strings.Contains(r.Method+r.URL.Path, d.key) {
		return nil
	}
	return d.answer
}

// shut turns away what concerns key, for as many waits.
func (d *door) shut(key string, lasts int) {
	d.put(key, lasts, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
}

// put lets another one answer what concerns key, for as many waits.
func (d *door) put(key string, lasts int, answer http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.key, d.lasts, d.answer, d.waited = key, lasts, answer, nil
}

func (d *door) wait(ctx context.Context, t time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waited = append(d.waited, t); len(d.waited) == d.lasts {
		d.key = ""
	}
	return ctx.Err()
}

// newDoor is a shelf whose store is reached through a door.
func newDoor(t *testing.T) (*shelf, *door) {
	t.Helper()
	s, d := server(t), &door{}
	behind := &url.URL{Scheme: "http", Host: s.Endpoint}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.Out.Host = r.In.Host // it is signed
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := d.shuts(r); answer != nil {
			answer(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.Endpoint = strings.TrimPrefix(front.URL, "http://")
	shelf := newShelf(t, s)
	shelf.Wait = d.wait
	return shelf, d
}

func TestMinIO_that_fails_for_a_while_costs_no_file(t *testing.T) {
	t.Parallel()
	s, d := newDoor(t)
	s.put("a", "甲", nil)
	dir := t.TempDir()
	for name, run := range map[string]func() (backup.Report, error){
		"verify": func() (backup.Report, error) { return s.Verify(t.Context()) },
		"export": func() (backup.Report, error) { return s.Export(t.Context(), filepath.Join(dir, "one")) },
	} {
		d.shut("cases/", 5)
		r, err := run()
		require.NoError(t, err, name)
		require.Equal(t, backup.Report{Files: 1, Copied: r.Copied, Bytes: 3, Faults: []backup.Fault{}}, r, name)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}, d.waited, name)
	}

	_, err := s.Export(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, s.Store.DB(t.Context()).Model(&models.FileVersion{}).Where("file_id = ?", "a").Update("version_id", "01JLOST").Error)
	d.shut("cases/", 3)
	r, err := s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, backup.Report{Files: 1, Copied: 1, Bytes: 3, Faults: []backup.Fault{}}, r)
	require.Len(t, d.waited, 3, "no answer was taken for a lost file")
	r, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, r.Faults)
}

func TestMinIO_file_that_keeps_failing_is_a_finding_and_the_others_go_on(t *testing.T) {
	t.Parallel()
	s, d := newDoor(t)
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		s.put(id, "content of "+id, nil)
	}
	dir := t.TempDir()
	var log bytes.Buffer
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	for _, run := range []func() (backup.Report, error){
		func() (backup.Report, error) { return s.Verify(t.Context()) },
		func() (backup.Report, error) { return s.Export(t.Context(), dir) },
		func() (backup.Report, error) { return s.Import(t.Context(), dir) },
	} {
		log.Reset()
		d.shut("cases/b", 0)
		r, err := run()
		require.NoError(t, err)
		require.Equal(t, 8, r.Files)
		require.Equal(t, []string{"b"}, ids(r))
		require.Regexp(t, "^尝试 6 次仍未成功，没有结论：文件存储[^A-Za-z]+$", r.Faults[0].Problem)
		require.Contains(t, log.String(), "400 Bad Request", "the cause is for the log")
		require.Len(t, d.waited, 5)
	}
	require.Len(t, s.copies(dir), 7)

	run := func(args ...string) (code int, out, errs string) {
		var o, e bytes.Buffer
		open := func(context.Context) (backup.Files, func(), error) { return s.Files, func() {}, nil }
		code = cli.Main(t.Context(), cli.Files(open), args, &o, &e)
		return code, o.String(), e.String()
	}
	code, out, errs := run("verify")
	require.Equal(t, cli.Findings, code, errs)
	require.Contains(t, out, "文件 b 第 1 版（cases/b）：尝试 6 次仍未成功")
	require.Contains(t, out, "登记的文件 8 个：")
	code, out, _ = run("export", dir, "--json")
	require.Equal(t, cli.Findings, code)
	var r backup.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, []string{"b"}, ids(r))
}

// A store that is away is not waited for at every one of a million files.
func TestMinIO_that_stays_away_ends_the_work_with_a_report(t *testing.T) {
	t.Parallel()
	s, d := newDoor(t)
	s.put("0", "甲", nil)
	v := *s.version("0")
	require.NoError(t, s.Store.DB(t.Context()).Delete(&v).Error) // whenever it were read, it would break the row of failures
	for i := range 150 {
		v.FileID = fmt.Sprintf("1%03d", i)
		v.ObjectKey = "cases/" + v.FileID
		require.NoError(t, s.Store.DB(t.Context()).Create(&v).Error)
	}
	d.shut("cases/1", 0)
	var out, errs bytes.Buffer
	open := func(context.Context) (backup.Files, func(), error) { return s.Files, func() {}, nil }
	code := cli.Main(t.Context(), cli.Files(open), []string{"verify"}, &out, &errs)
	require.Equal(t, cli.Failure, code)
	require.Contains(t, errs.String(), "连续 100 个文件都无法读写")
	require.GreaterOrEqual(t, strings.Count(out.String(), "没有结论"), 100, "what was found is told")
	require.Contains(t, out.String(), "登记的文件 1")
	require.Less(t, len(d.waited), 50)
	errs.Reset()
	code = cli.Main(t.Context(), cli.Files(open), []string{"verify"}, full{}, &errs)
	require.Equal(t, cli.Failure, code)
	require.Contains(t, errs.String(), "连续 100 个文件都无法读写", "nowhere to print to is the lesser trouble")
	_, err := s.Verify(t.Context())
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
}

// full is a place to print to without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// halfway begins to answer, or to listen, and goes no further.
func halfway(t *testing.T) http.HandlerFunc {
	t.Helper()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) }) // before the server, which waits for its answers
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT")
			w.Header().Set("Content-Length", "3")
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-r.Context().Done():
		case <-over:
		}
	}
}

func TestMinIO_that_stops_in_the_middle_is_not_waited_for(t *testing.T) {
	t.Parallel()
	s, d := newDoor(t)
	s.Patience = 300 * time.Millisecond
	s.put("a", "甲", nil)
	s.put("b", "乙", nil)
	dir, stops := t.TempDir(), halfway(t)
	for name, run := range map[string]func() (backup.Report, error){
		"verify": func() (backup.Report, error) { return s.Verify(t.Context()) },
		"export": func() (backup.Report, error) { return s.Export(t.Context(), dir) },
	} {
		d.put("GET/"+s.bucket+"/cases/b", 2, stops)
		r, err := run()
		require.NoError(t, err, name)
		require.Equal(t, []any{2, 0}, []any{r.Files, len(r.Faults)}, name)
		require.GreaterOrEqual(t, len(d.waited), 2, name)
	}
	require.NoError(t, s.Store.DB(t.Context()).Model(&models.FileVersion{}).Where("file_id = ?", "b").Update("version_id", "01JLOST").Error)
	d.put("PUT/"+s.bucket+"/cases/b", 2, stops)
	r, err := s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, []any{1, 0}, []any{r.Copied, len(r.Faults)})
	require.GreaterOrEqual(t, len(d.waited), 2)

	d.put("GET/"+s.bucket+"/cases/b", 0, stops)
	r, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, ids(r))
	require.Contains(t, r.Faults[0].Problem, "没有应答")
}

// What no further attempt mends ends the work under its own name.
func TestMinIO_that_refuses_for_good_ends_the_work_at_once(t *testing.T) {
	t.Parallel()
	s, d := newDoor(t)
	s.put("a", "甲", nil)
	dir := t.TempDir()
	_, err := s.Export(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, s.Store.DB(t.Context()).Model(&models.FileVersion{}).Where("file_id = ?", "a").Update("version_id", "01JLOST").Error)
	for want, c := range map[apperr.Code]struct {
		key, said string
		status    int
	}{
		evidence.AccessDenied: {"GET", "AccessDenied", http.StatusForbidden},
		evidence.ClockOff:     {"GET", "RequestTimeTooSkewed", http.StatusForbidden},
		apperr.DiskFull:       {"PUT", "XMinioStorageFull", http.StatusInsufficientStorage},
	} {
		d.put(c.key+"/"+s.bucket+"/cases/a", 0, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, "<Error><Code>"+c.said+"</Code></Error>")
		})
		_, err := s.Import(t.Context(), dir)
		require.Equal(t, want, apperr.CodeOf(err), "%v", err)
		require.Empty(t, d.waited)
	}
}

func TestMinIO_copy_of_the_right_size_but_with_another_content_is_written_again(t *testing.T) {
	t.Parallel()
	s := newShelf(t, server(t))
	s.put("a", "第一稿", nil)
	dir := t.TempDir()
	_, err := s.Export(t.Context(), dir)
	require.NoError(t, err)
	for _, wrong := range []string{"第二稿", "第", ""} {
		require.NoError(t, os.WriteFile(s.copies(dir)[0], []byte(wrong), 0o600))
		r, err := s.Export(t.Context(), dir)
		require.NoError(t, err)
		require.Equal(t, backup.Report{Files: 1, Copied: 1, Bytes: 9, Faults: []backup.Fault{}}, r)
		text, err := os.ReadFile(s.copies(dir)[0])
		require.NoError(t, err)
		require.Equal(t, "第一稿", string(text))
	}
}

func TestMinIO_version_with_another_content_is_replaced_from_the_copy(t *testing.T) {
	t.Parallel()
	s := newShelf(t, server(t))
	s.put("a", "第一稿", nil)
	s.put("without-copy", "第二稿", func(v *models.FileVersion) { v.SHA256 = evidencetest.Sum([]byte("第三稿")) })
	dir := t.TempDir()
	_, err := s.Export(t.Context(), dir)
	require.NoError(t, err)
	o, err := s.Evidence.Put(t.Context(), "cases/a", "text/plain", evidencetest.Reader("别的稿"), -1) // as if the disk had forgotten
	require.NoError(t, err)
	require.NoError(t, s.Store.DB(t.Context()).Model(&models.FileVersion{}).Where("file_id = ?", "a").Update("version_id", o.VersionID).Error)
	r, err := s.Import(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, 1, r.Copied)
	require.Equal(t, []string{"without-copy"}, ids(r))
	require.Contains(t, r.Faults[0].Problem, "校验值不一致；备份中没有")
	v := s.version("a")
	require.Equal(t, "第一稿", evidencetest.ReadAll(t, s.Evidence, v.ObjectKey, v.VersionID))
}
