package models

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notary"
)

// A cursor that is taken is one that a list gave out: it fits its order only, and says the
// same when it is given out again.
func FuzzCursor(f *testing.F) {
	give := func(v any) string {
		raw, err := json.Marshal(v)
		require.NoError(f, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	f.Add(give([]any{"name", "一小", 3, "2026-03-02T01:00:00Z"}), "name")
	f.Add(give([]any{"一小", -3, "2026-03-02T01:00:00+08:00"}), "")
	f.Add(give([]any{"一小", 1e99, nil}), "")
	f.Add(give(map[string]any{"id": "' OR 1=1"}), "name")
	f.Add("!", "")
	f.Fuzz(func(t *testing.T, cursor, sort string) {
		read := func(cursor, sort string) (text string, n int64, at time.Time, err error) {
			err = Page{Cursor: cursor, Sort: sort}.decode([]any{&text, &n, &at})
			return text, n, at, err
		}
		text, n, at, err := read(cursor, sort)
		if err != nil {
			require.Equal(t, apperr.Invalid, apperr.CodeOf(err))
			require.Equal(t, "cursor", apperr.FieldOf(err))
			return
		}
		raw, err := json.Marshal(bound(&sort, []any{&text, &n, &at}))
		require.NoError(t, err)
		given := base64.RawURLEncoding.EncodeToString(raw)
		text2, n2, at2, err := read(given, sort)
		require.NoError(t, err)
		require.Equal(t, text, text2)
		require.Equal(t, n, n2)
		require.True(t, at.Equal(at2))
		_, _, _, err = read(given, sort+"-")
		require.Error(t, err, "it is another order's")
	})
}

// Networks that are taken are written in one way, and nobody outside of them comes in.
func FuzzNetworks(f *testing.F) {
	f.Add("10.0.0.0/8, 192.0.2.1；2400:3200::/32", "10.1.2.3")
	f.Add("::ffff:10.0.0.1", "10.0.0.1")
	f.Add("10.1.2.3/8", "::ffff:10.9.9.9")
	f.Add("fe80::1%lo", "fe80::1%lo")
	f.Add("0.0.0.0/0", "x")
	f.Fuzz(func(t *testing.T, text, from string) {
		list, err := networks(text)
		if err != nil {
			require.Equal(t, "networks", apperr.FieldOf(err))
			return
		}
		again, err := networks(list)
		require.NoError(t, err, list)
		require.Equal(t, list, again)
		in := MachineToken{Networks: list}.From(from)
		addr, err := netip.ParseAddr(from)
		switch {
		case list == "":
			require.True(t, in, "without networks from anywhere")
		case err != nil:
			require.False(t, in)
		default:
			within := false
			for s := range strings.SplitSeq(list, ",") {
				within = within || netip.MustParsePrefix(s).Contains(addr.Unmap())
			}
			require.Equal(t, within, in)
		}
	})
}

// A daily head that is read is written as it was, so that what was signed is what counts.
func FuzzDailyHead(f *testing.F) {
	h := DailyHead{Day: "2026-03-02", Seq: 3, Hash: "ab", Lines: []ChainLine{{CaseID: "c1", Seq: 2, Hash: "cd"}}}
	f.Add(h.Encode())
	f.Add([]byte("{}\nc1 2 cd trailing\n"))
	f.Add([]byte("{}\n\n"))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := ReadHead(bytes.NewReader(body))
		if err != nil {
			return
		}
		again, err := ReadHead(bytes.NewReader(h.Encode()))
		require.NoError(t, err)
		require.Equal(t, h.Digest(), again.Digest())
		require.Equal(t, h.Lines, again.Lines)
		require.Error(t, h.Check(nil), "nobody has signed it")
	})
}

// A package of a case may come from anybody: it is judged or refused.
func FuzzPackage(f *testing.F) {
	pack := func(entries ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i < len(entries); i += 2 {
			w, err := z.Create(entries[i])
			require.NoError(f, err)
			_, err = w.Write([]byte(entries[i+1]))
			require.NoError(f, err)
		}
		require.NoError(f, z.Close())
		return b.Bytes()
	}
	event := `{"CaseID":"c1","Seq":1,"Kind":"system.open"}` + "\n"
	f.Add(pack(packageEvents, event, packageRevisions, "", packagePins, "", packageHead, "{}"))
	f.Add(pack(packageEvents, event, packageRevisions, "{}\n", packagePins, "{}\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, body []byte) {
		report, err := VerifyPackage(bytes.NewReader(body), int64(len(body)), notary.Keys{})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.EqualValues(t, 1, report.Cases)
		if report.Heads > 0 {
			require.False(t, len(report.Findings) == 0 && len(report.Notes) == 0 && report.Unsigned == 0, "nobody has signed it")
		}
	})
}
