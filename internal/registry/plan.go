package registry

import (
	"slices"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Held is a record with its standing.
type Held struct {
	Record
	Standing
}

// Booked is what the registry holds of these records, by its own acknowledgements.
func Booked(held []Held) domain.Hours {
	var sum domain.Hours
	for _, h := range held {
		if h.State == Acknowledged {
			sum += h.Hours
		}
	}
	return sum
}

// Need is what is to be done for the books of one key to agree.
type Need struct {
	// Done: the registry holds what the ledger says.
	Done bool
	// Open are records without a conclusion; nothing else is done before they have one.
	Open []Held
	// Issue is the record to send next.
	Issue *Record
	// Reverse are the records to take back first, which takes two persons.
	Reverse []Held
}

// Plan compares what the ledger holds of a key with its records, all of them.
// A registry takes one line a person and year: hours that changed are never added to, the
// old record is taken back and a new one is sent.
func Plan(k Key, ledger domain.Hours, held []Held) Need {
	open := slices.DeleteFunc(slices.Clone(held), func(h Held) bool { return h.State.Concluded() })
	if len(open) > 0 {
		return Need{Open: open}
	}
	live := Live(held)
	switch {
	case Booked(held) == ledger && (ledger == 0 || len(live) == 1):
		return Need{Done: true}
	case len(live) > 0:
		return Need{Reverse: surplus(live, ledger)}
	}
	r := NewRecord(k, nextRev(held), ledger, "")
	return Need{Issue: &r}
}

// surplus are the records to take back: all but one that is right, if there is one.
func surplus(live []Held, ledger domain.Hours) []Held {
	if i := slices.IndexFunc(live, func(h Held) bool { return h.Hours == ledger }); i >= 0 {
		return slices.Delete(slices.Clone(live), i, i+1)
	}
	return live
}

// Live are the records the registry holds and has not taken back.
func Live(held []Held) []Held {
	gone := map[string]bool{}
	for _, h := range held {
		if h.Reverses != "" && h.State == Acknowledged {
			gone[h.Reverses] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(held), func(h Held) bool {
		return h.Reverses != "" || h.State != Acknowledged || gone[h.No]
	})
}

func nextRev(held []Held) int {
	rev := 1
	for _, h := range held {
		rev = max(rev, h.Rev+1)
	}
	return rev
}

// Reverse is the record that takes one of a key's records back (冲正).
func Reverse(no string, held []Held) (Record, error) {
	i := slices.IndexFunc(Live(held), func(h Held) bool { return h.No == no })
	if i < 0 {
		return Record{}, apperr.New(CodeNoReverse, "只有已登记、尚未冲正的记录可以冲正，请刷新后查看它现在的状态。")
	}
	for _, h := range held {
		if h.Reverses == no && !h.State.Concluded() {
			return Record{}, apperr.Newf(CodeNoReverse, "记录%s的冲正（%s）已在办理，现在是“%s”，不能再次冲正。", no, h.No, h.State.Name())
		}
	}
	r := Live(held)[i]
	return NewRecord(r.Key, nextRev(held), -r.Hours, no), nil
}
