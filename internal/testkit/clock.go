// Package testkit builds what tests need: a clock that stands still, databases of their
// own, and a small city with schools, people and cases.
package testkit

import (
	"sync"
	"time"
)

// Clock stands still until it is moved, or follows another one. It is safe for
// concurrent use.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	follow func() time.Time
}

// NewClock stands at the first Monday of September 2026, 09:00 in China.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 9, 7, 1, 0, 0, 0, time.UTC)}
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.follow != nil {
		return c.follow()
	}
	return c.now
}

// Follow makes the clock tell another one's time from now on, such as a test engine's
// that skips time.
func (c *Clock) Follow(other func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follow = other
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set moves the clock to a time.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
