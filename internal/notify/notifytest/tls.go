package notifytest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"zhengxiao/internal/outbound"
)

func decode64(s string) string {
	raw, _ := base64.StdEncoding.DecodeString(s)
	return string(raw)
}

func decodeBody(encoding, body string) string {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		raw, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		return string(raw)
	case "base64":
		return decode64(strings.Join(strings.Fields(body), ""))
	}
	return body
}

// Certificate is that of 127.0.0.1 and example.com, and the pool that vouches for it.
func Certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, pool
}

// Policy reaches this machine, over TLS that the pool vouches for.
func Policy(t testing.TB) outbound.Policy {
	t.Helper()
	_, pool := Certificate(t)
	return outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: pool}
}
