package worker_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notary"
	"zhengxiao/internal/syslog"
	"zhengxiao/internal/syslog/syslogtest"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// shipped is a worker that sends the audit log of a database to a receiver.
type shipped struct {
	*testing.T

	clock    *testkit.Clock
	deps     worker.Deps
	receiver *syslogtest.Receiver
	by       *notary.Signer
	log      *bytes.Buffer
}

func targetOf(t *testing.T, url, ca string) *worker.Shipping {
	t.Helper()
	address, encrypted, err := syslog.ParseAddress(url)
	require.NoError(t, err)
	to := &syslog.Target{
		Source: syslog.Source{Facility: 13, Host: "host", App: "zhengxiao", DataID: "zhengxiao@32473"}, Address: address,
		Quiet: 20 * time.Millisecond,
	}
	if encrypted {
		to.TLS, err = syslog.ClientTLS(address, ca, "", "")
		require.NoError(t, err)
	}
	return &worker.Shipping{To: to, Longest: 8192}
}

func newShipped(t *testing.T, store *models.Store, clock *testkit.Clock) *shipped {
	t.Helper()
	s := &shipped{T: t, clock: clock, receiver: syslogtest.TLS(t, nil), log: &bytes.Buffer{}}
	seed, err := notary.Generate()
	require.NoError(t, err)
	s.by, err = notary.ParseSigner(seed)
	require.NoError(t, err)
	s.deps = worker.Deps{
		Store: store, Logger: slog.New(slog.NewTextHandler(s.log, nil)), Shipping: targetOf(t, s.receiver.URL, s.receiver.CA),
	}
	return s
}

func (s *shipped) enter(n int, e models.AuditEntry) {
	s.Helper()
	for range n {
		require.NoError(s, s.deps.Store.AuditAlone(s.Context(), e))
	}
	_, err := s.deps.Store.SealAudit(s.Context(), s.by, 0)
	require.NoError(s, err)
}

