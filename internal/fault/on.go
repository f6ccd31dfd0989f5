//go:build fault

package fault

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// ZX_FAULT is "point:n": kill this process without warning at the n-th passage.
var (
	armed, at, _ = strings.Cut(os.Getenv("ZX_FAULT"), ":")
	limit, _     = strconv.ParseInt(at, 10, 64)
	passed       atomic.Int64
)

// Point kills the process with SIGKILL when the armed point is passed for the n-th time.
func Point(name string) {
	if name != armed || passed.Add(1) != limit {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
