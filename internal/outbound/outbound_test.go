package outbound_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"zhengxiao/internal/outbound"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestOnlyPublicAddressesArePermitted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1.1.1.1": true, "114.114.114.114": true, "2408:8000::1": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "100.64.0.1": false,
		"169.254.169.254": false, "100.100.100.200": false, "168.63.129.16": false, "fd00:ec2::254": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::7f00:1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001::1": false,
		"fe80::1": false, "fe80::1%eth0": false, "2408:8000::1%eth0": false, "fc00::1": false, "fd12::1": false, "fec0::1": false,
		"224.0.0.1": false, "255.255.255.255": false, "ff02::1": false, "198.18.0.1": false, "192.0.2.1": false, "240.0.0.1": false,
		"2001:db8::1": false, "3fff::1": false, "100::1": false, "4000::1": false,
	} {
		require.Equal(t, want, outbound.Policy{}.Permits(netip.MustParseAddr(text)), text)
	}
	require.False(t, outbound.Policy{}.Permits(netip.Addr{}))
}

func TestAnOperatorAllowsOwnNetworksButNeverMetadata(t *testing.T) {
	t.Parallel()
	all := outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
	for text, want := range map[string]bool{
		"10.1.2.3": true, "127.0.0.1": true, "::1": true, "fd12::1": true, "::ffff:10.1.2.3": true,
		"169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false, "100.100.100.200": false, "::ffff:169.254.169.254": false, "0.0.0.0": false,
	} {
		require.Equal(t, want, all.Permits(netip.MustParseAddr(text)), text)
	}
	one := outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	require.True(t, one.Permits(netip.MustParseAddr("10.1.2.3")))
	require.False(t, one.Permits(netip.MustParseAddr("10.2.0.1")))
}

func TestAddressesThatPeopleTypeIn(t *testing.T) {
	t.Parallel()
	lan := outbound.Policy{Allow: loopback, PlainHTTP: true}
	for text, want := range map[string][2]bool{ // by default, on a LAN
		"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1": {true, true},
		"https://example.com:8443/x":                             {true, true},
		"http://example.com/":                                    {false, true},
		"https://127.0.0.1/":                                     {false, true},
		"http://127.0.0.1:8080/":                                 {false, true},
		"https://localhost/":                                     {false, true},
		"https://LOCALHOST./":                                    {false, true},
		"https://a.localhost/":                                   {false, true},
		"https://[::1]/":                                         {false, false},
		"https://[::ffff:7f00:1]/":                               {false, true},
		"https://169.254.169.254/latest":                         {false, false},
		"https://10.0.0.1/":                                      {false, false},
		"https://user:word@example.com/":                         {false, false},
		"https://example.com/#part":                              {false, false},
		"ftp://example.com/":                                     {false, false},
		"file:///etc/passwd":                                     {false, false},
		"gopher://example.com/":                                  {false, false},
		"https:///x":                                             {false, false},
		"https://example.com:99999/":                             {false, false},
		"https://example.com:0/":                                 {false, false},
		"https:example.com":                                      {false, false},
		"//example.com/":                                         {false, false},
		"%%":                                                     {false, false},
		"":                                                       {false, false},
	} {
		for i, p := range []outbound.Policy{{}, lan} {
			_, err := p.CheckURL(text)
			require.Equal(t, want[i], err == nil, "%s: %v", text, err)
		}
	}
}

func trusting(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func ask(t *testing.T, p outbound.Policy, url string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	answer, err := p.Client(10 * time.Second).Do(req)
	if err == nil {
		require.NoError(t, answer.Body.Close())
	}
	return err
}

func TestTheAddressDialledIsWhatCounts(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	s := httptest.NewTLSServer(count)
	defer s.Close()
	plain := httptest.NewServer(count)
	defer plain.Close()
	roots := trusting(s)
	require.ErrorIs(t, ask(t, outbound.Policy{Roots: roots}, s.URL), outbound.ErrBlocked)
	require.ErrorIs(t, ask(t, outbound.Policy{}, plain.URL), outbound.ErrBlocked)
	require.Zero(t, reached.Load())
	require.NoError(t, ask(t, outbound.Policy{Roots: roots, Allow: loopback}, s.URL))
	require.NoError(t, ask(t, outbound.Policy{Allow: loopback, PlainHTTP: true}, plain.URL))
	require.EqualValues(t, 2, reached.Load())
	require.Error(t, ask(t, outbound.Policy{Allow: loopback}, s.URL), "a certificate that nobody vouches for")
}

// A name that stands for a public address while it is looked at, and for this machine when
// it is dialled.
func TestANameThatChangesItsAddress(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(t, err)
	var asked atomic.Int64
	names := nameServer(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{1, 1, 1, 1}
		}
		return [4]byte{127, 0, 0, 1}
	})
	p := outbound.Policy{Roots: trusting(s), Resolver: names}
	_, err = p.CheckURL("https://rebind.test:" + port)
	require.NoError(t, err)
	first, err := names.LookupNetIP(t.Context(), "ip4", "rebind.test")
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{netip.MustParseAddr("1.1.1.1")}, first)
	require.ErrorIs(t, ask(t, p, "https://rebind.test:"+port), outbound.ErrBlocked)
	require.Zero(t, reached.Load())
}

// nameServer answers every question for an IPv4 address.
func nameServer(t *testing.T, answer func() [4]byte) *net.Resolver {
	t.Helper()
	var listen net.ListenConfig
	conn, err := listen.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: answer()},
				}}
			}
			if raw, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(raw, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	inner := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inner.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := httptest.NewTLSServer(http.RedirectHandler(inner.URL, code))
		require.ErrorIs(t, ask(t, outbound.Policy{Roots: trusting(s), Allow: loopback}, s.URL), outbound.ErrRedirect)
		s.Close()
	}
	require.Zero(t, reached.Load())
}

func TestNoProxyOfTheEnvironmentDialsInOurPlace(t *testing.T) {
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	require.ErrorIs(t, ask(t, outbound.Policy{}, "https://10.0.0.1/"), outbound.ErrBlocked)
	require.Zero(t, asked.Load())
}
