package registry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

func TestParseHours(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]domain.Hours{"25": 250, "10.5": 105, "25.00": 250, "-25": -250, "0": 0, "0.5": 5, "9999": 99990} {
		got, ok := registry.ParseHours(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "-", ".5", "5.", "1.25", "1e3", "25学时", "--5", "99999", "２５", "NaN", "+5"} {
		_, ok := registry.ParseHours(text)
		require.False(t, ok, text)
	}
	for h := domain.Hours(-300); h <= 300; h++ {
		got, ok := registry.ParseHours(h.String())
		require.True(t, ok)
		require.Equal(t, h, got)
	}
}
