package models_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// repacked is a package with one file changed, or left out when change gives "".
func repacked(t *testing.T, raw []byte, name string, change func(string) string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		if f.Name == name {
			text = []byte(change(string(text)))
		}
		if len(text) == 0 {
			continue
		}
		w, err := to.Create(f.Name)
		require.NoError(t, err)
		_, err = w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, to.Close())
	return out.Bytes()
}

func unzipped(t *testing.T, raw []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	f, err := z.Open(name)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	return text
}

// stripped are events without their signatures, the fourth by somebody else, chained anew.
func stripped(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	prev := ""
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var e models.Event
		require.NoError(t, json.Unmarshal([]byte(line), &e)) //nolint:musttag // as packages have them
		if e.KeyID, e.Signature = "", ""; i == 3 {
			e.ActorID = "somebody-else"
		}
		models.Reseal(&e, prev)
		prev = e.Hash
		raw, err := json.Marshal(e) //nolint:musttag // as packages have them
		require.NoError(t, err)
		out.Write(append(raw, '\n'))
	}
	return out.String()
}

// A package that its maker took every proof from proves nothing.
func TestAPackageWithoutProofIsNotClean(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	head := a.head(t, "2026-03-02", "")
	var file bytes.Buffer
	require.NoError(t, a.w.Store.WriteCasePackage(t.Context(), &file, head.Lines[0].CaseID, &head))
	findings := func(raw []byte, table string) []models.Tampering {
		r, err := models.VerifyPackage(bytes.NewReader(raw), int64(len(raw)), a.keys)
		require.NoError(t, err)
		return kinds(r, table)
	}
	strip := func(s string) string { return stripped(t, s) }
	none := func(string) string { return "" }

	bare := repacked(t, file.Bytes(), "events.jsonl", strip)
	require.Contains(t, findings(bare, "events"), models.TamperUnsigned, "rechained without signatures, the true head beside")
	require.Contains(t, findings(repacked(t, bare, "head.json", none), "events"), models.TamperUnsigned, "and no head")

	made := func(s string) string {
		first, _, _ := strings.Cut(s, "\n")
		var pin map[string]any
		require.NoError(t, json.Unmarshal([]byte(first), &pin))
		pin["Round"] = 99
		raw, err := json.Marshal(pin)
		require.NoError(t, err)
		return s + string(raw) + "\n"
	}
	require.Contains(t, findings(repacked(t, file.Bytes(), "dossier_pins.jsonl", made), "dossier_pins"), models.TamperInserted, "a pin nobody wrote")

	another := func(s string) string { return strings.Replace(s, `"CaseID": "`, `"CaseID": "x`, 1) }
	require.NotEqual(t, unzipped(t, file.Bytes(), "head.json"), unzipped(t, repacked(t, file.Bytes(), "head.json", another), "head.json"))
	require.Contains(t, findings(repacked(t, file.Bytes(), "head.json", another), "daily_heads"), models.TamperEdited, "another case's head")
	require.Empty(t, findings(repacked(t, file.Bytes(), "head.json", none), "events"), "signed events need no head")
}

// Events from before there were signatures are proved by a head, and by nothing else.
func TestUnsignedEventsAreProvedByAHead(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	w := lifecycle.On(t, db)
	c, _ := w.Open(t)
	by, keys := signer(t)
	head, err := w.Store.MakeHead(t.Context(), "2026-03-02", "", by)
	require.NoError(t, err)
	for _, h := range []*models.DailyHead{&head, nil} {
		var file bytes.Buffer
		require.NoError(t, w.Store.WriteCasePackage(t.Context(), &file, c.ID, h))
		r, err := models.VerifyPackage(bytes.NewReader(file.Bytes()), int64(file.Len()), keys)
		require.NoError(t, err)
		require.Positive(t, r.Unsigned)
		require.Equal(t, h == nil, len(r.Findings) > 0, "%v", r.Findings)
	}
}

// A package proves a case to whoever has nothing but public keys, and nothing else does.
func TestACasePackageProvesItself(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	head := a.head(t, "2026-03-02", "")
	caseID := head.Lines[0].CaseID
	var file bytes.Buffer
	require.NoError(t, a.w.Store.WriteCasePackage(t.Context(), &file, caseID, &head))
	verify := func(raw []byte, keys notary.Keys) models.VerifyReport {
		r, err := models.VerifyPackage(bytes.NewReader(raw), int64(len(raw)), keys)
		require.NoError(t, err)
		return r
	}
	good := verify(file.Bytes(), a.keys)
	require.Empty(t, good.Findings)
	require.EqualValues(t, 1, good.Heads)
	require.Positive(t, good.Rows)
	require.Zero(t, good.Unsigned)

	_, others := signer(t)
	require.NotEmpty(t, verify(file.Bytes(), others).Findings, "somebody else's key")
	last := func(s string) string { return s[:strings.LastIndex(strings.TrimSpace(s), "\n")+1] }
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		table  string
	}{
		"an event edited": {"events.jsonl", func(s string) string {
			return strings.Replace(s, `"StageAfter":"planning"`, `"StageAfter":"filing"`, 1)
		}, "events"},
		"the body edited":    {"events.jsonl", func(s string) string { return strings.Replace(s, "pass", "fail", 1) }, "events"},
		"the last event cut": {"events.jsonl", last, "events"},
		"a revision edited":  {"plan_revisions.jsonl", func(s string) string { return strings.Replace(s, `"FilingNo":"`, `"FilingNo":"X`, 1) }, "plan_revisions"},
		"a revision cut":     {"plan_revisions.jsonl", last, "plan_revisions"},
		"a file exchanged":   {"dossier_pins.jsonl", func(s string) string { return strings.Replace(s, `"SHA256":"`, `"SHA256":"0`, 1) }, "dossier_pins"},
		"the head edited":    {"head.json", func(s string) string { return strings.Replace(s, `"cases": 1`, `"cases": 2`, 1) }, "daily_heads"},
	} {
		raw := repacked(t, file.Bytes(), c.file, c.change)
		require.False(t, bytes.Equal(unzipped(t, file.Bytes(), c.file), unzipped(t, raw, c.file)), name)
		r := verify(raw, a.keys)
		require.NotEmpty(t, kinds(r, c.table), "%s: %v", name, r.Findings)
	}
}
