package e2e

import (
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/push"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// A school's whole way, with a policy that waits for the registry's receipts and a registry
// that fails in every way: the books agree in the end, two persons take records back, and
// the case closes then and not before.
func TestHoursReachTheRegistry(t *testing.T) {
	t.Parallel()
	onEach(t, registerEach)
}

func registerEach(t *testing.T, world opener) {
	t.Helper()
	w := world(t)
	w.AwaitReceipts(t)
	identify(t, w)
	b := newBench(t, w)
	s := b.script()
	s.ToFiling()
	s.ToScoring()
	s.Score(900)
	s.Confirm(domain.VerdictPass)
	s.Do(domain.ConfirmCredit, w.Bureau, domain.Body{})

	faults := []string{"hang", "fault", "lost", "busy", "torn", "late", "refuse", "partial", "duplicate", "contradict", "strange"}
	d := newRegistryDesk(b, newOffice(faults...))
	b.mayNotClose("before anything is sent")
	d.batch()
	b.mayNotClose("while nothing has left")
	d.work(d.o.failed)
	for _, f := range faults {
		require.True(t, d.o.seen[f], f)
	}
	b.mayNotClose("while answers are missing")
	d.o.decideAll() // receipts come late
	d.work(func() bool { return d.count(registry.Sent) == 0 && d.count(registry.Queued) == 0 })
	require.Equal(t, 1, d.count(registry.Refused))
	require.Equal(t, 1, d.count(registry.Disputed))
	strays, _, err := w.Store.RegistryStrays(t.Context(), d.scope, models.Page{})
	require.NoError(t, err)
	require.Len(t, strays, 1)
	b.mayNotClose("while one is refused and one disputed")

	d.settle()
	d.batch() // what was refused goes again
	d.work(d.balanced)
	d.agree()

	d.takeBack(0)
	d.takeBack(10)
	d.agree()
	row := d.register()
	require.Equal(t, models.ActionAccepted, row.Status, row.Message)
	require.Equal(t, domain.StageClosed, w.State(t, b.c.ID).Stage)
	d.agree()
	b.clean()
}

// registryDesk is who registers the hours of a bench's case.
type registryDesk struct {
	*bench

	o      *office
	r      worker.Registrar
	office string // path
	scope  models.Scope
	second domain.Actor
}

func newRegistryDesk(b *bench, o *office) registryDesk {
	b.t.Helper()
	server := httptest.NewServer(o)
	b.t.Cleanup(server.Close)
	local := outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PlainHTTP: true}
	b.w.Store.Outbound(local)
	at, err := b.w.Store.Org(b.t.Context(), b.w.Bureau.OrgID)
	require.NoError(b.t, err)
	secret := officeSecret
	_, err = b.w.Store.PutRegistry(b.t.Context(), at, models.NewRegistry{Mode: models.RegistryPush, Secret: &secret, Settings: models.RegistrySettings{
		Project: "P", URL: server.URL, Auth: push.AuthHMAC, PageSize: 3, OnePerYear: true,
	}}, "it")
	require.NoError(b.t, err)
	client := local.Client(5 * time.Second) // a registry that hangs is given up; how soon changes nothing
	return registryDesk{
		bench: b, o: o, r: worker.Registrar{Store: b.w.Store, Outbound: local, HTTP: client}, office: at.Path,
		scope: models.Scope{Paths: []string{at.Path}}, second: b.w.Colleague(b.t, domain.RoleBureau),
	}
}

// batch sends what waits.
func (d registryDesk) batch() {
	d.t.Helper()
	made, err := d.w.Store.CreateRegistryBatch(d.t.Context(), models.NewBatch{Scope: d.scope, Office: d.office, By: d.w.Bureau.UserID})
	require.NoError(d.t, err)
	require.Empty(d.t, made.Problems)
}

// work has the worker work until done, time passing between its steps.
func (d registryDesk) work(done func() bool) {
	d.t.Helper()
	d.eventually(func() bool {
		if done() {
			return true
		}
		_, err := d.r.Step(d.t.Context())
		require.NoError(d.t, err)
		d.w.Advance(time.Minute)
		return false
	})
}

func (d registryDesk) records(f models.RegistryRecordFilter) []models.RegistryRecordView {
	d.t.Helper()
	rows, _, err := d.w.Store.RegistryRecords(d.t.Context(), d.scope, f, models.Page{Limit: 200})
	require.NoError(d.t, err)
	return rows
}

