package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// clock stands still at the beginning of a working day.
func clock() time.Time { return lifecycle.Start }

func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), clock, args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestRun_usage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args      []string
		code      int
		out, errs string
	}{
		"help":            {[]string{"--help"}, cli.OK, "serve", ""},
		"version":         {[]string{"version"}, cli.OK, "zhengxiao-standalone ", ""},
		"unknown command": {[]string{"api"}, cli.Usage, "", "没有“api”这个命令"},
		"unknown flag":    {[]string{"--port", "80"}, cli.Usage, "", "参数有误"},
		"no data":         {[]string{"stuck", "--data", filepath.Join(t.TempDir(), "x")}, cli.Failure, "", "data_empty"},
		"bad receiver":    {[]string{"--syslog", "logs:514", "--data", t.TempDir()}, cli.Failure, "", "--syslog"},
		"bad address":     {[]string{"--addr", "nowhere", "--data", t.TempDir()}, cli.Failure, "", "listen_address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, tc.args...)
			require.Equal(t, tc.code, code, errs)
			require.Contains(t, out, tc.out)
			require.Contains(t, errs, tc.errs)
		})
	}
}

func TestRun_refuses_a_taken_port(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	dir := t.TempDir()
	code, out, errs := call(t, "--data", dir, "--addr", l.Addr().String())
	require.Equal(t, cli.Failure, code)
	require.Empty(t, out)
	require.Contains(t, errs, "错误（port_in_use）：监听地址 "+l.Addr().String()+" 已被其他程序占用")
	require.NoFileExists(t, filepath.Join(dir, appFile))
}

func TestRun_refuses_a_damaged_engine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := openFolder(dir)
	require.NoError(t, err)
	f.close()
	damaged := filepath.Join(dir, engineDir, "temporal.db")
	write(t, damaged, strings.Repeat("this is no database, whatever its name says. ", 200))
	code, _, errs := call(t, "--data", dir, "--addr", "127.0.0.1:0")
	require.Equal(t, cli.Failure, code)
	require.Contains(t, errs, "错误（"+string(apperr.Corrupt)+"）")
	require.Contains(t, errs, damaged)
}

// An open case that the engine does not know is found, repaired, and found no more.
func TestRun_reconciles_what_is_stopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := openFolder(dir)
	require.NoError(t, err)
	store, done, err := f.openStore(t.Context(), clock)
	require.NoError(t, err)
	w := lifecycle.On(t, store.DB(t.Context()))
	c, _ := w.Open(t)
	require.NoError(t, store.MarkOpened(t.Context(), w.Cohort.ID, w.School.ID, c.ID))
	done()
	f.close()

	for _, step := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"stuck", "--format", "csv"}, cli.OK, []string{"天河区第1小学,天河区,团队组建", ",校长 head"}},
		{[]string{"reconcile"}, cli.Findings, []string{"流程缺失（missing_run）", "未修复", "不一致 1 处，未修复 1 处"}},
		{[]string{"reconcile", "--repair"}, cli.OK, []string{"已修复", "不一致 1 处，未修复 0 处"}},
		{[]string{"reconcile", "--json"}, cli.OK, []string{`"cases": 1`, `"runs": 1`}},
	} {
		code, out, errs := call(t, append(step.args, "--data", dir)...)
		require.Equal(t, step.code, code, "%v\n%s\n%s", step.args, out, errs)
		for _, want := range step.want {
			require.Contains(t, out, want, "%v", step.args)
		}
	}

	// What was seen is kept where administrators look.
	f, err = openFolder(dir)
	require.NoError(t, err)
	defer f.close()
	store, done, err = f.openStore(t.Context(), clock)
	require.NoError(t, err)
	defer done()
	runs, _, err := store.ReconcileRuns(t.Context(), models.Page{})
	require.NoError(t, err)
	left := map[int]int{}
	for _, run := range runs {
		require.Equal(t, models.ReconcileDone, run.Status)
		left[run.Found-run.Repaired]++
	}
	require.Equal(t, map[int]int{1: 1, 0: 2}, left)
}

// session is one run of the program as main starts it.
type session struct {
	t      *testing.T
	banner string
	url    string
	stop   context.CancelFunc
	ended  chan int
	errs   bytes.Buffer
	rest   *io.PipeReader
}

