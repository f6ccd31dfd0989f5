package models_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// chains are cases of three events each in a database, and daily heads that saw them: from
// day to day every fourth case goes on.
type chains struct {
	store *models.Store
	by    *notary.Signer
	keys  notary.Keys
	cases int
	at    func(day, n int) models.ChainLine
}

func newChains(tb testing.TB, cases int) *chains {
	tb.Helper()
	c := &chains{store: models.New(testkit.SQLite(tb), time.Now, testkit.Keyring(tb)), cases: cases}
	c.by, c.keys = signer(tb)
	list := make([]models.Event, 0, 3*cases)
	c.at = func(day, n int) models.ChainLine { return chainLine(n, 1+(day+n)/4%3) }
	for n := range cases {
		for seq := 1; seq <= 3; seq++ {
			l := chainLine(n, seq)
			list = append(list, models.Event{CaseID: l.CaseID, Seq: l.Seq, Hash: l.Hash, ActionID: fmt.Sprintf("%s-%d", l.CaseID, seq)})
		}
	}
	require.NoError(tb, c.store.DB(tb.Context()).CreateInBatches(list, 500).Error)
	return c
}

func chainLine(n, seq int) models.ChainLine {
	return models.ChainLine{CaseID: fmt.Sprintf("01890000-0000-7000-8000-%012d", n), Seq: seq, Hash: fmt.Sprintf("%063d%d", n, seq)}
}

// heads are those of some days, written anew whenever they are opened. opened is told.
func (c *chains) heads(days int, opened func(day int)) []models.KeptHead {
	list := make([]models.KeptHead, days)
	previous := ""
	for day := range list {
		h := models.DailyHead{Day: fmt.Sprintf("day %d", day), Previous: previous, KeyID: c.by.ID(), Cases: c.cases}
		for n := range c.cases {
			h.Lines = append(h.Lines, c.at(day, n))
		}
		h.Root, h.Lines = models.RootOf(h.Lines), nil
		h = models.SignHead(h, c.by)
		previous = h.Digest()
		list[day] = models.KeptHead{Name: h.FileName(), Open: func(context.Context) (io.ReadCloser, error) {
			opened(day)
			from, to := io.Pipe()
			go func() {
				_, err := to.Write(h.Encode())
				for n := 0; n < c.cases && err == nil; n++ {
					_, err = io.WriteString(to, c.at(day, n).String()+"\n")
				}
				_ = to.CloseWithError(err)
			}()
			return from, nil
		}}
	}
	return list
}

func (c *chains) compare(tb testing.TB, heads []models.KeptHead) models.VerifyReport {
	tb.Helper()
	r, err := c.store.CompareHeads(tb.Context(), c.keys, heads)
	require.NoError(tb, err)
	return r
}

// What any head saw is looked up, also where the heads before and after it saw no change.
func TestEveryLineOfEveryHeadIsCompared(t *testing.T) {
	t.Parallel()
	const days, cases = 7, 1200 // several look-ups a head
	c := newChains(t, cases)
	quiet := func(int) {}
	r := c.compare(t, c.heads(days, quiet))
	require.Empty(t, r.Findings)
	require.EqualValues(t, days, r.Heads)
	for _, l := range []models.ChainLine{c.at(0, 0), c.at(3, 777), c.at(days-1, cases-1)} {
		row := fmt.Sprintf("%s|%d", l.CaseID, l.Seq)
		for _, change := range []struct {
			kind models.Tampering
			sql  string
		}{
			{models.TamperRewritten, "UPDATE events SET hash = 'another' WHERE case_id = ? AND seq = ?"},
			{models.TamperCut, "DELETE FROM events WHERE case_id = ? AND seq = ?"},
		} {
			require.NoError(t, c.store.DB(t.Context()).Exec(change.sql, l.CaseID, l.Seq).Error)
			r := c.compare(t, c.heads(days, quiet))
			require.NotEmpty(t, r.Findings, row)
			require.Equal(t, "events", r.Findings[0].Table)
			require.Equal(t, row, r.Findings[0].Row)
			require.Equal(t, change.kind, r.Findings[0].Kind)
		}
		e := models.Event{CaseID: l.CaseID, Seq: l.Seq, Hash: l.Hash, ActionID: fmt.Sprintf("%s-%d", l.CaseID, l.Seq)}
		require.NoError(t, c.store.DB(t.Context()).Create(&e).Error)
	}
	require.Empty(t, c.compare(t, c.heads(days, quiet)).Findings)
}

// A head whose lines are others than were signed, or cannot be read to their end, is named.
func TestALineOfAHeadThatIsAnotherIsFound(t *testing.T) {
	t.Parallel()
	const days, cases = 3, 5
	c := newChains(t, cases)
	for what, change := range map[string]func(text string) string{
		"left out": func(s string) string { return s[:strings.LastIndex(strings.TrimSpace(s), "\n")+1] },
		"added":    func(s string) string { return s + chainLine(cases-1, 2).String() + "\n" },
		"edited": func(s string) string {
			return strings.Replace(s, chainLine(2, 1).String(), chainLine(2, 2).String(), 1)
		},
		"no line":    func(s string) string { return s + "and so on\n" },
		"not at all": func(string) string { return "" },
	} {
		heads := c.heads(days, func(int) {})
		was := heads[1].Open
		heads[1].Open = func(ctx context.Context) (io.ReadCloser, error) {
			in, err := was(ctx)
			require.NoError(t, err)
			text, err := io.ReadAll(in)
			require.NoError(t, err)
			return io.NopCloser(strings.NewReader(change(string(text)))), nil
		}
		r := c.compare(t, heads)
		require.NotEmpty(t, r.Findings, what)
		require.Equal(t, "daily_heads", r.Findings[0].Table, what)
		require.Equal(t, heads[1].Name, r.Findings[0].Row, what)
		require.Equal(t, models.TamperForged, r.Findings[0].Kind, what)
	}
}

