// Package throttle counts what one account or one address asks for, in this process.
package throttle

import (
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// kept bounds how many keys one Buckets remembers; the longest unused go first.
const kept = 50_000

// Rate lets Burst through at once and one more every Every.
type Rate struct {
	Every time.Duration
	Burst int
}

// Buckets are token buckets of one rate by key. They are safe for concurrent use.
type Buckets struct {
	rate Rate

	mu  sync.Mutex
	all *lru.Cache[string, *rate.Limiter]
}

// New returns buckets that are all full. A rate without burst lets everything through.
func New(r Rate) *Buckets {
	all, _ := lru.New[string, *rate.Limiter](kept) // fails for sizes below one only
	return &Buckets{rate: r, all: all}
}

// Take takes a token, or says after how long there is one.
func (b *Buckets) Take(key string, now time.Time) (wait time.Duration, ok bool) {
	return b.ask(key, now, true)
}

// Peek is Take that takes nothing.
func (b *Buckets) Peek(key string, now time.Time) (wait time.Duration, ok bool) {
	return b.ask(key, now, false)
}

func (b *Buckets) ask(key string, now time.Time, take bool) (time.Duration, bool) {
	if b.rate.Burst <= 0 {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.all.Get(key)
	if !ok {
		l = rate.NewLimiter(rate.Every(b.rate.Every), b.rate.Burst)
		b.all.Add(key, l)
	}
	if tokens := l.TokensAt(now); tokens < 1 {
		return time.Duration((1 - tokens) * float64(b.rate.Every)), false
	}
	if take {
		l.AllowN(now, 1)
	}
	return 0, true
}

// Address is the key of a client's address: of IPv6 the network, which is one client's.
func Address(ip string) string {
	const network = 64
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(network)
	if err != nil {
		return ip
	}
	return p.String()
}

// Slots bound how much of something is done at a time, by key and in all.
type Slots struct {
	each, all int

	mu    sync.Mutex
	inUse map[string]int
	total int
}

// NewSlots returns free slots. Bounds of zero let everything through.
func NewSlots(each, all int) *Slots { return &Slots{each: each, all: all, inUse: map[string]int{}} }

// Take takes a slot, which free gives back.
func (s *Slots) Take(key string) (free func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all > 0 && (s.total >= s.all || s.inUse[key] >= s.each) {
		return nil, false
	}
	s.total++
	s.inUse[key]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.total--
		if s.inUse[key]--; s.inUse[key] == 0 {
			delete(s.inUse, key)
		}
	}), true
}
