package secret_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/secret"
)

// Whatever is taken for a number is one person's, however it was typed, and its mask hides
// the date of birth.
func FuzzIDNumber(f *testing.F) {
	f.Add("11010519491231002X")
	f.Add("１１０１０５19491231002x")
	f.Fuzz(func(t *testing.T, s string) {
		id := secret.NormalizeID(s)
		require.Equal(t, id, secret.NormalizeID(id), "once is enough")
		if secret.ValidID(id) {
			require.Len(t, id, 18)
			require.Empty(t, strings.Trim(id, "0123456789X"))
			require.NotContains(t, secret.MaskID(id), id[6:14], "the date of birth is hidden")
		}
	})
}

// A ring of keys opens what it seals.
func FuzzKeyring(f *testing.F) {
	f.Add("a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	f.Add("a:,b:")
	f.Fuzz(func(t *testing.T, s string) {
		ring, err := secret.ParseKeyring(s)
		require.Equal(t, err != nil, ring == nil)
		if err != nil {
			return
		}
		sealed := ring.Seal("users.phone", "1", "13800000000")
		require.NotContains(t, sealed, "13800000000")
		plain, err := ring.Open("users.phone", "1", sealed)
		require.NoError(t, err)
		require.Equal(t, "13800000000", plain)
	})
}
