package app_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/config"
)

// A service that goes on answers an operator at an address of its own until it ends.
func TestOpenService_serves_the_private_address(t *testing.T) {
	t.Parallel()
	out, in := io.Pipe()
	lines := bufio.NewScanner(out)
	cfg := config.Defaults()
	cfg.Admin.Addr = "127.0.0.1:0"
	opened := make(chan *app.App, 1)
	go func() {
		a, err := app.OpenService(t.Context(), cfg, slog.New(slog.NewJSONHandler(in, nil)), "worker", "v1")
		if err != nil {
			t.Error(err)
		}
		opened <- a
	}()
	require.True(t, lines.Scan())
	var said struct {
		Address string `json:"address"`
	}
	require.NoError(t, json.Unmarshal(lines.Bytes(), &said))
	a := <-opened
	text := page(t, "http://"+said.Address+"/metrics")
	require.Contains(t, text, `zhengxiao_build_info{process="worker",version="v1"} 1`)
	require.Equal(t, "ok\n", page(t, "http://"+said.Address+"/healthz"))
	a.Close()
	_, err := new(net.Dialer).DialContext(t.Context(), "tcp", said.Address)
	require.Error(t, err)
}

func TestOpenService_names_the_setting_of_a_taken_address(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	cfg := config.Defaults()
	cfg.Admin.Addr = l.Addr().String()
	_, err = app.OpenService(t.Context(), cfg, slog.New(slog.DiscardHandler), "api", "v1")
	require.True(t, apperr.Is(err, app.PortInUse))
	require.Contains(t, apperr.MessageOf(err), "ZX_ADMIN_ADDR")
}

func page(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	return string(body)
}
