// Package headstest is what daily heads must prove on a store where somebody else may add
// files among them.
package headstest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/heads"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// Forged adds whatever it can among the daily heads by add, which may change and delete
// none: each is found, told in words that say what to do, and passed over. The heads that
// are genuine prove what they did before.
func Forged(t *testing.T, files *evidence.Store, add func(t *testing.T, key string, body []byte)) {
	t.Helper()
	w := newWorld(t, files)
	w.keep(t)
	w.keep(t)
	require.Empty(t, w.verify(t).Findings)
	none, err := w.heads.Newest(t.Context())
	require.NoError(t, err)
	require.Empty(t, none.Strange)

	var names []string
	for _, f := range w.forgeries(t) {
		add(t, evidence.HeadsPrefix+f.name, f.body)
		names = append(names, f.name)
		r := w.verify(t)
		require.EqualValues(t, 2, r.Heads, f.what)
		require.ElementsMatch(t, names, found(t, r), f.what)
	}
	newest, err := w.heads.Newest(t.Context())
	require.NoError(t, err)
	require.Equal(t, w.kept[1].Digest(), newest.Digest(), "the genuine one is still found")
	require.NotEmpty(t, newest.Strange)
	require.Subset(t, names, newest.Strange)

	w.keep(t)
	r := w.verify(t)
	require.EqualValues(t, 3, r.Heads, "the next one follows on the genuine one")
	require.ElementsMatch(t, names, found(t, r))
	w.goesOnProving(t)
}

type world struct {
	*lifecycle.World

	by     *notary.Signer
	heads  heads.Heads
	caseID string
	kept   []models.DailyHead
}

func newWorld(t *testing.T, files *evidence.Store) *world {
	t.Helper()
	w := &world{World: lifecycle.New(t), by: signer(t)}
	w.heads = heads.Heads{Store: w.Store, Files: files, Keys: w.by.Keys()}
	w.Store.SignWith(w.by)
	require.NoError(t, w.Store.BeginAudit(t.Context(), w.by))
	c, _ := w.Open(t)
	w.caseID = c.ID
	return w
}

func signer(t *testing.T) *notary.Signer {
	t.Helper()
	seed, err := notary.Generate()
	require.NoError(t, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(t, err)
	return by
}

// keep keeps the head of the next day, and seals what is entered about it.
func (w *world) keep(t *testing.T) {
	t.Helper()
	w.Advance(24 * time.Hour)
	_, err := w.Store.SealAudit(t.Context(), w.by, 0)
	require.NoError(t, err)
	_, err = w.heads.Keep(t.Context(), w.by, true)
	require.NoError(t, err)
	last, err := w.heads.Last(t.Context())
	require.NoError(t, err)
	require.Equal(t, heads.Today(w.Now()), last.Day)
	w.kept = append(w.kept, *last)
	_, err = w.Store.SealAudit(t.Context(), w.by, last.Seq)
	require.NoError(t, err)
}

func (w *world) verify(t *testing.T) models.VerifyReport {
	t.Helper()
	list, err := heads.List(t.Context(), w.heads.Files)
	require.NoError(t, err)
	r, err := w.Store.Verify(t.Context(), w.heads.Keys, list)
	require.NoError(t, err)
	return r
}

// found are the files that a report calls forged; it says what to do and accuses nothing else.
func found(t *testing.T, r models.VerifyReport) []string {
	t.Helper()
	var names []string
	for _, f := range r.Findings {
		require.Equal(t, models.TamperForged, f.Kind, "%+v", f)
		require.Contains(t, f.Detail, "版本 ")
		require.Contains(t, f.Advice, "没有采信")
		require.Contains(t, f.Advice, "更换密钥")
		names = append(names, f.Row)
	}
	return names
}

type forgery struct {
	what, name string
	body       []byte
}

// forgeries are what somebody without the key can make, over the newest head and beside it.
func (w *world) forgeries(t *testing.T) []forgery {
	t.Helper()
	older, newer := w.kept[0], w.kept[1]
	require.Len(t, newer.Lines, 1)
	require.Equal(t, newer.Root, edited(newer, nil).Root)
	unsigned := edited(newer, nil)
	unsigned.Seq += 1_000_000 // further than the log goes
	foreign, stranger := edited(newer, func(l *models.ChainLine) { l.Hash = strings.Repeat("0", len(l.Hash)) }), signer(t)
	foreign.KeyID = stranger.ID()
	foreign = signed(foreign, stranger)
	claiming := foreign // the true key's name over another's signature
	claiming.KeyID = w.by.ID()
	later := edited(newer, nil)
	later.Day, later.At, later.Previous, later.KeyID = "2099-01-01", later.At.AddDate(73, 0, 0), newer.Digest(), stranger.ID()
	later = signed(later, stranger)
	lines := edited(newer, func(l *models.ChainLine) { l.Seq++ })
	lines.Root, lines.Signature = newer.Root, newer.Signature
	return []forgery{
		{"unsigned, in its place", newer.FileName(), unsigned.Encode()},
		{"by another key, in its place", newer.FileName(), foreign.Encode()},
		{"by another key that has the name of ours", newer.FileName(), claiming.Encode()},
		{"other lines below a true signature", newer.FileName(), lines.Encode()},
		{"an older one, in its place", newer.FileName(), older.Encode()},
		{"an older one, as the newest", "2099-01-01-09999999999999999999.jsonl", older.Encode()},
		{"the newest, as a newer one", "2099-01-02-09999999999999999999.jsonl", newer.Encode()},
		{"by another key, as what follows", later.FileName(), later.Encode()},
		{"nothing", newer.FileName(), []byte("\n")},
		{"no head", "zzz", bytes.Repeat([]byte("x"), 1<<20)},
	}
}

// edited is a head with its lines changed and its root to match.
func edited(h models.DailyHead, change func(*models.ChainLine)) models.DailyHead {
	h.Lines = slices.Clone(h.Lines)
	for i := range h.Lines {
		if change != nil {
			change(&h.Lines[i])
		}
	}
	leaf := sha256.Sum256([]byte("\x00" + h.Lines[0].String()))
	h.Root = hex.EncodeToString(leaf[:]) // there is one case
	return h
}

func signed(h models.DailyHead, by *notary.Signer) models.DailyHead {
	h.Signature = ""
	h.Signature = by.Sign(notary.PurposeHead, h.Digest())
	return h
}

// goesOnProving changes what a head has seen, and it is found in spite of what lies beside it.
func (w *world) goesOnProving(t *testing.T) {
	t.Helper()
	require.NoError(t, w.DB.Exec("UPDATE events SET hash = 'another' WHERE case_id = ? AND seq = 1", w.caseID).Error)
	require.NoError(t, w.DB.Exec("DELETE FROM audit_log WHERE seq = ?", w.kept[2].Seq).Error)
	kinds := map[string][]models.Tampering{}
	for _, f := range w.verify(t).Findings {
		kinds[f.Table] = append(kinds[f.Table], f.Kind)
	}
	require.Contains(t, kinds["events"], models.TamperRewritten)
	require.NotEmpty(t, kinds["audit_log"])
}
