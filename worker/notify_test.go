package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notify"
	"zhengxiao/internal/notify/notifytest"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// desk is a store with a channel of each of some kinds, all for the same district.
type desk struct {
	*testkit.World

	deps worker.Deps
	c    *models.Case
	to   *models.User
	seq  int
}

func newDesk(t *testing.T, send worker.Sender) *desk {
	t.Helper()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	store.Outbound(notifytest.Policy(t))
	return deskOf(t, store, clock, send)
}

func deskOf(t *testing.T, store *models.Store, clock *testkit.Clock, send worker.Sender) *desk {
	t.Helper()
	w := testkit.NewWorld(t, store, clock)
	c, _ := w.Case(w.School, 0)
	return &desk{
		World: w, c: c, to: w.User(w.School, domain.RolePrincipal),
		deps: worker.Deps{Store: store, Logger: slog.New(slog.DiscardHandler), Sender: send, PublicURL: "https://zx.example"},
	}
}

func (d *desk) channel(kind notify.Kind, address string) *models.Channel {
	d.T.Helper()
	word := "word"
	c, err := d.Store.CreateChannel(d.T.Context(), models.Scope{All: true}, models.ChannelDraft{
		OrgID: d.District.ID, Kind: kind, Name: string(kind), URL: &address, Secret: &word, Quiet: models.Quiet{Urgent: true},
	}, "tester")
	require.NoError(d.T, err)
	return c
}

// notices has n events happen, of which every channel is told.
func (d *desk) notices(n int) {
	d.T.Helper()
	payload, err := json.Marshal(models.NoticePayload{Task: domain.TaskFiling, UserID: d.to.ID, Reason: models.NoticeUrge})
	require.NoError(d.T, err)
	for range n {
		d.seq++
		row := models.OutboxRow{ID: testkit.ID(), CaseID: d.c.ID, Seq: d.seq, Payload: string(payload), CreatedAt: d.Clock.Now()}
		require.NoError(d.T, d.Store.DeliverNotice(d.T.Context(), row))
	}
}

func (d *desk) all() []models.DeliveryView {
	d.T.Helper()
	rows, _, err := d.Store.Deliveries(d.T.Context(), models.Scope{All: true}, models.DeliveryFilter{}, models.Page{Limit: 500})
	require.NoError(d.T, err)
	return rows
}

// settle works until nothing is left to do, and returns how the deliveries ended.
func (d *desk) settle(rounds int) map[models.DeliveryState]int {
	d.T.Helper()
	for range rounds {
		err := worker.SendNotices(d.T.Context(), d.deps)
		require.NoError(d.T, err)
		count, left := map[models.DeliveryState]int{}, false
		for _, v := range d.all() {
			count[v.State]++
			left = left || v.NextAt != nil
		}
		if !left {
			return count
		}
		d.Clock.Advance(time.Minute)
	}
	require.Fail(d.T, "something never ends")
	return nil
}

// moody is an endpoint with every fault there is; it leaves out what it has had before.
type moody struct {
	mu      sync.Mutex
	dice    *rand.Rand
	effects map[string]int
	crash   context.CancelFunc
}

func (m *moody) Send(ctx context.Context, _ notify.Endpoint, msg notify.Message) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	took := func() {
		if m.effects[msg.ID] == 0 {
			m.effects[msg.ID] = 1
		}
	}
	switch n := m.dice.IntN(20); {
	case n < 6:
		return "", &notify.SendError{Code: notify.CodeTimeout}
	case n < 8:
		took() // the answer is lost
		return "", &notify.SendError{Code: notify.CodeBroken}
	case n < 10:
		return "", &notify.SendError{Code: "http_429", Throttled: true, After: time.Minute}
	case n == 10:
		return "", &notify.SendError{Code: "http_410", Permanent: true}
	case n == 11:
		took() // the process dies before it has noted anything
		m.crash()
		return "", ctx.Err()
	}
	took()
	return "ok", nil
}

