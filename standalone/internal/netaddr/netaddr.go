// Package netaddr finds and checks the addresses that embedded servers listen on, before
// they start: most of them report a taken port late, or not at all.
package netaddr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/ports"
)

// PortInUse is the code of an address that another program occupies.
const PortInUse apperr.Code = "port_in_use"

// Resolve returns addr with port 0 replaced by a free one, after making sure that it can
// be listened on. purpose names the server for the user.
func Resolve(ctx context.Context, addr, purpose string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("split address: %w", err)
	}
	if port == "0" {
		return ports.Free(ctx, host)
	}
	found, err := ports.Try(ctx, addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", apperr.Wrap(err, PortInUse, fmt.Sprintf(
			"%s需要的地址 %s 已被其他程序占用。请关闭占用该端口的程序（可能是本系统的另一个实例），或换一个端口后重新启动。", purpose, addr))
	}
	return found, err
}

// Free returns a port of host below 32768 that nobody listens on, another one each time.
func Free(ctx context.Context, host string) (int, error) {
	addr, err := ports.Free(ctx, host)
	if err != nil {
		return 0, err
	}
	return Port(addr)
}

// Port returns the port of host:port.
func Port(addr string) (int, error) {
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("split address: %w", err)
	}
	return strconv.Atoi(p)
}
