package worker_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notify"
	"zhengxiao/internal/notify/notifytest"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// killedDB names the database that a child process of the test below sends from, killedKeys
// the keys of its channels.
const (
	killedDB   = "ZX_TEST_NOTIFY_DB"
	killedKeys = "ZX_TEST_NOTIFY_KEYS"
)

func ring(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	keys, err := secret.ParseKeyring(text)
	require.NoError(t, err)
	return keys
}

// A process of its own, which is killed amid sending.
func TestSendUntilKilled(t *testing.T) {
	t.Parallel()
	path := os.Getenv(killedDB)
	if path == "" {
		return // only as that child
	}
	db, err := sqlitedb.Open(path)
	require.NoError(t, err)
	store := models.New(db, testkit.NewClock().Now, ring(t, os.Getenv(killedKeys)))
	d := worker.Deps{
		Store: store, Logger: slog.New(slog.DiscardHandler), Sender: notify.New(notifytest.Policy(t), time.Now, time.Minute),
	}
	for range 1000 { // it is killed at the first
		err := worker.SendNotices(t.Context(), d)
		require.NoError(t, err)
	}
}

// The endpoint has the message, and the process dies before it hears so: nothing is lost,
// and the message comes again by the same id.
func TestAKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	asked := make(chan string)
	hang := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case asked <- r.Header.Get(notify.HeaderDelivery):
		case <-t.Context().Done():
		}
		<-hang
	}))
	t.Cleanup(s.Close)
	db := testkit.SQLite(t)
	clock := testkit.NewClock()
	keys, err := secret.Generate("test")
	require.NoError(t, err)
	store := models.New(db, clock.Now, ring(t, keys))
	store.Outbound(notifytest.Policy(t))
	d := deskOf(t, store, clock, notify.New(notifytest.Policy(t), time.Now, time.Minute))
	d.channel(notify.Webhook, s.URL+"/")
	d.notices(1)

	child := testkit.StartChild(t, "TestSendUntilKilled", killedDB+"="+testkit.File(t, db), killedKeys+"="+keys)
	var first string
	select {
	case first = <-asked:
	case <-time.After(30 * time.Second):
	}
	child.Kill()
	require.NotEmpty(t, first, "it sent nothing")
	close(hang)
	require.Equal(t, models.DeliverySending, d.all()[0].State)
	err = worker.SendNotices(t.Context(), d.deps)
	require.NoError(t, err)
	require.Equal(t, models.DeliverySending, d.all()[0].State, "its time is not over")

	again := make(chan string, 1)
	go func() { again <- <-asked }()
	d.Clock.Advance(10 * time.Minute)
	require.Equal(t, map[models.DeliveryState]int{models.DeliverySent: 1}, d.settle(3))
	require.Equal(t, first, <-again)
}
