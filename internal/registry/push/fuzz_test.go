package push

import (
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/registry"
)

// Whatever a registry answers, each answer that is taken names a record and a state, and
// what is put down as strange is bounded.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`{"results":[{"no":"A1","status":"acknowledged","hours":2.5,"receipt":"R1"}],"next":"x"}`, `{"results":[{"no":1}]}`, `{}`, `[]`, ``, `{"results":[null,{}]}`,
		`{"results":[{"no":"A1","status":"refused","hours":1e400,"reason":"\ud800"}]}`, `{"results":[{"no":"A1","status":"acknowledged","hours":-0.05}]}`,
	} {
		f.Add([]byte(s), http.StatusOK)
	}
	f.Add([]byte(" "), http.StatusAccepted)
	f.Fuzz(func(t *testing.T, raw []byte, status int) {
		got, err := read(raw, status)
		if err != nil {
			var failure *FailureError
			require.ErrorAs(t, err, &failure)
			return
		}
		require.LessOrEqual(t, len(got.Next), maxCursor)
		for _, a := range got.Answers {
			require.NotEmpty(t, a.No)
			require.Contains(t, []registry.State{registry.Acknowledged, registry.Refused, registry.Sent}, a.State)
			require.True(t, utf8.ValidString(a.No+a.Receipt+a.Reason))
		}
		for _, s := range got.Strange {
			require.Less(t, len(s), 200)
		}
	})
}

// However long a registry wants to be left alone, it is an hour at most.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "5", "-1", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := retryAfter(s)
		require.True(t, d >= 0 && d <= time.Hour, d)
	})
}
