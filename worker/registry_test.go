package worker_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/push"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/certtest"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// bureau is a registry with books, that answers as badly as registries do: it fails before
// and after it booked, answers in part, twice, not at all, of others' records.
type bureau struct {
	mu      sync.Mutex
	rng     *rand.Rand
	kind    bool // behaves from now on
	books   map[string]string
	decided []map[string]any
	told    map[string]map[string]any
}

type line struct {
	No       string `json:"no"`
	Reverses string `json:"reverses"`
	Hours    string `json:"hours"`
	IDNumber string `json:"id_number"`
}

func (b *bureau) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	signed := body
	if r.Method == http.MethodGet {
		signed = []byte(r.URL.RequestURI())
	}
	want := push.Signature("s3cret", r.Header.Get(push.HeaderTimestamp), r.Header.Get(push.HeaderKey), signed)
	if err != nil || r.Header.Get(push.HeaderSignature) != want {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !b.kind && b.rng.IntN(4) == 0 { // before anything is booked
		w.WriteHeader([]int{http.StatusInternalServerError, http.StatusTooManyRequests, http.StatusBadGateway}[b.rng.IntN(3)])
		return
	}
	if r.Method == http.MethodGet {
		b.receipts(w, r)
		return
	}
	b.records(w, body)
}

func (b *bureau) records(w http.ResponseWriter, body []byte) {
	var sent struct {
		Records []line `json:"records"`
	}
	if json.Unmarshal(body, &sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var results []map[string]any
	for _, l := range sent.Records {
		results = append(results, b.take(l))
	}
	if b.kind {
		_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
		return
	}
	switch b.rng.IntN(6) {
	case 0:
		panic(http.ErrAbortHandler) // booked, and the answer is lost
	case 1:
		w.WriteHeader(http.StatusServiceUnavailable)
	case 2:
		w.WriteHeader(http.StatusAccepted)
	case 3:
		_, _ = io.WriteString(w, `{"results":[{"no":`)
	case 4:
		results = append(results[:b.rng.IntN(len(results)+1)], map[string]any{"no": "ZX-other", "status": "refused"}, map[string]any{"no": 7})
		_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"results": append(results, results...)})
	}
}

// take books a line once.
func (b *bureau) take(l line) map[string]any {
	if known := b.told[l.No]; known != nil {
		return known
	}
	answer := map[string]any{"no": l.No, "status": "acknowledged", "hours": l.Hours, "receipt": "R-" + l.No}
	switch {
	case !b.kind && b.rng.IntN(4) == 0:
		answer = map[string]any{"no": l.No, "status": "refused", "reason": "姓名与身份证号不符"}
	case l.Reverses != "":
		delete(b.books, l.Reverses)
	default:
		b.books[l.No] = l.IDNumber
	}
	b.told[l.No] = answer
	b.decided = append(b.decided, answer)
	return answer
}

// receipts are pages of three.
func (b *bureau) receipts(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	from = min(max(from, 0), len(b.decided))
	to := min(from+3, len(b.decided))
	answer := map[string]any{"results": b.decided[from:to]}
	if to > from {
		answer["next"] = strconv.Itoa(to)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

var local = outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PlainHTTP: true}

var people = []string{"11010519491231002X", "440524188001010014"}

// confirmed is a case of two teachers whose hours are confirmed, and a batch that a worker
// sends to url.
func confirmed(t *testing.T, url string) (*testkit.World, models.Scope, models.NewBatch) {
	t.Helper()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, testkit.Store(t, clock), clock)
	w.Store.Outbound(local)
	ctx := t.Context()
	c, users := w.Case(w.School, 2)
	for i, u := range users {
		require.NoError(t, w.Store.UpdateUser(ctx, u.ID, "张三", models.Personal{IDNumber: people[i]}))
		require.NoError(t, w.Store.DB(ctx).Model(&models.RosterRow{}).Where("user_id = ?", u.ID).Update("name", "张三").Error)
		require.NoError(t, w.Store.DB(ctx).Create(&models.Credit{
			CaseID: c.ID, UserID: u.ID, Year: 2026, Hours: 250, State: domain.CreditConfirmed, RecognizedAt: clock.Now(),
		}).Error)
	}
	w.Move(c.ID, domain.StageCrediting)
	secret := "s3cret"
	_, err := w.Store.PutRegistry(ctx, w.City, models.NewRegistry{Mode: models.RegistryPush, Secret: &secret, Settings: models.RegistrySettings{
		Project: "P", URL: url, Auth: push.AuthHMAC, PageSize: 1,
	}}, "it")
	require.NoError(t, err)
	scope := models.Scope{Paths: []string{w.City.Path}}
	return w, scope, models.NewBatch{Scope: scope, Office: w.City.Path, By: "bureau"}
}

