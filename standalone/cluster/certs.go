package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// serverName is what certificates of the engine are made out to.
const serverName = "temporal.cluster.test"

// certs are the files of mutual TLS between engine and clients, and those of the object store,
// whose authority is another.
type certs struct{ dir, CA, ServerCert, ServerKey, ClientCert, ClientKey, StoreCA, Store string }

// newCerts makes an authority of its own and one certificate for each side.
func newCerts(dir string) (certs, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return certs{}, fmt.Errorf("make certificates: %w", err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	c := certs{
		dir: dir, CA: in("ca.pem"), ServerCert: in("node.pem"), ServerKey: in("node.key"),
		ClientCert: in("client.pem"), ClientKey: in("client.key"), StoreCA: in("inner.pem"), Store: in("store"),
	}
	if err := storeCerts(c); err != nil {
		return c, err
	}
	ca := certificate("authority", 1)
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caKey, err := sign(ca, ca, nil, c.CA, in("ca.key"))
	if err != nil {
		return c, err
	}
	server := certificate(serverName, 2)
	server.DNSNames = []string{serverName}
	// The services of the engine are clients of one another.
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if _, err := sign(server, ca, caKey, c.ServerCert, c.ServerKey); err != nil {
		return c, err
	}
	client := certificate("zhengxiao", 3)
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	_, err = sign(client, ca, caKey, c.ClientCert, c.ClientKey)
	return c, err
}

// storeCerts makes the certificate of the object store, by the names that MinIO looks for.
func storeCerts(c certs) error {
	if err := os.MkdirAll(c.Store, 0o700); err != nil {
		return fmt.Errorf("make certificates: %w", err)
	}
	ca := certificate("inner", 1)
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	key, err := sign(ca, ca, nil, c.StoreCA, filepath.Join(c.dir, "inner.key"))
	if err != nil {
		return err
	}
	server := certificate("objects", 2)
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	_, err = sign(server, ca, key, filepath.Join(c.Store, "public.crt"), filepath.Join(c.Store, "private.key"))
	return err
}

// roots are the authorities of a file.
func roots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool, nil
}

func certificate(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// sign writes a certificate and its new key; without a signing key it signs itself.
func sign(cert, by *x509.Certificate, with *ecdsa.PrivateKey, certFile, keyFile string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if with == nil {
		with = key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, by, &key.PublicKey, with)
	if err != nil {
		return nil, fmt.Errorf("sign certificate of %s: %w", cert.Subject.CommonName, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write key of %s: %w", cert.Subject.CommonName, err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, fmt.Errorf("write %s: %w", file, err)
		}
	}
	return key, nil
}

// clientTLS is how a client of the engine connects.
func clientTLS(c certs) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
	if err != nil {
		return nil, fmt.Errorf("read client certificate: %w", err)
	}
	pool, err := roots(c.CA)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, ServerName: serverName, MinVersion: tls.VersionTLS12}, nil
}
