// Package certtest makes certificates for tests.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Client is one that vouches for itself, with its key, both in PEM, and the pool
// of a server that believes it.
func Client(t *testing.T, until time.Time) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	self := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "zhengxiao"}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, key = made(t, self, private)
	pool = x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(certificate)))
	return certificate, key, pool
}

// Server is one of 127.0.0.1 that vouches for itself, with its key, both in PEM, and the pool
// of a client that believes it.
func Server(t *testing.T, until time.Time) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	certificate, key = made(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server"}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, private)
	pool = x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(certificate)))
	return certificate, key, pool
}

func made(t *testing.T, self *x509.Certificate, private *ecdsa.PrivateKey) (certificate, key string) {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, self, self, &private.PublicKey, private)
	require.NoError(t, err)
	own, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: own}))
}
