package registry_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// bureau is a registry as it should be: it books every number once, whatever comes how
// often, and takes one line a person and year.
type bureau struct {
	answers map[string]registry.Entry
	books   map[string]domain.Hours // live, by number
	strict  bool                    // refuses now and then
}

func (b *bureau) take(r registry.Record, rng *rand.Rand) registry.Entry {
	if e, ok := b.answers[r.No]; ok {
		return e
	}
	e := registry.Entry{Kind: registry.EntryAcknowledged, Hours: r.Hours, Receipt: "R-" + r.No}
	switch {
	case b.strict && rng.IntN(4) == 0:
		e = registry.Entry{Kind: registry.EntryRefused, Reason: "姓名与身份证号不符"}
	case r.Reverses != "":
		delete(b.books, r.Reverses)
	default:
		b.books[r.No] = r.Hours
	}
	b.answers[r.No] = e
	return e
}

func (b *bureau) total() domain.Hours {
	var sum domain.Hours
	for _, h := range b.books {
		sum += h
	}
	return sum
}

// office is our side of one key: journals and the ledger.
type office struct {
	t       *testing.T
	rng     *rand.Rand
	key     registry.Key
	ledger  domain.Hours
	records []registry.Record
	journal map[string][]registry.Entry
	late    []answer // answers on their way
}

type answer struct {
	registry.Entry

	no string
}

func (o *office) held() []registry.Held {
	var held []registry.Held
	for _, r := range o.records {
		s, err := registry.Fold(r, o.journal[r.No])
		require.NoError(o.t, err)
		held = append(held, registry.Held{Record: r, Standing: s})
	}
	return held
}

// note adds to a journal what has a place in it.
func (o *office) note(r registry.Record, e registry.Entry) {
	j := append(slices.Clone(o.journal[r.No]), e)
	if _, err := registry.Fold(r, j); err == nil {
		o.journal[r.No] = j
	}
}

func (o *office) record(no string) registry.Record {
	for _, r := range o.records {
		if r.No == no {
			return r
		}
	}
	o.t.Fatalf("no record %s", no)
	return registry.Record{}
}

// plan makes the records that are due; reversals as two persons would, one by one.
func (o *office) plan() {
	need := registry.Plan(o.key, o.ledger, o.held())
	if need.Issue != nil {
		o.records = append(o.records, *need.Issue)
	}
	if len(need.Reverse) > 0 {
		r, err := registry.Reverse(need.Reverse[0].No, o.held())
		require.NoError(o.t, err)
		o.records = append(o.records, r)
	}
}

// send sends what waits, again too; request and answer get lost, late and doubled.
func (o *office) send(b *bureau, sure bool) {
	for _, h := range o.held() {
		if h.State != registry.Queued && h.State != registry.Sent {
			continue
		}
		o.note(h.Record, registry.Entry{Kind: registry.EntrySent})
		if !sure && o.rng.IntN(4) == 0 {
			continue // never arrived
		}
		e := b.take(h.Record, o.rng)
		for range o.rng.IntN(3) {
			o.late = append(o.late, answer{e, h.No})
		}
		if sure {
			o.note(h.Record, e)
		}
	}
}

// hear takes one of the answers on their way, in any order.
func (o *office) hear(sure bool) {
	if len(o.late) == 0 {
		return
	}
	i := o.rng.IntN(len(o.late))
	a := o.late[i]
	o.late = append(o.late[:i], o.late[i+1:]...)
	r := o.record(a.no)
	if !sure && o.rng.IntN(8) == 0 { // the registry contradicts itself
		o.note(r, registry.Entry{Kind: registry.EntryRefused, Reason: "系统繁忙"})
		o.note(r, registry.Entry{Kind: registry.EntryAcknowledged, Hours: r.Hours - 5, Receipt: "?"})
	}
	o.note(r, a.Entry)
}

// settle has people look disputes up in the registry's books.
func (o *office) settle(b *bureau) {
	for _, h := range o.held() {
		if h.State != registry.Disputed {
			continue
		}
		outcome := registry.Refused
		if e, ok := b.answers[h.No]; ok && e.Kind == registry.EntryAcknowledged {
			outcome = registry.Acknowledged
		}
		o.note(h.Record, registry.Entry{Kind: registry.EntrySettled, Outcome: outcome, Reason: "已电话核实"})
	}
}

func (o *office) step(b *bureau, values map[domain.Hours]bool) {
	switch o.rng.IntN(9) {
	case 0, 1:
		o.plan()
	case 2, 3, 4:
		o.send(b, false)
	case 5, 6:
		o.hear(false)
	case 7:
		o.settle(b)
	default:
		if o.rng.IntN(4) == 0 { // the ledger is corrected
			o.ledger = domain.Hours(o.rng.IntN(3) * 125)
			values[o.ledger] = true
		}
	}
}

// Whatever is lost, doubled, late, refused, contradicted, reversed and corrected: the
// registry never holds hours that the ledger never had, and once all is heard it holds
// exactly the ledger's, as our own books say.
func TestTheBooksAgreeAfterAnyHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 7))
		b := &bureau{map[string]registry.Entry{}, map[string]domain.Hours{}, true}
		o := &office{
			t: t, rng: rng, key: registry.Key{CaseID: "c", UserID: "u", Year: 2026}, ledger: 250,
			journal: map[string][]registry.Entry{},
		}
		values := map[domain.Hours]bool{0: true, 250: true}
		for range 80 {
			o.step(b, values)
			require.True(t, values[b.total()], "seed %d: the registry holds %s hours", seed, b.total())
		}
		b.strict = false
		for range 30 {
			o.send(b, true)
			for len(o.late) > 0 {
				o.hear(true)
			}
			o.settle(b)
			o.plan()
		}
		require.True(t, registry.Plan(o.key, o.ledger, o.held()).Done, "seed %d: %+v", seed, o.held())
		require.Equal(t, o.ledger, registry.Booked(o.held()), "seed %d: by our books", seed)
		require.Equal(t, o.ledger, b.total(), "seed %d: by the registry's books", seed)
	}
}
