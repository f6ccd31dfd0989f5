package api

import (
	"sync"
	"time"
)

// cache keeps answers for a while, by a key that holds everything they depend on. Callers
// that miss at the same time each work for themselves.
type cache[T any] struct {
	life time.Duration
	most int

	mu    sync.Mutex
	known map[string]cached[T]
}

type cached[T any] struct {
	value T
	until time.Time
}

func newCache[T any](life time.Duration, most int) *cache[T] {
	return &cache[T]{life: life, most: most, known: map[string]cached[T]{}}
}

// get returns the answer for key, made at most life ago. A failure is not kept.
func (c *cache[T]) get(key string, now time.Time, work func() (T, error)) (T, error) {
	c.mu.Lock()
	e, ok := c.known[key]
	c.mu.Unlock()
	if ok && now.Before(e.until) {
		return e.value, nil
	}
	v, err := work()
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= c.most {
		clear(c.known)
	}
	c.known[key] = cached[T]{v, now.Add(c.life)}
	return v, nil
}

// forget has every answer made anew.
func (c *cache[T]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
}