func (d registryDesk) count(s registry.State) int {
	d.t.Helper()
	return len(d.records(models.RegistryRecordFilter{State: s}))
}

func (d registryDesk) balanced() bool {
	d.t.Helper()
	rows, _, err := d.w.Store.RegistryBalances(d.t.Context(), d.scope, models.RegistryBalanceFilter{}, models.Page{})
	require.NoError(d.t, err)
	require.Len(d.t, rows, 1)
	return rows[0].Balanced()
}

// settle ends disputes by what is in the registry's books.
func (d registryDesk) settle() {
	d.t.Helper()
	for _, r := range d.records(models.RegistryRecordFilter{State: registry.Disputed}) {
		_, err := d.w.Store.SettleRegistryRecord(d.t.Context(), d.scope, r.No, registry.Entry{
			Outcome: registry.Acknowledged, Receipt: "R-" + r.No, Reason: "电话核实，登记系统中已登记",
		}, d.w.Bureau.UserID)
		require.NoError(d.t, err)
	}
}

// takeBack has two persons reduce a booked record, and sends what follows from it.
func (d registryDesk) takeBack(hours domain.Hours) {
	d.t.Helper()
	booked := d.records(models.RegistryRecordFilter{State: registry.Acknowledged})
	standing := slices.IndexFunc(booked, func(r models.RegistryRecordView) bool { return r.Holds }) // neither taken back nor taking back
	ctx, r := d.t.Context(), booked[standing]
	v, err := d.w.Store.AskReversal(ctx, d.scope, models.NewReversal{No: r.No, Hours: hours, Reason: "多认定", By: d.w.Bureau.UserID})
	require.NoError(d.t, err)
	_, err = d.w.Store.DecideReversal(ctx, d.scope, v.ID, true, "", d.w.Bureau.UserID)
	require.True(d.t, apperr.Is(err, models.CodeReversalOwn), "%v", err)
	d.agree()
	_, err = d.w.Store.DecideReversal(ctx, d.scope, v.ID, true, "", d.second.UserID)
	require.NoError(d.t, err)
	d.mayNotClose("before what was taken back is booked")
	d.batch()
	d.work(func() bool { return d.count(registry.Queued) == 0 && d.count(registry.Sent) == 0 })
	if hours > 0 {
		d.mayNotClose("before what is left is booked")
		d.batch()
	}
	d.work(d.balanced)
}

// agree compares the registry's own books with the ledger, person by person.
func (d registryDesk) agree() {
	d.t.Helper()
	require.True(d.t, d.balanced())
	var credits []models.Credit
	require.NoError(d.t, d.w.DB.Where("case_id = ?", d.c.ID).Find(&credits).Error)
	var back []models.RegistryReversal
	require.NoError(d.t, d.w.DB.Where("state = ?", models.ReversalApproved).Find(&back).Error)
	want, total := map[string]float64{}, 0
	for _, c := range credits {
		u, err := d.w.Store.User(d.t.Context(), c.UserID)
		require.NoError(d.t, err)
		p, err := d.w.Store.Personal(u)
		require.NoError(d.t, err)
		hours := c.Hours
		for _, v := range back {
			if v.UserID == c.UserID && v.Year == c.Year {
				hours = v.Hours
			}
		}
		total++
		want[p.IDNumber+" "+strconv.Itoa(c.Year)] = float64(hours) / 10
	}
	require.Equal(d.t, 2*(lifecycle.Teachers-1), total, "two years of every teacher who passed")
	require.Equal(d.t, want, d.o.books())
}

// register has the bureau register the case's hours.
func (b *bench) register() models.ActionRow {
	b.t.Helper()
	e := b.w.Envelope(b.t, b.c.ID, domain.RegisterCredit, b.w.Bureau, domain.Body{Receipt: "R-2026"})
	e.ID = domain.ActionID(b.w.Bureau.UserID, b.c.ID, domain.RegisterCredit, "register-"+b.w.Now().String())
	b.signal(e)
	b.w.Advance(time.Minute)
	return b.outcome(e.ID)
}

func (b *bench) mayNotClose(when string) {
	b.t.Helper()
	row := b.register()
	require.Equal(b.t, []string{models.ActionRefused, string(domain.CodeCreditUnbooked)}, []string{row.Status, row.Code}, when)
}
