package models

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// ClientPair is a certificate with its chain, and its private key, both in PEM. Without
// either the certificate that is there goes.
type ClientPair struct{ Certificate, Key string }

// clientPairMost is how long each of them may be.
const clientPairMost = 16 << 10

func (p ClientPair) empty() bool { return p.Certificate == "" && p.Key == "" }

// check says what a registry would not take the pair for.
func (p ClientPair) check(now time.Time) error {
	switch {
	case p.empty():
		return nil
	case p.Certificate == "" || len(p.Certificate) > clientPairMost:
		return apperr.Field("certificate", "请同时填写证书和私钥，各不超过16KB。")
	case p.Key == "" || len(p.Key) > clientPairMost:
		return apperr.Field("client_key", "请同时填写证书和私钥，各不超过16KB。")
	}
	if b, _ := pem.Decode([]byte(p.Key)); b != nil && (b.Type == "ENCRYPTED PRIVATE KEY" || b.Headers["DEK-Info"] != "") {
		return apperr.Field("client_key", "私钥带有口令，不能使用；请用 openssl pkey 去掉口令后填写，系统会加密保存。")
	}
	leaf, err := leafOf(p.Certificate)
	if err != nil {
		return apperr.Field("certificate", "证书应为 PEM 格式，以 -----BEGIN CERTIFICATE----- 开头，自己的证书在前，中间证书在后。")
	}
	if _, err := tls.X509KeyPair([]byte(p.Certificate), []byte(p.Key)); err != nil {
		return apperr.Field("client_key", "私钥应为 PEM 格式，并与证书配套；请核对是否取错了文件。")
	}
	client := func(u x509.ExtKeyUsage) bool { return u == x509.ExtKeyUsageClientAuth || u == x509.ExtKeyUsageAny }
	switch {
	case now.After(leaf.NotAfter):
		return apperr.Newf(apperr.Invalid, "证书已于%s到期，请向登记系统申领新的证书。", leaf.NotAfter.Format(time.DateOnly)).On("certificate")
	case len(leaf.ExtKeyUsage) > 0 && !slices.ContainsFunc(leaf.ExtKeyUsage, client):
		return apperr.Field("certificate", "证书不能用于客户端认证（扩展密钥用法中没有 clientAuth），请向登记系统核对。")
	}
	return nil
}

func leafOf(chain string) (*x509.Certificate, error) {
	b, _ := pem.Decode([]byte(chain))
	if b == nil {
		return nil, errors.New("not PEM")
	}
	return x509.ParseCertificate(b.Bytes)
}

// RegistryCertificate says whose certificate a registry knows us by.
type RegistryCertificate struct {
	Subject string
	Until   time.Time
}

// ClientCertificate is what may be told of the certificate, nil without one.
func (r Registry) ClientCertificate() *RegistryCertificate {
	if r.Settings.Certificate == "" {
		return nil
	}
	leaf, err := leafOf(r.Settings.Certificate)
	if err != nil { // PutRegistry has read it
		return nil
	}
	return &RegistryCertificate{Subject: truncate(leaf.Subject.String(), 200), Until: leaf.NotAfter}
}

// setClient puts the pair into a row, or leaves the one that is there.
func (s *Store) setClient(row *Registry, n *NewRegistry) error {
	n.Settings.Certificate = row.Settings.Certificate
	if p := n.Client; p != nil {
		p.Certificate, p.Key = strings.TrimSpace(p.Certificate), strings.TrimSpace(p.Key)
		if err := p.check(s.Now()); err != nil {
			return err
		}
		row.ClientKey, n.Settings.Certificate = nil, p.Certificate
		if p.Key != "" {
			row.ClientKey = new(s.keys.Seal(columnRegistryKey, row.OrgID, p.Key))
		}
	}
	if n.Mode == RegistryPush && n.Settings.Certificate != "" && !strings.HasPrefix(n.Settings.URL, "https://") {
		return apperr.Field("url", "使用客户端证书的接口地址须以 https:// 开头。")
	}
	return nil
}
