package throttle_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/throttle"
)

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func TestABucketFillsAgain(t *testing.T) {
	t.Parallel()
	b := throttle.New(throttle.Rate{Every: time.Minute, Burst: 2})
	for range 2 {
		_, ok := b.Take("a", start)
		require.True(t, ok)
	}
	wait, ok := b.Take("a", start)
	require.False(t, ok)
	require.InDelta(t, time.Minute, wait, float64(time.Millisecond))
	_, ok = b.Take("b", start)
	require.True(t, ok, "others have their own")
	wait, ok = b.Take("a", start.Add(45*time.Second))
	require.False(t, ok)
	require.InDelta(t, 15*time.Second, wait, float64(time.Millisecond))
	_, ok = b.Peek("a", start.Add(time.Minute))
	require.True(t, ok)
	_, ok = b.Take("a", start.Add(time.Minute))
	require.True(t, ok, "looking took nothing")
	_, ok = b.Peek("a", start.Add(time.Minute))
	require.False(t, ok)
}

func TestNoBurstIsNoLimit(t *testing.T) {
	t.Parallel()
	b := throttle.New(throttle.Rate{})
	for range 100 {
		_, ok := b.Take("a", start)
		require.True(t, ok)
	}
	s := throttle.NewSlots(0, 0)
	_, ok := s.Take("a")
	require.True(t, ok)
}

// Whoever comes from ever new addresses costs bounded memory.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	b := throttle.New(throttle.Rate{Every: time.Hour, Burst: 1})
	_, ok := b.Take("first", start)
	require.True(t, ok)
	for i := range 50_000 {
		b.Take(strconv.Itoa(i), start)
	}
	_, ok = b.Take("first", start)
	require.True(t, ok, "it was forgotten")
	_, ok = b.Take("49999", start)
	require.False(t, ok)
}

func TestAddressesOfOneClientAreOneKey(t *testing.T) {
	t.Parallel()
	require.Equal(t, throttle.Address("2001:db8::1"), throttle.Address("2001:db8::ffff:1"))
	require.NotEqual(t, throttle.Address("2001:db8::1"), throttle.Address("2001:db8:0:1::1"))
	require.Equal(t, "192.0.2.1", throttle.Address("::ffff:192.0.2.1"))
	require.NotEqual(t, throttle.Address("192.0.2.1"), throttle.Address("192.0.2.2"))
	require.Equal(t, "nonsense", throttle.Address("nonsense"))
}

func TestSlotsAreGivenBack(t *testing.T) {
	t.Parallel()
	s := throttle.NewSlots(1, 2)
	free, ok := s.Take("a")
	require.True(t, ok)
	_, ok = s.Take("a")
	require.False(t, ok, "one each")
	_, ok = s.Take("b")
	require.True(t, ok)
	_, ok = s.Take("c")
	require.False(t, ok, "two in all")
	free()
	free()
	_, ok = s.Take("c")
	require.True(t, ok)
	_, ok = s.Take("a")
	require.False(t, ok, "given back once")
}
