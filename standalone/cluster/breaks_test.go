package cluster_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/standalone/aftermath"
	"zhengxiao/standalone/cluster"
	"zhengxiao/standalone/drive"
	"zhengxiao/workflows"
)

// trouble is one thing that goes wrong, and for how long.
type trouble struct {
	name  string
	begin func() error
	end   func(context.Context) error
	lasts time.Duration
}

// troubles are every part killed and every link cut or frozen, in an order of chance with a
// fixed seed, each several times.
func troubles(c *cluster.Cluster, seed uint64) []trouble {
	r := rand.New(rand.NewPCG(seed, seed))
	var all []trouble
	for _, p := range c.Parts() {
		for range 2 {
			all = append(all, trouble{"kill -9 " + p.Name(), p.Kill, p.Start, time.Duration(r.IntN(1500)) * time.Millisecond})
		}
	}
	mend := func(k *cluster.Link) func(context.Context) error {
		return func(context.Context) error { k.Mend(); return nil }
	}
	for _, k := range c.Links() {
		all = append(all,
			trouble{"cut " + k.Name, func() error { k.Cut(); return nil }, mend(k), time.Duration(200+r.IntN(2000)) * time.Millisecond},
			trouble{"freeze " + k.Name, func() error { k.Freeze(); return nil }, mend(k), time.Duration(200+r.IntN(2000)) * time.Millisecond})
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// Twenty schools go from team to registered hours, four more stay on the way, while every
// part of the cluster is killed and every link is cut. Nobody retries an acknowledged
// action. In the end no acknowledged action is lost, none doubled, every workflow stands
// where SQL says, every chain is whole, every ledger balances and every file is what it was.
// What is left is then backed up, destroyed and restored.
func TestCluster(t *testing.T) {
	c := start(t)
	confined(t, c)
	d := patient(t, c)
	schools := city(t, d, c.Founders, 44)
	finished, waiting, late, spare := schools[:20], schools[20:24], schools[24:28], schools[28:]
	play, ctx := errgroup.WithContext(t.Context())
	play.SetLimit(6)
	storm := begin(t, c, d)
	ways := []drive.Scenario{drive.Closed(), drive.ReturnedOnce(), drive.Rectified()}
	for i, school := range finished {
		play.Go(func() error { return (&drive.Run{School: school, Scenario: ways[i%len(ways)]}).Finish(ctx) })
	}
	stays := []drive.Scenario{drive.Returned(), drive.Waiting(domain.StageTraining), drive.Waiting(domain.StageScoring), drive.Rectifying()}
	for i, school := range waiting {
		play.Go(func() error { return (&drive.Run{School: school, Scenario: stays[i]}).Finish(ctx) })
	}
	// A fast machine needs more schools than twenty for all that is to go wrong.
	var more []*drive.School
	for i, school := range spare {
		if storm.passed() {
			break
		}
		more = append(more, school)
		play.Go(func() error { return (&drive.Run{School: school, Scenario: ways[i%len(ways)]}).Finish(ctx) })
	}
	err := play.Wait()
	storm.over(t)
	require.NoError(t, err)
	finished = slices.Concat(finished, more)
	t.Logf("%d schools finished", len(finished))
	for target, n := range c.Users.Opened() {
		t.Logf("%s: %d connections", target, n)
		require.Positive(t, n)
	}
	require.Len(t, c.Users.Opened(), len(c.APIs))
	rows := settled(t, c, d, finished, waiting)
	watchable(t, c, storm.told)

	t.Run("restore", func(t *testing.T) { restore(t, c, d, finished, waiting, rows) })
	t.Run("upgrade", func(t *testing.T) { upgrade(t, c, d, late) })
}

// storm is everything that goes wrong, and a user who watches.
type storm struct {
	c      *cluster.Cluster
	d      *drive.Client
	user   *watcher
	plan   []trouble
	done   map[string]int
	told   scraped
	raged  chan struct{} // closed when nothing more goes wrong
	cancel context.CancelFunc
	all    sync.WaitGroup
}

const seed = 20261122

func begin(t *testing.T, c *cluster.Cluster, d *drive.Client) *storm {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &storm{
		c: c, d: d, user: watch(t, c, d), plan: troubles(c, seed), done: map[string]int{}, told: newScraped(),
		raged: make(chan struct{}), cancel: cancel,
	}
	s.all.Go(func() {
		defer close(s.raged)
		s.rage(ctx, t)
	})
	return s
}

// passed tells whether everything has gone wrong that is to.
func (s *storm) passed() bool {
	select {
	case <-s.raged:
		return true
	default:
		return false
	}
}

// over ends the storm and tells what it did and what users saw of it.
func (s *storm) over(t *testing.T) {
	t.Helper()
	s.cancel()
	s.all.Wait()
	saw := s.user.stop()
	total := 0
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%2d × %s", s.done[what], what)
		total += s.done[what]
	}
	for _, p := range s.c.Parts() {
		if r, ok := p.(interface{ Revived() int }); ok && r.Revived() > 0 {
			t.Logf("%s ended by itself and was started again %d times", p.Name(), r.Revived())
		}
	}
	var longest drive.Ack
	for _, a := range s.d.Acks() {
		if a.Took > longest.Took {
			longest = a
		}
	}
	t.Logf("seed %d: %d troubles. A user who asked for a list every 100 ms: %d answers, %d errors, at most %s without an answer. The slowest action, %s, was acknowledged %s after its first attempt.",
		seed, total, saw.answers, saw.errors, saw.longest.Round(time.Millisecond), longest.Kind, longest.Took.Round(time.Millisecond))
	require.Equal(t, len(s.plan), total, "the schools were done before everything had broken")
}

// rage lets one trouble follow another, each after some more acknowledged actions, so that
// every one of them falls into work.
func (s *storm) rage(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, b := range s.plan {
		if !moreAcks(ctx, s.d, 5) {
			return
		}
		began := time.Now()
		if err := b.begin(); err != nil {
			t.Errorf("%s: %v", b.name, err)
			return
		}
		<-time.After(b.lasts)
		whole := context.WithoutCancel(ctx)
		err := b.end(whole)
		if err == nil {
			err = s.c.Ready(whole)
		}
		if err != nil {
			t.Errorf("after %s: %v", b.name, err)
			return
		}
		t.Logf("%-24s for %4d ms, all ready after %5d ms, %3d actions acknowledged by then",
			b.name, b.lasts.Milliseconds(), time.Since(began).Milliseconds(), len(s.d.Acks()))
		s.done[b.name]++
		_ = s.told.scrape(whole, s.c) // one that ended by itself just now tells nothing
	}
}

// moreAcks waits for n more acknowledged actions.
func moreAcks(ctx context.Context, d *drive.Client, n int) bool {
	from := len(d.Acks())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(d.Acks()) < from+n {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// settled checks everything that must be true once all parts are back, and counts.
func settled(t *testing.T, c *cluster.Cluster, d *drive.Client, finished, waiting []*drive.School) map[string]int64 {
	t.Helper()
	rows := recorded(t, c, d, finished, waiting)
	for _, s := range slices.Concat(finished, waiting) {
		same(t, c, s)
	}
	t.Logf("%d workflows stand where SQL says", len(finished)+len(waiting))
	return rows
}

// recorded checks what SQL and the store hold, and that the engine agrees on open cases.
func recorded(t *testing.T, c *cluster.Cluster, d *drive.Client, finished, waiting []*drive.School) map[string]int64 {
	t.Helper()
	out, err := c.Command(t.Context(), "reconcile")
	require.NoError(t, err)
	t.Log(strings.TrimSpace(out))
	db, err := c.Database()
	require.NoError(t, err)
	defer closed(t, db)
	store := models.New(db, time.Now, nil)
	r, err := aftermath.Check(t.Context(), db, store, d.Acks(), finished)
	require.NoError(t, err)
	for _, s := range waiting {
		require.NoError(t, store.VerifyChain(t.Context(), s.CaseID))
	}
	files, err := c.CheckFiles(t.Context(), db)
	require.NoError(t, err)
	t.Logf("%d acknowledged actions, %d of them before they were decided, %d overtaken by an earlier attempt; %d events; every chain whole, every ledger balanced, %d files as they were",
		r.Acks, r.Later, r.Overtaken, r.Rows["events"], files)
	return r.Rows
}

// same compares the state in the workflow with the one in SQL.
func same(t *testing.T, c *cluster.Cluster, s *drive.School) {
	t.Helper()
	db, err := c.Database()
	require.NoError(t, err)
	defer closed(t, db)
	store := models.New(db, time.Now, nil)
	row, err := store.CaseByID(t.Context(), s.CaseID)
	require.NoError(t, err)
	want, err := row.Decode()
	require.NoError(t, err)
	engine, err := c.Engine(t.Context())
	require.NoError(t, err)
	defer engine.Close()
	answer, err := engine.QueryWorkflow(t.Context(), row.WorkflowID, "", workflows.QueryState)
	require.NoError(t, err)
	var got domain.State
	require.NoError(t, answer.Get(&got))
	require.Equal(t, want, got, s.Name)
}

func closed(t *testing.T, db *gorm.DB) {
	t.Helper()
	pool, err := db.DB()
	require.NoError(t, err)
	require.NoError(t, pool.Close())
}

// watcher is a user who looks at a page again and again.
type watcher struct {
	end context.CancelFunc
	all sync.WaitGroup
	sum seen
}

// seen is what the user saw.
type seen struct {
	answers, errors int
	longest         time.Duration // between two answers with errors in between
}

// slow is from when on a user takes silence for an error.
const slow = 3 * time.Second

func watch(t *testing.T, c *cluster.Cluster, d *drive.Client) *watcher {
	t.Helper()
	token, err := d.Account("admin", drive.DefaultPassword).Token(t.Context())
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	w := &watcher{end: end}
	w.all.Go(func() {
		last, failing := time.Now(), false
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			err := look(ctx, c.URL(), token)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				w.sum.errors++
				failing = true
			default:
				w.sum.answers++
				if failing {
					w.sum.longest = max(w.sum.longest, time.Since(last))
				}
				last, failing = time.Now(), false
			}
			<-tick.C
		}
	})
	return w
}

// look asks for a list that is read from SQL.
func look(ctx context.Context, base, token string) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/progress?limit=20", http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

func (w *watcher) stop() seen {
	w.end()
	w.all.Wait()
	return w.sum
}