// numbers are the entries that arrived, in their order, without those that came again.
func (s *shipped) numbers() []int {
	s.Helper()
	list, _ := s.receiver.Received()
	var seqs []int
	known := map[int]bool{}
	for _, m := range list {
		seq, err := strconv.Atoi((*m.StructuredData)["zhengxiao@32473"]["seq"])
		require.NoError(s, err)
		if !known[seq] {
			known[seq], seqs = true, append(seqs, seq)
		}
	}
	return seqs
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

func (s *shipped) alarms() []string {
	s.Helper()
	var list []string
	require.NoError(s, s.deps.Store.DB(s.Context()).Model(&models.Alarm{}).Order("id").Pluck("detail", &list).Error)
	return list
}

// Whatever the receiver does, every entry arrives in the end, in order.
func TestNoEntryIsLostOnItsWay(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	s := newShipped(t, testkit.Store(t, clock), clock)
	s.enter(3, models.AuditEntry{Action: "session.login"})
	step := worker.Steps(s.deps)
	for _, m := range []syslogtest.Mode{syslogtest.Breaks, syslogtest.Forgets} {
		s.receiver.Behave(m)
		require.Greater(t, step(t.Context()), 2*time.Second, "it waits longer after a failure")
	}
	s.deps.Shipping.To.Within = 500 * time.Millisecond
	for _, m := range []syslogtest.Mode{syslogtest.Hangs, syslogtest.Stays} {
		s.receiver.Behave(m)
		step(t.Context())
	}
	s.deps.Shipping.To.Within = 0
	require.Empty(t, s.alarms())
	to, err := s.deps.Store.ShippedTo(t.Context())
	require.NoError(t, err)
	require.Zero(t, to, "nothing was confirmed")

	s.receiver.Behave(syslogtest.Good)
	s.enter(600, models.AuditEntry{Action: "session.login"})
	require.Zero(t, step(t.Context()), "there is more")
	require.Equal(t, 2*time.Second, step(t.Context()))
	require.Equal(t, upTo(603), s.numbers())
	_, problems := s.receiver.Received()
	require.Empty(t, problems)
	to, err = s.deps.Store.ShippedTo(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(603), to)
}

// A receiver that stays away is told of, as is a log that is not the one that was sent.
func TestTroubleWithShippingRaisesAlarms(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	s := newShipped(t, testkit.Store(t, clock), clock)
	s.enter(3, models.AuditEntry{Action: "session.login"})
	away := *s.deps.Shipping.To
	away.Address = "127.0.0.1:1"
	here := s.deps.Shipping.To
	s.deps.Shipping.To = &away
	step := worker.Steps(s.deps)
	step(t.Context())
	require.Empty(t, s.alarms())
	clock.Advance(worker.ShipAlarm + time.Second)
	step(t.Context())
	step(t.Context())
	require.Len(t, s.alarms(), 1)
	require.Contains(t, s.alarms()[0], "is not sent")
	require.Contains(t, s.log.String(), "refused")

	*s.deps.Shipping.To = *here
	step(t.Context())
	require.NoError(t, s.deps.Store.DB(t.Context()).Exec("DELETE FROM audit_log WHERE seq = 3").Error)
	step(t.Context())
	require.Contains(t, s.alarms()[1], "from its beginning")
}

// A worker that ends sends what is left, and keeps nobody from going on.
func TestTheRestIsSentAtTheEnd(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	s := newShipped(t, testkit.Store(t, clock), clock)
	s.enter(5, models.AuditEntry{Action: "session.login"})
	over, end := context.WithCancel(t.Context())
	end()
	worker.ShipAudit(over, s.deps)
	require.Equal(t, upTo(5), s.numbers())
	s.enter(1, models.AuditEntry{Action: "session.login"})
	worker.ShipAudit(over, s.deps)
	require.Equal(t, upTo(6), s.numbers(), "another worker does not wait")
}

// What arrives says who did what, and nothing that the log does not say.
func TestWhatArrives(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	s := newShipped(t, testkit.Store(t, clock), clock)
	s.enter(1, models.AuditEntry{Action: "user.grant", ActorID: "u-1", OrgID: "o-1", Result: models.AuditRefused, Code: "forbidden"})
	s.enter(1, models.AuditEntry{Action: "user.import", Details: map[string]any{"long": string(bytes.Repeat([]byte("长"), 4000))}})
	worker.Steps(s.deps)(t.Context())
	list, problems := s.receiver.Received()
	require.Empty(t, problems)
	require.Len(t, list, 2)
	require.Equal(t, uint8(syslog.Warning), *list[0].Severity)
	data := (*list[0].StructuredData)["zhengxiao@32473"]
	require.Len(t, data["hash"], 64)
	delete(data, "hash")
	require.Equal(t, map[string]string{"seq": "1", "action": "user.grant", "result": "refused", "actor": "u-1", "org": "o-1"}, data)
	require.Contains(t, *list[0].Message, `"code":"forbidden"`)
	require.Equal(t, "detail", (*list[1].StructuredData)["zhengxiao@32473"]["omitted"])
	require.Less(t, len(*list[1].Message), 8192)
}

// killedLog and killedReceiver tell a child process of the test below what to send where.
const (
	killedLog      = "ZX_TEST_SHIP_DB"
	killedReceiver = "ZX_TEST_SHIP_TO"
	killedCA       = "ZX_TEST_SHIP_CA"
)

// A process of its own, which is killed amid sending.
func TestShipUntilKilled(t *testing.T) {
	t.Parallel()
	path := os.Getenv(killedLog)
	if path == "" {
		return // only as that child
	}
	db, err := sqlitedb.Open(path)
	require.NoError(t, err)
	worker.Steps(worker.Deps{
		Store: models.New(db, testkit.NewClock().Now, testkit.Keyring(t)), Logger: slog.New(slog.DiscardHandler),
		Shipping: targetOf(t, os.Getenv(killedReceiver), os.Getenv(killedCA)),
	})(t.Context())
}

// The receiver has the entries and the process dies before it knows: they come again, and
// all that follow.
func TestAKilledWorkerLosesNoEntry(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	clock := testkit.NewClock()
	s := newShipped(t, models.New(db, clock.Now, testkit.Keyring(t)), clock)
	s.enter(3, models.AuditEntry{Action: "session.login"})
	s.receiver.Behave(syslogtest.Stays)

	to := []string{killedReceiver + "=" + s.receiver.URL, killedCA + "=" + s.receiver.CA}
	child := testkit.StartChild(t, "TestShipUntilKilled", append(to, killedLog+"="+testkit.File(t, db))...)
	require.Eventually(t, func() bool { return len(s.numbers()) == 3 }, 30*time.Second, 10*time.Millisecond)
	child.Kill()

	s.receiver.Behave(syslogtest.Good)
	s.enter(2, models.AuditEntry{Action: "session.login"})
	step := worker.Steps(s.deps)
	step(t.Context())
	require.Equal(t, upTo(3), s.numbers(), "its time is not over")
	clock.Advance(worker.ShipHold)
	step(t.Context())
	require.Equal(t, upTo(5), s.numbers())
	list, _ := s.receiver.Received()
	require.Len(t, list, 3+5, "those it had came again")
}