// Whatever a registry does to requests and answers, in the end it holds each teacher's
// hours once, and our books say so.
func TestHoursReachABadRegistryOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		b := &bureau{rng: rand.New(rand.NewPCG(seed, 1)), books: map[string]string{}, told: map[string]map[string]any{}}
		s := httptest.NewServer(b)
		w, scope, batch := confirmed(t, s.URL+"/v1")
		r := worker.Registrar{Store: w.Store, Outbound: local}
		work := func() {
			for range 20 {
				_, err := r.Step(t.Context())
				require.NoError(t, err)
				w.Clock.Advance(20 * time.Minute)
			}
		}
		for round := range 8 {
			b.mu.Lock()
			b.kind = round > 4
			b.mu.Unlock()
			_, _ = w.Store.CreateRegistryBatch(t.Context(), batch) // what was refused goes again; nothing to send is fine
			work()
			work()
		}
		rows, _, err := w.Store.RegistryBalances(t.Context(), scope, models.RegistryBalanceFilter{}, models.Page{})
		require.NoError(t, err)
		require.True(t, rows[0].Balanced(), "seed %d: %+v", seed, rows[0])
		require.ElementsMatch(t, people, slices.Collect(maps.Values(b.books)), "seed %d: each teacher once", seed)
		s.Close()
	}
}

// mutual is a registry that asks everybody for a certificate of its own authority.
func mutual(t *testing.T, h http.Handler) (s *httptest.Server, p outbound.Policy, pair models.ClientPair) {
	t.Helper()
	cert, key, own := certtest.Client(t, time.Now().Add(time.Hour))
	s = httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: own}
	s.StartTLS()
	t.Cleanup(s.Close)
	p = outbound.Policy{Allow: local.Allow, Roots: x509.NewCertPool()}
	p.Roots.AddCert(s.Certificate())
	return s, p, models.ClientPair{Certificate: cert, Key: key}
}

// A registry that asks for a certificate gets ours; without one the batch stops and says so.
func TestARegistryKnowsUsByOurCertificate(t *testing.T) {
	t.Parallel()
	b := &bureau{kind: true, books: map[string]string{}, told: map[string]map[string]any{}}
	s, p, pair := mutual(t, b)
	w, scope, batch := confirmed(t, s.URL)
	w.Store.Outbound(p)
	_, err := w.Store.CreateRegistryBatch(t.Context(), batch)
	require.NoError(t, err)
	r := worker.Registrar{Store: w.Store, Outbound: p}
	step := func() {
		_, err := r.Step(t.Context())
		require.NoError(t, err)
		w.Clock.Advance(time.Minute)
	}
	step()
	stopped, _, err := w.Store.RegistryBatches(t.Context(), scope, models.BatchStopped, models.Page{})
	require.NoError(t, err)
	require.Len(t, stopped, 1)
	require.Contains(t, stopped[0].Trouble, "客户端证书")

	reg, err := w.Store.RegistryOf(t.Context(), w.City.ID)
	require.NoError(t, err)
	_, err = w.Store.PutRegistry(t.Context(), w.City, models.NewRegistry{Mode: reg.Mode, Settings: reg.Settings, Client: &pair}, "it")
	require.NoError(t, err)
	_, err = w.Store.ResendRegistryBatch(t.Context(), scope, stopped[0].ID)
	require.NoError(t, err)
	for range 4 {
		step()
	}
	require.ElementsMatch(t, people, slices.Collect(maps.Values(b.books)))
}

func TestARegistryInsideTheNetworkIsNotAsked(t *testing.T) {
	t.Parallel()
	asked := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	w, scope, batch := confirmed(t, s.URL)
	_, err := w.Store.CreateRegistryBatch(t.Context(), batch)
	require.NoError(t, err)
	r := worker.Registrar{Store: w.Store}
	_, err = r.Step(t.Context())
	require.NoError(t, err)
	require.False(t, asked)
	rows, _, err := w.Store.RegistryBatches(t.Context(), scope, models.BatchStopped, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Contains(t, rows[0].Trouble, "允许的范围")
	records, _, err := w.Store.RegistryRecords(t.Context(), scope, models.RegistryRecordFilter{State: registry.Sent}, models.Page{})
	require.NoError(t, err)
	require.Len(t, records, 1, "noted as sent before it would have left")
}
