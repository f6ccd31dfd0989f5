package registry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

var key = registry.Key{CaseID: "case", UserID: "teacher", Year: 2026}

func TestNumbersStandForOneRecord(t *testing.T) {
	t.Parallel()
	r := registry.NewRecord(key, 1, 250, "")
	require.Regexp(t, `^ZX2026-[A-Z2-7]{16}$`, r.No)
	require.Equal(t, r.No, registry.NewRecord(key, 1, 250, "").No)
	for name, other := range map[string]registry.Record{
		"revision": registry.NewRecord(key, 2, 250, ""),
		"year":     registry.NewRecord(registry.Key{CaseID: "case", UserID: "teacher", Year: 2025}, 1, 250, ""),
		"teacher":  registry.NewRecord(registry.Key{CaseID: "case", UserID: "teacher2", Year: 2026}, 1, 250, ""),
		"cut":      registry.NewRecord(registry.Key{CaseID: "caset", UserID: "eacher", Year: 2026}, 1, 250, ""),
	} {
		require.NotEqual(t, r.No, other.No, name)
	}
}

var (
	sent    = registry.Entry{Kind: registry.EntrySent}
	ack     = registry.Entry{Kind: registry.EntryAcknowledged, Hours: 250, Receipt: "R1"}
	ackMore = registry.Entry{Kind: registry.EntryAcknowledged, Hours: 300, Receipt: "R1"}
	ackElse = registry.Entry{Kind: registry.EntryAcknowledged, Hours: 250, Receipt: "R2"}
	refused = registry.Entry{Kind: registry.EntryRefused, Reason: "查无此人"}
	booked  = registry.Entry{Kind: registry.EntrySettled, Outcome: registry.Acknowledged, Reason: "已核实", Receipt: "R9"}
	nothing = registry.Entry{Kind: registry.EntrySettled, Outcome: registry.Refused, Reason: "已核实"}
)

func TestWhatAnswersMean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		journal []registry.Entry
		want    registry.State
		receipt string
	}{
		"nothing yet":             {nil, registry.Queued, ""},
		"sent twice":              {[]registry.Entry{sent, sent}, registry.Sent, ""},
		"booked":                  {[]registry.Entry{sent, ack}, registry.Acknowledged, "R1"},
		"said again":              {[]registry.Entry{sent, ack, ack}, registry.Acknowledged, "R1"},
		"another receipt":         {[]registry.Entry{sent, ack, ackElse}, registry.Acknowledged, "R1"},
		"other hours":             {[]registry.Entry{sent, ackMore}, registry.Disputed, ""},
		"refused":                 {[]registry.Entry{sent, refused}, registry.Refused, ""},
		"booked, then refused":    {[]registry.Entry{sent, ack, refused}, registry.Disputed, "R1"},
		"refused, then booked":    {[]registry.Entry{sent, refused, ack}, registry.Disputed, ""},
		"settled: booked":         {[]registry.Entry{sent, refused, ack, booked}, registry.Acknowledged, "R9"},
		"settled: nothing":        {[]registry.Entry{sent, ack, refused, nothing}, registry.Refused, "R1"},
		"old words after a word":  {[]registry.Entry{sent, ack, refused, booked, refused, ack}, registry.Acknowledged, "R9"},
		"new words after a word":  {[]registry.Entry{sent, ack, refused, booked, ackMore}, registry.Disputed, "R9"},
		"settled twice the same ": {[]registry.Entry{sent, ack, refused, booked, ackMore, booked}, registry.Acknowledged, "R9"},
	} {
		s, err := registry.Fold(registry.NewRecord(key, 1, 250, ""), c.journal)
		require.NoError(t, err, name)
		require.Equal(t, c.want, s.State, name)
		require.Equal(t, c.receipt, s.Receipt, name)
	}
}

func TestEntriesOutOfPlaceAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		journal []registry.Entry
		want    apperr.Code
	}{
		"booked, never sent":   {[]registry.Entry{ack}, registry.CodeNotSent},
		"refused, never sent":  {[]registry.Entry{refused}, registry.CodeNotSent},
		"sent after booked":    {[]registry.Entry{sent, ack, sent}, registry.CodeConcluded},
		"sent after refused":   {[]registry.Entry{sent, refused, sent}, registry.CodeConcluded},
		"sent while disputed":  {[]registry.Entry{sent, ackMore, sent}, registry.CodeConcluded},
		"nothing to settle":    {[]registry.Entry{sent, ack, booked}, registry.CodeUndisputed},
		"settled as something": {[]registry.Entry{sent, ackMore, {Kind: registry.EntrySettled, Outcome: registry.Sent}}, registry.CodeSettle},
		"no such entry":        {[]registry.Entry{{Kind: "guessed"}}, apperr.Internal},
	} {
		_, err := registry.Fold(registry.NewRecord(key, 1, 250, ""), c.journal)
		require.Equal(t, c.want, apperr.CodeOf(err), name)
	}
}

func held(rev int, hours domain.Hours, reverses string, s registry.State) registry.Held {
	return registry.Held{Record: registry.NewRecord(key, rev, hours, reverses), Standing: registry.Standing{State: s}}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	one, two := held(1, 250, "", registry.Acknowledged), held(2, 250, "", registry.Acknowledged)
	less := held(1, 200, "", registry.Acknowledged)
	back := held(2, -250, one.No, registry.Acknowledged)
	for name, c := range map[string]struct {
		ledger domain.Hours
		held   []registry.Held
		issue  domain.Hours
		rev    int
		need   registry.Need
	}{
		"nothing sent":        {ledger: 250, issue: 250, rev: 1},
		"nothing due":         {need: registry.Need{Done: true}},
		"on its way":          {ledger: 250, held: []registry.Held{held(1, 250, "", registry.Sent)}, need: registry.Need{Open: []registry.Held{held(1, 250, "", registry.Sent)}}},
		"booked":              {ledger: 250, held: []registry.Held{one}, need: registry.Need{Done: true}},
		"refused":             {ledger: 250, held: []registry.Held{held(1, 250, "", registry.Refused)}, issue: 250, rev: 2},
		"corrected":           {ledger: 250, held: []registry.Held{less}, need: registry.Need{Reverse: []registry.Held{less}}},
		"taken back":          {ledger: 200, held: []registry.Held{one, back}, issue: 200, rev: 3},
		"taken back for good": {held: []registry.Held{one, back}, need: registry.Need{Done: true}},
		"booked twice":        {ledger: 250, held: []registry.Held{one, two}, need: registry.Need{Reverse: []registry.Held{two}}},
		"not due any more":    {held: []registry.Held{one}, need: registry.Need{Reverse: []registry.Held{one}}},
		"two halves":          {ledger: 450, held: []registry.Held{less, two}, need: registry.Need{Reverse: []registry.Held{less, two}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := c.need
			if c.rev > 0 {
				r := registry.NewRecord(key, c.rev, c.issue, "")
				want.Issue = &r
			}
			require.Equal(t, want, registry.Plan(key, c.ledger, c.held))
		})
	}
}

func TestReversal(t *testing.T) {
	t.Parallel()
	one := held(1, 250, "", registry.Acknowledged)
	r, err := registry.Reverse(one.No, []registry.Held{one})
	require.NoError(t, err)
	require.Equal(t, registry.NewRecord(key, 2, -250, one.No), r)
	for name, held := range map[string][]registry.Held{
		"not booked":     {held(1, 250, "", registry.Sent)},
		"refused":        {held(1, 250, "", registry.Refused)},
		"on its way":     {one, held(2, -250, one.No, registry.Sent)},
		"taken back":     {one, held(2, -250, one.No, registry.Acknowledged)},
		"in dispute":     {one, held(2, -250, one.No, registry.Disputed)},
		"another record": {held(3, 250, "", registry.Acknowledged)},
	} {
		_, err := registry.Reverse(one.No, held)
		require.Equal(t, registry.CodeNoReverse, apperr.CodeOf(err), name)
	}
	again, err := registry.Reverse(one.No, []registry.Held{one, held(2, -250, one.No, registry.Refused)})
	require.NoError(t, err)
	require.Equal(t, 3, again.Rev, "what was refused is asked again under another number")
}
