package demo

import (
	"sync/atomic"
	"time"
)

// clock runs with the real one, some time behind it.
type clock struct {
	real   func() time.Time
	behind atomic.Int64
}

// Now is the demo's time.
func (c *clock) Now() time.Time { return c.real().Add(-time.Duration(c.behind.Load())) }

func (c *clock) set(behind time.Duration) { c.behind.Store(int64(behind)) }
