// Package outbound makes connections to addresses that people have typed in: it keeps the
// server from being sent into its own network (server-side request forgery). What counts is
// the address that is dialled, not what a name stood for when it was looked at before.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrBlocked is in the chain of errors about addresses that nobody may be sent to.
var ErrBlocked = errors.New("address is not allowed")

// ErrRedirect is an answer that leads elsewhere: nobody follows it.
var ErrRedirect = errors.New("redirects are not followed")

// Policy says where connections may go. The zero value lets them go to public addresses
// over TLS and nowhere else.
type Policy struct {
	// Allow are networks of the operator's own that may be reached besides public ones.
	Allow []netip.Prefix
	// PlainHTTP permits http:// to the networks of Allow.
	PlainHTTP bool
	// Roots are authorities believed instead of the system's; nil for the system's.
	Roots *x509.CertPool
	// Certificates say who we are to servers that ask.
	Certificates []tls.Certificate
	// Resolver defaults to the system's.
	Resolver *net.Resolver
}

const (
	dialIn = 5 * time.Second
	// idleFor is how long a connection is kept for the next message.
	idleFor = 30 * time.Second
	perHost = 2
	// headersMost bounds the headers of an answer.
	headersMost = 16 << 10
)

// never may be dialled, whatever an operator allows: the addresses at which clouds and
// machines tell their secrets to whoever asks.
var never = prefixes("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::/32", "0.0.0.0/8", "::/128")

// private are the networks that are nobody's on the internet, or lead to such: IANA's
// special-purpose registries. Of IPv6 only 2000::/3 is given out at all.
var private = prefixes(
	"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
	"192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

var global6 = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

// Permits reports whether an address may be dialled. IPv4 within IPv6 is judged as IPv4.
func (p Policy) Permits(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	within := func(n netip.Prefix) bool { return n.Contains(a) }
	switch {
	case slices.ContainsFunc(never, within):
		return false
	case p.own(a):
		return true
	case a.Is6() && !global6.Contains(a):
		return false
	}
	return !slices.ContainsFunc(private, within)
}

// own reports whether an address is in one of the operator's own networks.
func (p Policy) own(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(p.Allow, func(n netip.Prefix) bool { return n.Contains(a) }) &&
		!slices.ContainsFunc(never, func(n netip.Prefix) bool { return n.Contains(a) })
}

// CheckURL reads an address that somebody typed in and refuses what would never be dialled.
// Names are not looked up: what they stand for may change.
func (p Policy) CheckURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !p.PlainHTTP):
		return nil, fmt.Errorf("scheme %q: %w", u.Scheme, ErrBlocked)
	case u.Port() != "" && !portNumber(u.Port()):
		return nil, errors.New("no such port")
	case u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return nil, errors.New("needs a host, and takes neither a user nor a fragment")
	}
	return u, p.CheckHost(u.Hostname())
}

func portNumber(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// CheckHost refuses a host that is an address which would never be dialled, or a name of
// this machine.
func (p Policy) CheckHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil {
		if !p.Permits(a) {
			return ErrBlocked
		}
		return nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	loopback := p.Permits(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if (name == "localhost" || strings.HasSuffix(name, ".localhost")) && !loopback {
		return ErrBlocked
	}
	return nil
}

// Dialer dials what the policy permits; strict only the operator's own networks. The check
// is made with the address that the connection really goes to, after every look-up.
func (p Policy) Dialer(strict bool) *net.Dialer {
	return &net.Dialer{
		Timeout: dialIn, Resolver: p.Resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !strings.HasPrefix(network, "tcp") || !p.Permits(at.Addr()) || strict && !p.own(at.Addr()) {
				return ErrBlocked
			}
			return nil
		},
	}
}

// TLS is how connections are encrypted.
func (p Policy) TLS(serverName string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots, ServerName: serverName, Certificates: p.Certificates}
}

// Client asks what the policy permits: without proxy, without redirects, each request
// within timeout.
func (p Policy) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect },
		Transport: &http.Transport{
			// A proxy of the environment would dial in our place, unchecked.
			Proxy:                  nil,
			DialContext:            p.Dialer(true).DialContext, // http:// only
			DialTLSContext:         p.dialTLS,
			MaxIdleConnsPerHost:    perHost,
			IdleConnTimeout:        idleFor,
			MaxResponseHeaderBytes: headersMost,
			DisableCompression:     true, // an answer cannot grow in our hands
		},
	}
}

func (p Policy) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("split address: %w", err)
	}
	raw, err := p.Dialer(false).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, p.TLS(host))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return conn, nil
}
