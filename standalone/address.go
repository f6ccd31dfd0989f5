package main

import (
	"net"
	"net/netip"
)

// URL is where a browser finds the app.
func (a *App) URL() string {
	_, port, err := net.SplitHostPort(a.listener.Addr().String())
	if err != nil {
		return ""
	}
	return "http://" + net.JoinHostPort(a.publicHost(), port)
}

// Local reports whether only this machine can reach the app.
func (a *App) Local() bool { return a.ip().IsLoopback() }

// loopback tells whether only this machine reaches host:port.
func loopback(addr string) bool {
	at, err := netip.ParseAddrPort(addr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// host is the address that is listened on.
func (a *App) host() string { return a.ip().String() }

func (a *App) ip() netip.Addr {
	if tcp, ok := a.listener.Addr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.IPv6Unspecified()
}

// publicHost is how others name this machine: the address listened on, or, when that is
// every interface, the first one that is not loopback.
func (a *App) publicHost() string {
	ip := a.ip()
	if !ip.IsUnspecified() {
		return ip.String()
	}
	addrs, _ := net.InterfaceAddrs()
	for _, addr := range addrs {
		prefix, err := netip.ParsePrefix(addr.String())
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr().String()
		}
	}
	return "127.0.0.1"
}

// reachable replaces "every interface" by this machine's own address.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
