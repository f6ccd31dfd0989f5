package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"zhengxiao/internal/notify"
	"zhengxiao/models"
)

const (
	// notifyPoll is how soon is looked again for messages to send.
	notifyPoll = time.Second
	// notifyAtOnce is how many channels a worker serves at a time, notifyEach how many
	// messages of one before the others have their turn again.
	notifyAtOnce, notifyEach = 8, 5
	// notifyNew and notifySlow are how many of them may be channels that are not known to
	// take messages quickly, and that are known not to: the rest is kept free of those.
	notifyNew, notifySlow = 6, 3
	// notifyTardy is how long a quick channel takes for a message at most.
	notifyTardy = 2 * time.Second
	// notifyHold is how long a worker may keep the message that it has claimed.
	notifyHold = notify.Within + 30*time.Second
	// notifyKnown bounds of how many channels is remembered how they did.
	notifyKnown = 10_000
)

// pace is how a channel took the last message that it was sent.
type pace int

const (
	unproved pace = iota
	quick
	slow
)

// couriers serve channels, each its own at a time. One that hangs keeps others waiting only
// when they hang, too.
type couriers struct {
	d    Deps
	all  sync.WaitGroup
	more chan struct{} // somebody has come back from a channel that may have more

	mu    sync.Mutex
	paces map[string]pace
	out   map[string]pace // who is served now, as what
	slow  int             // among paces
	err   error
}

func newCouriers(d Deps) *couriers {
	return &couriers{d: d, more: make(chan struct{}, 1), paces: map[string]pace{}, out: map[string]pace{}}
}

// DeliverNotices sends to channels what is due, until ctx is done.
func DeliverNotices(ctx context.Context, d Deps) {
	if d.Sender == nil {
		return
	}
	c := newCouriers(d)
	defer c.all.Wait()
	for ctx.Err() == nil {
		if err := errors.Join(c.round(ctx), c.failed()); err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "send notices", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-c.more:
		case <-time.After(notifyPoll):
		}
	}
}

// round sends a courier to every channel that has something due, is not served yet and
// whose kind has a courier left.
func (c *couriers) round(ctx context.Context) error {
	c.mu.Lock()
	limit := 4*notifyAtOnce + len(c.out) + c.slow
	c.mu.Unlock()
	channels, err := c.d.Store.DueChannels(ctx, limit)
	for _, id := range channels {
		if c.leave(id) {
			c.all.Go(func() { c.serve(ctx, id) })
		}
	}
	return err
}

// leave takes a courier for a channel, if one may go there.
func (c *couriers) leave(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.paces[id]
	most := [...]int{unproved: notifyNew, quick: notifyAtOnce, slow: notifySlow}[p]
	if _, served := c.out[id]; served || len(c.out) == notifyAtOnce || p != quick && c.away(p) >= most {
		return false
	}
	c.out[id] = p
	return true
}

// away is how many couriers are with channels that are no quicker than that.
func (c *couriers) away(p pace) (n int) {
	for _, other := range c.out {
		if other == slow || other == p {
			n++
		}
	}
	return n
}

// serve sends some messages of one channel, and no more once it is slow.
func (c *couriers) serve(ctx context.Context, id string) {
	n, err := 0, error(nil)
	p := unproved
	for n < notifyEach && p != slow && err == nil && ctx.Err() == nil {
		var posts []models.Post
		if posts, err = c.d.Store.ClaimPosts(ctx, id, 1, notifyHold); err != nil || len(posts) == 0 {
			break
		}
		began := time.Now()
		if err = sendPost(ctx, c.d, posts[0]); err == nil {
			n++
		}
		if p = quick; time.Since(began) > notifyTardy {
			p = slow
		}
	}
	c.back(id, p, n, err)
}

func (c *couriers) back(id string, p pace, n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.out, id)
	c.err = errors.Join(c.err, err)
	if p != unproved {
		c.remember(id, p)
	}
	if n > 0 {
		select {
		case c.more <- struct{}{}:
		default:
		}
	}
}

func (c *couriers) remember(id string, p pace) {
	if len(c.paces) >= notifyKnown {
		c.paces, c.slow = map[string]pace{}, 0
	}
	if c.paces[id] == slow {
		c.slow--
	}
	if p == slow {
		c.slow++
	}
	c.paces[id] = p
}

// failed is what went wrong since it was asked last.
func (c *couriers) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.err
	c.err = nil
	return err
}