// Memory does not grow with the heads: what is alive when one is opened is no more at the
// last than at the first, though all of them together are much larger.
//
//nolint:paralleltest // measures what the whole process has
func TestHeadsAreNotKeptInMemory(t *testing.T) {
	const days, cases = 40, 2000
	c := newChains(t, cases)
	var first, last uint64
	opened := 0
	heads := c.heads(days, func(int) {
		if opened++; opened == 2 || opened == 3*days-1 {
			last = alive()
		}
		if opened == 2 {
			first = last
		}
	})
	require.Empty(t, c.compare(t, heads).Findings)
	require.Equal(t, 3*days-1, opened, "for its signature, for its lines, and beside the next")
	const head = cases * 110 // bytes
	require.Less(t, last, first+4*head, "of %d heads", days)
}

func alive() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What comparing costs at the size of a province:
//
//	go test ./models -run '^$' -bench CompareHeads -benchtime 1x
func BenchmarkCompareHeads(b *testing.B) {
	const cases = 30_000
	c := newChains(b, cases)
	for _, days := range []int{3, 30} {
		b.Run(fmt.Sprintf("%d cases, %d days", cases, days), func(b *testing.B) {
			var most uint64
			before := alive()
			heads := c.heads(days, func(int) { most = max(most, alive()) })
			for b.Loop() {
				require.Empty(b, c.compare(b, heads).Findings)
			}
			b.ReportMetric(float64(max(most, before)-before)/1e6, "MB")
		})
	}
}

// A head that is streamed is the file that its size, its root and its signature speak of.
func TestAStreamedHeadIsTheWholeFile(t *testing.T) {
	t.Parallel()
	store, by, keys := manyCases(t, 1000)
	var file []byte
	err := store.StreamHead(t.Context(), "2026-03-02", "before", by, func(h models.DailyHead, size int64, r io.Reader) (err error) {
		file, err = io.ReadAll(r)
		require.Len(t, file, int(size))
		require.NoError(t, h.Check(keys))
		require.Nil(t, h.Lines)
		return err
	})
	require.NoError(t, err)
	read, err := models.ReadHead(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, file, read.Encode())
	require.Equal(t, models.RootOf(read.Lines), read.Root)
	require.Equal(t, []any{1000, int64(2000), "before"}, []any{read.Cases, read.Events, read.Previous})

	broken := errors.New("the store is away")
	err = store.StreamHead(t.Context(), "2026-03-02", "", by, func(_ models.DailyHead, _ int64, r io.Reader) error {
		_, err := io.CopyN(io.Discard, r, 1000)
		return errors.Join(broken, err)
	})
	require.ErrorIs(t, err, broken, "and nobody waits for the rest")
}

func manyCases(tb testing.TB, n int) (*models.Store, *notary.Signer, notary.Keys) {
	tb.Helper()
	clock := testkit.NewClock()
	store := models.New(testkit.SQLite(tb), clock.Now, testkit.Keyring(tb))
	list := make([]models.Case, n)
	for i := range list {
		id := chainLine(i, 2)
		list[i] = models.Case{
			ID: id.CaseID, Seq: id.Seq, HeadHash: id.Hash, CohortID: id.CaseID, WorkflowID: id.CaseID, SortAt: clock.Now(), WaitAt: clock.Now(),
			OpenedAt: clock.Now(), UpdatedAt: clock.Now(),
		}
	}
	require.NoError(tb, store.DB(tb.Context()).CreateInBatches(list, 200).Error)
	by, keys := signer(tb)
	return store, by, keys
}

// What making a head holds in memory at the size of a province, streamed and whole:
//
//	go test ./models -run '^$' -bench MakeHead -benchtime 1x
func BenchmarkMakeHead(b *testing.B) {
	store, by, _ := manyCases(b, 30_000)
	var most uint64
	measured := func(r io.Reader) error {
		for {
			switch _, err := io.CopyN(io.Discard, r, 1<<20); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			most = max(most, alive())
		}
	}
	for name, kept := range map[string]func() error{
		"streamed": func() error {
			return store.StreamHead(b.Context(), "2026-03-02", "", by, func(_ models.DailyHead, _ int64, r io.Reader) error { return measured(r) })
		},
		"whole": func() error {
			h, err := store.MakeHead(b.Context(), "2026-03-02", "", by)
			require.NoError(b, err)
			err = measured(bytes.NewReader(h.Encode()))
			runtime.KeepAlive(h)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			before := alive()
			most = before
			for b.Loop() {
				require.NoError(b, kept())
			}
			b.ReportMetric(float64(most-before)/1e6, "MB")
		})
	}
}
