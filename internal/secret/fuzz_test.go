package secret_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/secret"
)

func FuzzIDNumber(f *testing.F) {
	f.Add("11010519491231002X")
	f.Add("１１０１０５19491231002x")
	f.Fuzz(func(t *testing.T, s string) {
		id := secret.NormalizeID(s)
		require.Equal(t, id, secret.NormalizeID(id), "once is enough")
		if secret.ValidID(id) {
			require.Len(t, id, 18)
			require.NotContains(t, secret.MaskID(id), id[6:14], "the date of birth is hidden")
		}
	})
}

func FuzzKeyring(f *testing.F) {
	f.Add("a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	f.Add("a:,b:")
	f.Fuzz(func(t *testing.T, s string) {
		ring, err := secret.ParseKeyring(s)
		require.Equal(t, err != nil, ring == nil)
	})
}
