package outbound_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/outbound"
)

// inward reports whether an address leads into a network of ours, by the standard
// library's own judgement.
func inward(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.Zone() != ""
}

// What is taken for the address of a channel is https, names a host and nobody's password,
// and where the host is a number, it is a public one.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://hooks.example.org/a?b=c", "http://hooks.example.org/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://2130706433/",
		"https://0x7f.1/", "https://user@evil.example/", "https://a\\@127.0.0.1/", "https://169.254.169.254/latest", "//10.0.0.1", "https:127.0.0.1",
		"https://[fe80::1%25lo]/", "https://localhost./", "https://8.8.8.8:0/", "https://[64:ff9b::7f00:1]/",
	} {
		f.Add(s)
	}
	var p outbound.Policy
	f.Fuzz(func(t *testing.T, text string) {
		u, err := p.CheckURL(text)
		if err != nil {
			return
		}
		require.Equal(t, "https", u.Scheme)
		require.NotEmpty(t, u.Hostname())
		require.Nil(t, u.User)
		if a, err := netip.ParseAddr(u.Hostname()); err == nil {
			require.False(t, inward(a), text)
		}
		again, err := p.CheckURL(u.String())
		require.NoError(t, err, "%q became %q", text, u.String())
		require.Equal(t, u.Hostname(), again.Hostname())
	})
}

// Addresses inside are never dialled, in whichever form they are written.
func FuzzPermits(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "::1", "fe80::1", "8.8.8.8", "2400:3200::1"} {
		f.Add(netip.MustParseAddr(s).AsSlice())
	}
	var p outbound.Policy
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		if inward(a) {
			require.False(t, p.Permits(a), a)
		}
		if a.Is4() {
			require.Equal(t, p.Permits(a), p.Permits(netip.AddrFrom16(a.As16())), "%s within IPv6", a)
		}
	})
}
