package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// Server is how the API answers; nil is without TLS.
func (h HTTP) Server() (*tls.Config, error) {
	if h.TLSCertFile == "" {
		return nil, nil //nolint:nilnil // no TLS is configured
	}
	own, err := tls.LoadX509KeyPair(h.TLSCertFile, h.TLSKeyFile)
	if err != nil {
		return nil, fmt.Errorf("ZX_HTTP_TLS_CERT_FILE、ZX_HTTP_TLS_KEY_FILE：%w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}}, nil
}

// Client is how MySQL is connected to; nil is without TLS, unless the DSN asks for it.
func (m MySQL) Client() (*tls.Config, error) {
	if !m.TLS {
		return nil, nil //nolint:nilnil // no TLS is configured
	}
	roots, err := authorities("ZX_MYSQL_TLS_CA_FILE", m.TLSCAFile)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// Roots are the authorities that the object store is verified by; nil is the system's.
func (s S3) Roots() (*x509.CertPool, error) { return authorities("ZX_S3_CA_FILE", s.CAFile) }

// authorities are those of a file; without one nil, the system's.
func authorities(setting, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // the system's
	}
	pool := x509.NewCertPool()
	return pool, believe(pool, setting, file)
}

// believe adds the authorities of a file that a setting names.
func believe(pool *x509.CertPool, setting, file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s：%w", setting, err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s：文件中没有 PEM 格式的证书", setting)
	}
	return nil
}
