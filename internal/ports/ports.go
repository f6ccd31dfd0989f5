// Package ports finds ports that servers may listen on: those of tests and, as it has to
// find them for the servers that it embeds, those of the trial edition.
package ports

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
)

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

// Free returns an address of host with a port below 32768 that nobody listens on, another
// one each time.
func Free(ctx context.Context, host string) (string, error) {
	for range span {
		port := lowest + int((begins+tried.Add(1))%span)
		addr, err := Try(ctx, net.JoinHostPort(host, strconv.Itoa(port)))
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return addr, err
		}
	}
	return "", fmt.Errorf("every port of %s from %d to %d is taken", host, lowest, highest)
}

// Try listens for a moment and returns where.
func Try(ctx context.Context, addr string) (string, error) {
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
