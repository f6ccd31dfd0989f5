package hygiene_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/hygiene"
)

// A body that is taken is JSON which every reader reads alike: what one reader makes of it
// is taken again, and says the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"a":2}`, `{"name":"\u202e"}`, `[[[[[1e309]]]]]`, `{"a":{"b":[{"c":"\ud800"}]}}`, "\x00", `{"a"`, `{"a":[1,-2.5e-3,null,true,"一\n二"]}`,
		`{"a":{"b":1},"b":{"a":1}}`, `0 1`, `"\ufffd"`, `{"":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := hygiene.JSON(body, lines); err != nil {
			require.Equal(t, apperr.Invalid, apperr.CodeOf(err))
			return
		}
		require.True(t, json.Valid(body))
		var v, again any
		require.NoError(t, json.Unmarshal(body, &v))
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, hygiene.JSON(raw, lines), "%s", raw)
		require.NoError(t, json.Unmarshal(raw, &again))
		require.Equal(t, v, again)
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"一小", "\x00", "\u202e", "a\u200bb", "\xff", "👩\u200d🏫", "\ufeffa", "a\u2028b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		found, text := hygiene.Text(s)
		_, line := hygiene.Line(s)
		require.False(t, text && !line, "a line allows nothing that text does not: %q", s)
		if !text {
			require.True(t, utf8.ValidString(s))
			return
		}
		require.Regexp(t, `^U\+[0-9A-F]{4,6}$`, hygiene.Name(found))
	})
}
