package registry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/registry"
)

// Hours that are read are written as they are read again.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"25", "2.5", "-1.0", "0", "9999.9", "10000", "1e3", ".5", "5.", "--1", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := registry.ParseHours(s)
		if !ok {
			require.Zero(t, h)
			return
		}
		again, ok := registry.ParseHours(h.String())
		require.True(t, ok, h.String())
		require.Equal(t, h, again)
	})
}
