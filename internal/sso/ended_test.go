package sso

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a signed token says, a session ends only where it says whose, and that it is
// about nothing else.
func FuzzEnded(f *testing.F) {
	const good = `{"jti":"1","sub":"a","sid":"b","events":{"` + logoutEvent + `":{}}}`
	f.Add(good)
	for _, change := range [][2]string{
		{`"jti":"1",`, ``}, {`"sub":"a"`, `"sub":["a"]`}, {`"sid":"b"`, `"sid":""`}, {`{}`, `null`}, {`{}`, `true`}, {`"sub"`, `"nonce":null,"sub"`},
		{logoutEvent, "x"}, {`"a"`, `"a\u0000"`}, {`"a"`, `"` + strings.Repeat("a", 300) + `"`},
	} {
		f.Add(strings.Replace(good, change[0], change[1], 1))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := ended([]byte(raw))
		if err != nil {
			require.ErrorIs(t, err, ErrRefused)
			require.Zero(t, e)
			return
		}
		var c map[string]any
		require.NoError(t, json.Unmarshal([]byte(raw), &c))
		require.NotContains(t, c, "nonce")
		require.Equal(t, c["jti"], e.ID)
		require.NotEmpty(t, e.Sub+e.SID)
		for name, is := range map[string]string{"sub": e.Sub, "sid": e.SID} {
			if is != "" || c[name] != nil {
				require.Equal(t, c[name], is)
			}
			require.LessOrEqual(t, len(is), longestName)
		}
	})
}