// start returns once the program says that it is ready.
func start(t *testing.T, dir string, more ...string) *session {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	s := &session{t: t, stop: stop, ended: make(chan int, 1), rest: out}
	go func() {
		code := run(ctx, clock, append([]string{"--data", dir, "--addr", "127.0.0.1:0"}, more...), in, &s.errs)
		_ = in.Close()
		s.ended <- code
	}()
	lines := bufio.NewReader(out)
	for !strings.Contains(s.banner, "已就绪") {
		line, err := lines.ReadString('\n')
		s.banner += line
		if err != nil {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	s.url = s.find(`地址：(\S+)`)
	return s
}

func (s *session) find(pattern string) string {
	s.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(s.banner)
	require.NotNil(s.t, m, "%s\n%s", s.banner, s.errs.String())
	return m[1]
}

func (s *session) end() {
	s.t.Helper()
	s.stop()
	require.Equal(s.t, cli.OK, <-s.ended, s.errs.String())
}

// call sends a request and returns status and body.
func (s *session) call(method, path, token, body string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out
}

// page opens the address that was announced, as a browser does.
func (s *session) page() (status int, policy string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url, http.NoBody)
	require.NoError(s.t, err)
	r.Header.Set("Accept", "text/html")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.Contains(s.t, strings.ToLower(string(body)), "<!doctype html>")
	return resp.StatusCode, resp.Header.Get("Content-Security-Policy")
}

func (s *session) login(password string) (token string, status int) {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"login": "admin", "password": password, "bearer": true})
	require.NoError(s.t, err)
	status, out := s.call(http.MethodPost, "/api/v1/sessions", "", string(body))
	token, _ = out["token"].(string)
	return token, status
}

// The real program on a fresh folder, stopped, and started again on what it left.
func TestRun_serves_and_keeps_its_data(t *testing.T) { //nolint:paralleltest // one object store in a process
	dir := filepath.Join(t.TempDir(), "data")
	const password = "Xiaoben#Yanxiu-25"
	s := start(t, dir)
	require.NotContains(t, s.banner, "指标", "nobody watches unless it is asked for")
	first := s.find(`一次性密码：(\S+)`)
	for _, path := range []string{"/healthz", "/readyz"} {
		status, body := s.call(http.MethodGet, path, "", "")
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, "ok", body["status"], "%s: %v", path, body)
	}
	status, csp := s.page()
	require.Equal(t, http.StatusOK, status)
	require.Regexp(t, `connect-src 'self' http://127\.0\.0\.1:\d+`, csp, "uploads go to the object store")
	token, status := s.login(first)
	require.Equal(t, http.StatusOK, status)
	status, body := s.call(http.MethodGet, "/api/v1/orgs", token, "")
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, string(apperr.PasswordChange), body["code"])
	change, err := json.Marshal(map[string]string{"current": first, "password": password})
	require.NoError(t, err)
	status, body = s.call(http.MethodPost, "/api/v1/me/password", token, string(change))
	require.Equal(t, http.StatusOK, status)
	token, _ = body["token"].(string)
	status, body = s.call(http.MethodGet, "/api/v1/orgs", token, "")
	require.Equal(t, []any{http.StatusForbidden, "privacy_notice"}, []any{status, body["code"]})
	_, notice := s.call(http.MethodGet, "/api/v1/privacy/notice", "", "")
	status, _ = s.call(http.MethodPost, "/api/v1/me/privacy-notice", token, `{"version":"`+notice["version"].(string)+`"}`)
	require.Equal(t, http.StatusNoContent, status)
	status, orgs := s.call(http.MethodGet, "/api/v1/orgs", token, "")
	require.Equal(t, http.StatusOK, status)
	status, run := s.call(http.MethodPost, "/api/v1/reconcile", token, `{"repair":false}`)
	require.Equal(t, http.StatusAccepted, status)
	require.Eventually(t, func() bool {
		_, run = s.call(http.MethodGet, "/api/v1/reconcile/"+run["id"].(string), token, "")
		return run["status"] != "running"
	}, time.Minute, 20*time.Millisecond)
	require.Equal(t, []any{"done", 0.0}, []any{run["status"], run["found"]}, "%v", run["message"])

	code, _, errs := call(t, "stuck", "--data", dir)
	require.Equal(t, cli.Failure, code, "the folder is in use")
	require.Contains(t, errs, string(CodeFolderInUse))
	s.end()

	again := start(t, dir)
	require.NotContains(t, again.banner, "admin（")
	_, status = again.login(first)
	require.Equal(t, http.StatusUnauthorized, status)
	token, status = again.login(password)
	require.Equal(t, http.StatusOK, status)
	_, kept := again.call(http.MethodGet, "/api/v1/orgs", token, "")
	require.Equal(t, orgs, kept)
	again.end()

	for _, args := range [][]string{{"stuck"}, {"reconcile"}} {
		code, out, errs := call(t, append(args, "--data", dir)...)
		require.Equal(t, cli.OK, code, errs)
		require.NotEmpty(t, out)
	}
	require.NoFileExists(t, filepath.Join(dir, keysFile+".new"))
	_, err = os.Stat(filepath.Join(dir, keysFile))
	require.NoError(t, err)
}
