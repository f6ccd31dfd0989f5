// Package netaddr finds and checks the addresses that embedded servers listen on, before
// they start: most of them report a taken port late, or not at all.
package netaddr

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"

	"zhengxiao/internal/apperr"
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
		return free(ctx, host)
	}
	found, err := try(ctx, addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", apperr.Wrap(err, PortInUse, fmt.Sprintf(
			"%s需要的地址 %s 已被其他程序占用。请关闭占用该端口的程序（可能是本系统的另一个实例），或换一个端口后重新启动。", purpose, addr))
	}
	return found, err
}

// Free ports are below those that systems hand out themselves (Linux from 32768 on), which
// anybody may be given between this search and the start of the server that it is for, or
// while that server starts again.
const (
	lowest, highest = 20000, 32767
	span            = highest - lowest + 1
)

// The search goes on where it ended before. Programs that search at the same time begin at
// different places, so that they do not find the same.
var (
	begins = rand.Uint32N(span) //nolint:gosec // no secret
	tried  atomic.Uint32
)

// Free returns a port of host below 32768 that nobody listens on, another one each time.
func Free(ctx context.Context, host string) (int, error) {
	addr, err := free(ctx, host)
	if err != nil {
		return 0, err
	}
	return Port(addr)
}

func free(ctx context.Context, host string) (string, error) {
	for range span {
		port := lowest + int((begins+tried.Add(1))%span)
		addr, err := try(ctx, net.JoinHostPort(host, strconv.Itoa(port)))
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return addr, err
		}
	}
	return "", fmt.Errorf("every port of %s from %d to %d is taken", host, lowest, highest)
}

// try listens for a moment and returns where.
func try(ctx context.Context, addr string) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", addr, err)
	}
	addr = l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("give %s free again: %w", addr, err)
	}
	return addr, nil
}

// Port returns the port of host:port.
func Port(addr string) (int, error) {
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("split address: %w", err)
	}
	return strconv.Atoi(p)
}
