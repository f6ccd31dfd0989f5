package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"zhengxiao/internal/apperr"
)

// The ways an address cannot be listened on.
const (
	PortInUse  apperr.Code = "port_in_use"
	BadAddress apperr.Code = "listen_address"
)

// Listen takes the address, so that a start fails at once and in words when it cannot.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, apperr.Wrap(err, PortInUse, fmt.Sprintf(
			"监听地址 %s 已被其他程序占用。请关闭占用该端口的程序（可能是本系统的另一个实例），或换一个端口后重新启动。", addr))
	case errors.Is(err, fs.ErrPermission):
		return nil, apperr.Wrap(err, BadAddress, fmt.Sprintf(
			"没有权限监听 %s。请换用 1024 以上的端口，或由系统管理员授权后重新启动。", addr))
	default:
		return nil, apperr.Wrap(err, BadAddress, fmt.Sprintf(
			"无法监听 %s：应为本机的 地址:端口，例如 127.0.0.1:8080。请修改后重新启动。", addr))
	}
}

// Secure has a listener speak TLS only; nil leaves it as it is.
func Secure(l net.Listener, c *tls.Config) net.Listener {
	if c == nil {
		return l
	}
	return tls.NewListener(l, c)
}

// Serve answers requests until ctx is done, then lets running ones finish for at most
// grace. It owns the listener.
func Serve(ctx context.Context, s *http.Server, l net.Listener, log *slog.Logger, grace time.Duration) error {
	s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		log.WarnContext(stop, "requests were cut off at shutdown", "error", err)
		return s.Close()
	}
	return nil
}
