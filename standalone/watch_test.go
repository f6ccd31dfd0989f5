package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Asked to, the edition tells at an address of its own what the production programs tell.
func TestRun_can_be_watched(t *testing.T) { //nolint:paralleltest // one object store in a process
	s := start(t, t.TempDir(), "--admin", "127.0.0.1:0")
	defer s.end()
	ask := func(url string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	metrics := s.find(`指标：(http://127\.0\.0\.1:\d+/metrics)`)
	token, _ := s.login("wrong")
	require.Empty(t, token)
	for _, told := range []string{
		`zhengxiao_build_info{process="standalone"`, `route="/api/v1/sessions"`, "zhengxiao_vitals_up 1\n",
		"go_sql_open_connections", "temporal_request_total", "temporal_worker_task_slots_available",
	} {
		require.Eventually(t, func() bool { // the worker begins when everything else is ready
			code, text := ask(metrics)
			return code == http.StatusOK && strings.Contains(text, told)
		}, time.Minute, 50*time.Millisecond, told)
	}
	_, page := ask(s.url + "/metrics")
	require.NotContains(t, page, "zhengxiao_", "users do not get there")
}

func TestWhoReachesAnAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:9090": true, "127.8.0.1:1": true, "[::1]:9090": true, "[::ffff:127.0.0.1]:9090": true,
		"0.0.0.0:9090": false, "[::]:9090": false, "192.168.1.2:9090": false, "": false,
	} {
		require.Equal(t, want, loopback(addr), addr)
	}
}