// However the endpoint and the process fail, each delivery ends sent or dead, and whoever
// leaves out what it knows by its id has each once.
func TestEveryDeliveryEndsAndHappensOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		m := &moody{dice: rand.New(rand.NewPCG(seed, 7)), effects: map[string]int{}}
		d := newDesk(t, m)
		d.channel(notify.Webhook, "https://hooks.example.com/")
		d.channel(notify.WeCom, "https://bot.example.com/")
		d.notices(20)
		ended := false
		for range 3000 {
			ctx, cancel := context.WithCancel(t.Context())
			m.crash = cancel
			err := worker.SendNotices(ctx, d.deps)
			crashed := ctx.Err() != nil
			cancel()
			if !crashed {
				require.NoError(t, err)
			}
			ended = true
			for _, v := range d.all() {
				ended = ended && v.NextAt == nil
			}
			if ended {
				break
			}
			d.Clock.Advance(30 * time.Second)
		}
		require.True(t, ended, "seed %d: something never ends", seed)
		rows := d.all()
		require.Len(t, rows, 40)
		for _, v := range rows {
			require.Contains(t, []models.DeliveryState{models.DeliverySent, models.DeliveryDead}, v.State)
			if v.State == models.DeliverySent {
				require.Equal(t, 1, m.effects[v.ID], "%s is said to be sent", v.ID)
			} else {
				require.NotEmpty(t, v.Code)
			}
		}
	}
}

// Real endpoints over the real sender: one that works, and one for each way not to.
func TestChannelsOnRealEndpoints(t *testing.T) {
	t.Parallel()
	answer := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	d := newDesk(t, notify.New(notifytest.Policy(t), time.Now, time.Minute))
	want := map[string]struct {
		state models.DeliveryState
		code  string
	}{}
	for i, tc := range []struct {
		kind   notify.Kind
		answer http.HandlerFunc
		state  models.DeliveryState
		code   string
	}{
		{notify.Webhook, answer(204, ""), models.DeliverySent, ""},
		{notify.WeCom, answer(200, `{"errcode":0,"errmsg":"ok"}`), models.DeliverySent, ""},
		{notify.WeCom, answer(200, `{"errcode":93000,"errmsg":"invalid"}`), models.DeliveryDead, "wecom_93000"},
		{notify.Feishu, answer(200, "not json"), models.DeliveryDead, notify.CodeAnswer},
		{notify.Webhook, answer(500, ""), models.DeliveryDead, "http_500"},
		{notify.Webhook, answer(302, ""), models.DeliveryDead, notify.CodeRedirect},
	} {
		s := httptest.NewTLSServer(tc.answer)
		t.Cleanup(s.Close)
		c := d.channel(tc.kind, fmt.Sprintf("%s/%d", s.URL, i))
		want[c.ID] = struct {
			state models.DeliveryState
			code  string
		}{tc.state, tc.code}
	}
	d.notices(1)
	d.settle(1000)
	for _, v := range d.all() {
		require.Equal(t, want[v.ChannelID].state, v.State, "%s %s", v.ChannelKind, v.Code)
		require.Equal(t, want[v.ChannelID].code, v.Code)
	}
}

// Channels that hang keep the others waiting for nothing: those go on, all they have.
func TestOneChannelDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for range 3 {
		d.channel(notify.Webhook, "https://slow.example.com/")
	}
	d.channel(notify.Webhook, "https://fast.example.com/")
	g := &gate{open: make(chan struct{}), sent: make(chan string, 1000), next: func() { d.Clock.Advance(time.Second) }}
	d.deps.Sender = g
	d.notices(50)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		worker.DeliverNotices(ctx, d.deps)
	}()
	for i := range 50 {
		select {
		case to := <-g.sent:
			require.Equal(t, "https://fast.example.com/", to, "while the others hang")
		case <-time.After(time.Minute):
			require.Fail(t, "held up", "after %d", i)
		}
	}
	stop()
	close(g.open)
	<-ended
}

type gate struct {
	open chan struct{}
	sent chan string
	next func()
}

func (g *gate) Send(_ context.Context, to notify.Endpoint, _ notify.Message) (string, error) {
	if to.URL == "https://slow.example.com/" {
		<-g.open
	}
	g.next()
	g.sent <- to.URL
	return "", nil
}
