package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// patience bounds a wait for something that takes moments.
const patience = 30 * time.Second

// ticks polls all the time and ticks everything else by hand.
type ticks struct {
	mu   sync.Mutex
	hand map[time.Duration][]chan time.Time
}

func (k *ticks) ticker(d time.Duration) (<-chan time.Time, func()) {
	if d == pollEvery {
		return realTicker(5 * time.Millisecond)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.hand == nil {
		k.hand = map[time.Duration][]chan time.Time{}
	}
	c := make(chan time.Time, 1)
	k.hand[d] = append(k.hand[d], c)
	return c, func() {}
}

// fire ticks everybody who waits for d.
func (k *ticks) fire(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.hand[d] {
		select {
		case c <- time.Time{}:
		default:
		}
	}
}

// process is one api process: a store, a hub and a server of its own.
type process struct {
	*rig
	*ticks

	url string
}

func newProcess(t *testing.T, store *models.Store, change ...func(*Config)) *process {
	t.Helper()
	k := &ticks{}
	r := newRig(t, store, append(change, func(c *Config) { c.ticker = k.ticker })...)
	return &process{rig: r, ticks: k, url: serve(t, HTTPServer(r.h))}
}

// serve runs a server until the test ends and returns its address.
func serve(t *testing.T, s *http.Server) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = s
	srv.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Shutdown(ctx))
	})
	return srv.URL
}

// databases opens one database twice, as two processes do.
var databases = map[string]func(t *testing.T) (one, other *gorm.DB){
	"SQLite": func(t *testing.T) (one, other *gorm.DB) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "live.db")
		open := func() *gorm.DB {
			db, err := sqlitedb.Open(path)
			require.NoError(t, err)
			return closing(t, db)
		}
		one = open()
		require.NoError(t, models.Migrate(t.Context(), one))
		return one, open()
	},
	"MySQL": func(t *testing.T) (one, other *gorm.DB) {
		t.Helper()
		one = testkit.MySQL(t)
		dialect, ok := one.Dialector.(*mysql.Dialector)
		require.True(t, ok)
		other, err := models.OpenMySQL(models.MySQL{DSN: dialect.DSNConfig.FormatDSN(), MaxOpen: 8})
		require.NoError(t, err)
		return one, closing(t, other)
	},
}

func closing(t *testing.T, db *gorm.DB) *gorm.DB {
	t.Helper()
	t.Cleanup(func() {
		pool, err := db.DB()
		require.NoError(t, err)
		require.NoError(t, pool.Close())
	})
	return db
}

// twoProcesses runs a test with two processes on one database, of each kind there is.
func twoProcesses(t *testing.T, test func(t *testing.T, a, b *process, w *testkit.World)) {
	t.Helper()
	for name, open := range databases {
		if name == "MySQL" && testkit.MySQLDSN() == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, other := open(t)
			clock, keys := testkit.NewClock(), testkit.Keyring(t)
			store := models.New(one, clock.Now, keys)
			a, b := newProcess(t, store), newProcess(t, models.New(other, clock.Now, keys))
			test(t, a, b, testkit.NewWorld(t, store, clock))
		})
	}
}

// event is one event as a browser gets it, or a heartbeat, which has no name.
type event struct {
	id   int64
	name string
	data gen.LiveChange
}

// ear is an open stream.
type ear struct {
	t      *testing.T
	events chan event // closed at the end of the stream
	hangUp func()
}

// answer is the beginning of an answer; hearing it goes on until it is closed.
type answer struct {
	status int
	header http.Header
	body   io.ReadCloser
}

func (p person) stream(at *process, query string, headers ...string) answer {
	p.r.t.Helper()
	ctx, hangUp := context.WithCancel(context.Background())
	p.r.t.Cleanup(hangUp)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.url+"/api/v1/live?"+query, nil)
	require.NoError(p.r.t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.r.t, err)
	p.r.t.Cleanup(func() { _ = res.Body.Close() })
	return answer{res.StatusCode, res.Header, res.Body}
}

// listen opens a stream at a process; last is the Last-Event-ID, "" for none.
func (p person) listen(at *process, last string) *ear {
	p.r.t.Helper()
	var headers []string
	if last != "" {
		headers = []string{"Last-Event-ID", last}
	}
	return hear(p.r.t, p.stream(at, "", headers...))
}

func hear(t *testing.T, res answer) *ear {
	t.Helper()
	require.Equal(t, http.StatusOK, res.status)
	e := &ear{t: t, events: make(chan event), hangUp: func() { _ = res.body.Close() }}
	go e.read(bufio.NewScanner(res.body))
	return e
}

// read splits the stream as the standard says. It ends with the stream.
func (e *ear) read(lines *bufio.Scanner) {
	defer close(e.events)
	next, given := event{}, false
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			next.id, _ = strconv.ParseInt(value, 10, 64)
			given = true
		case "event":
			next.name = value
		case "data":
			if json.Unmarshal([]byte(value), &next.data) != nil {
				return
			}
		case "":
			if given {
				select {
				case e.events <- next:
				case <-time.After(patience):
					return
				}
			}
			next, given = event{}, false
		}
	}
}

// next is the next event, and false at the end of the stream.
func (e *ear) next() (event, bool) {
	e.t.Helper()
	select {
	case v, ok := <-e.events:
		return v, ok
	case <-time.After(patience):
		require.Fail(e.t, "nothing came")
		return event{}, false
	}
}

// heard is the next event, which must have this name.
func (e *ear) heard(name string) event {
	e.t.Helper()
	v, ok := e.next()
	require.True(e.t, ok, "the stream ended before %q", name)
	require.Equal(e.t, name, v.name, "%+v", v)
	return v
}

// ended requires that nothing comes any more.
func (e *ear) ended() {
	e.t.Helper()
	v, ok := e.next()
	require.False(e.t, ok, "%+v", v)
}

// until collects changes up to a notice of that name, which say has sent.
func (e *ear) until(fence string) []gen.LiveChange {
	e.t.Helper()
	var all []gen.LiveChange
	for {
		v := e.heard("change")
		if v.data.CaseId == fence {
			return all
		}
		all = append(all, v.data)
	}
}

// say sends a user a notice that can be waited for.
func say(t *testing.T, store *models.Store, userID, fence string) {
	t.Helper()
	row := models.FeedRow{ID: testkit.ID(), Topic: models.FeedNotice, CaseID: fence, UserID: userID}
	require.NoError(t, store.DB(t.Context()).Create(&row).Error)
}
