package api

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// The rhythm of the live updates. A change reaches every browser within two polls and
// what the database takes.
const (
	pollEvery    = 300 * time.Millisecond
	checkEvery   = 2 * time.Second  // that the sessions of listeners live
	refreshEvery = 30 * time.Second // what listeners with single cases may see
	beatEvery    = 15 * time.Second // proxies close what is silent for long
)

const (
	// hubKeeps is how many of the newest rows are served from memory.
	hubKeeps = 2048
	// hubPage is how many rows are read at once.
	hubPage = 500
	// hubTimeout bounds each question to the database.
	hubTimeout = 5 * time.Second
	// maxListeners is how many streams one session may hold open, maxOfUser all sessions of
	// one user together.
	maxListeners = 16
	maxOfUser    = 64
)

// ticker ticks every d until it is stopped.
type ticker func(d time.Duration) (ticks <-chan time.Time, stop func())

func realTicker(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// hub follows the feed for everybody who listens through this process, with one poll for
// all of them. It keeps the newest rows once; a listener has a position and no buffer, so
// a slow one costs nothing and reads from the database what the hub no longer has. It
// works while somebody listens.
type hub struct {
	store  *models.Store
	log    *slog.Logger
	idle   time.Duration
	ticker ticker

	mu        sync.Mutex
	listeners map[*listener]struct{}
	stop      context.CancelFunc // ends run, while somebody listens
	rests     chan struct{}      // closed when run has ended
	rows      []models.FeedRow   // the newest, without holes, ending at pos; never changed in place
	pos       int64
	grown     chan struct{} // closed when there are more rows
}

// listener is one open stream.
type listener struct {
	user      string
	tokenHash string
	grants    []models.Grant
	ended     chan struct{} // closed when its session may not go on
	changed   bool          // the session lives, but with other roles; set before ended is closed
}

func newHub(store *models.Store, log *slog.Logger, c Config) *hub {
	return &hub{store: store, log: log, idle: c.SessionIdle, ticker: c.ticker, listeners: map[*listener]struct{}{}}
}

// join adds a listener and returns the position from which it hears.
func (h *hub) join(ctx context.Context, a *access) (*listener, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ofSession, ofUser := 0, 0
	for l := range h.listeners {
		if l.tokenHash == a.tokenHash {
			ofSession++
		}
		if l.user == a.user.ID {
			ofUser++
		}
	}
	if ofSession >= maxListeners || ofUser >= maxOfUser {
		return nil, 0, apperr.New(codeStreams, "打开的页面太多，新页面不能实时更新。请关闭不用的页面后刷新。")
	}
	if len(h.listeners) == 0 {
		if err := h.start(ctx); err != nil {
			return nil, 0, err
		}
	}
	l := &listener{user: a.user.ID, tokenHash: a.tokenHash, grants: a.grants, ended: make(chan struct{})}
	h.listeners[l] = struct{}{}
	return l, h.pos, nil
}

// leave removes a listener. Without any the hub rests; the last one waits until it does.
func (h *hub) leave(l *listener) {
	h.mu.Lock()
	delete(h.listeners, l)
	last, rests := len(h.listeners) == 0, h.rests
	if last {
		h.stop()
	}
	h.mu.Unlock()
	if last {
		<-rests
	}
}

// start begins to follow at the newest position. What waits to be numbered is no news to
// those who come now.
func (h *hub) start(ctx context.Context) error { //nolint:contextcheck // run outlives the request that starts it
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	if err := h.store.NumberFeed(ctx); err != nil {
		return err
	}
	pos, err := h.store.FeedHead(ctx)
	if err != nil {
		return err
	}
	h.rows, h.pos, h.grown = nil, pos, make(chan struct{})
	life, stop := context.WithCancel(context.Background())
	rests := make(chan struct{})
	h.stop, h.rests = stop, rests
	poll, stopPoll := h.ticker(pollEvery)
	check, stopCheck := h.ticker(checkEvery)
	go func() {
		defer close(rests)
		defer stopPoll()
		defer stopCheck()
		h.run(life, pos, poll, check)
	}()
	return nil
}

func (h *hub) run(ctx context.Context, pos int64, poll, check <-chan time.Time) {
	failing := false
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-poll:
			pos, err = h.poll(ctx, pos)
		case <-check:
			err = h.check(ctx)
		}
		if err != nil && !failing && ctx.Err() == nil {
			h.log.WarnContext(ctx, "live updates are interrupted", "error", err)
		}
		failing = err != nil
	}
}

// poll reads what is new after pos and returns the position it got to.
func (h *hub) poll(ctx context.Context, pos int64) (int64, error) {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), hubTimeout)
	defer cancel()
	if err := h.store.NumberFeed(asking); err != nil {
		return pos, err
	}
	for {
		rows, err := h.store.Feed(asking, pos, hubPage)
		if errors.Is(err, models.ErrFeedGap) { // go on at the end; the listeners will find the gap, too
			head, err := h.store.FeedHead(asking)
			if err == nil {
				pos = head
				h.publish(ctx, nil, pos)
			}
			return pos, err
		}
		if err != nil || len(rows) == 0 {
			return pos, err
		}
		pos = *rows[len(rows)-1].Pos
		h.publish(ctx, rows, pos)
		if len(rows) < hubPage {
			return pos, nil
		}
	}
}

// publish adds rows that end at pos; none mean that what was before is not continued.
func (h *hub) publish(ctx context.Context, rows []models.FeedRow, pos int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return // the hub rests, or follows anew
	}
	if len(rows) == 0 {
		h.rows = nil
	}
	h.rows = append(h.rows, rows...)
	if len(h.rows) > 2*hubKeeps {
		h.rows = slices.Clone(h.rows[len(h.rows)-hubKeeps:])
	}
	h.pos = pos
	close(h.grown)
	h.grown = make(chan struct{})
}

// since returns some rows after pos, and what is closed when there are more than these.
func (h *hub) since(ctx context.Context, pos int64) ([]models.FeedRow, <-chan struct{}, error) {
	h.mu.Lock()
	rows, grown, last := h.rows, h.grown, h.pos
	h.mu.Unlock()
	first := last - int64(len(rows)) // the position before the rows
	if first <= pos && pos <= last {
		rows = rows[pos-first:]
		return rows[:min(len(rows), hubPage)], grown, nil
	}
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	rows, err := h.store.Feed(ctx, pos, hubPage)
	return rows, grown, err
}

// check ends the streams whose sessions were ended, ran out, or have other roles now.
func (h *hub) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hubTimeout)
	defer cancel()
	h.mu.Lock()
	asked := map[string]bool{}
	for l := range h.listeners {
		asked[l.tokenHash] = true
	}
	h.mu.Unlock()
	alive, err := h.store.LiveSessions(ctx, slices.Collect(maps.Keys(asked)), h.idle)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if !asked[l.tokenHash] {
			continue // came while we asked
		}
		grants, ok := alive[l.tokenHash]
		if same := slices.EqualFunc(grants, l.grants, sameGrant); !ok || !same {
			l.end(ok)
		}
	}
	return nil
}

func sameGrant(a, b models.Grant) bool { return a.Role == b.Role && a.OrgID == b.OrgID }

func (l *listener) end(changed bool) {
	select {
	case <-l.ended:
	default:
		l.changed = changed
		close(l.ended)
	}
}
