package syslog_test

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/syslog"
	"zhengxiao/internal/syslog/syslogtest"
	"zhengxiao/internal/testkit/certtest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)

func messages(n int) []syslog.Message {
	list := make([]syslog.Message, n)
	for i := range list {
		list[i] = syslog.Message{
			Severity: syslog.Info, At: noon, ID: "audit", Text: `{"名":"整校"}`, Data: []syslog.Param{{Name: "seq", Value: string(rune('0' + i%10))}},
		}
	}
	return list
}

// to is a target that waits for nothing longer than a test on one machine needs.
func to(t *testing.T, r *syslogtest.Receiver, cert, key string) *syslog.Target {
	t.Helper()
	address, encrypted, err := syslog.ParseAddress(r.URL)
	require.NoError(t, err)
	target := &syslog.Target{
		Source: syslog.Source{Facility: 13, Host: "host", App: "zhengxiao", DataID: "zhengxiao@32473"}, Address: address,
		Quiet: 20 * time.Millisecond,
	}
	if encrypted {
		target.TLS, err = syslog.ClientTLS(address, r.CA, cert, key)
		require.NoError(t, err)
	}
	return target
}

func TestMessagesArrive(t *testing.T) {
	t.Parallel()
	for _, r := range []*syslogtest.Receiver{syslogtest.TLS(t, nil), syslogtest.Plain(t)} {
		require.NoError(t, to(t, r, "", "").Send(t.Context(), messages(3)))
		list, problems := r.Received()
		require.Empty(t, problems)
		require.Len(t, list, 3)
		m := list[2]
		require.Equal(t, uint8(13), *m.Facility)
		require.Equal(t, uint8(6), *m.Severity)
		require.Equal(t, noon, m.Timestamp.UTC())
		require.Equal(t, []string{"host", "zhengxiao", "audit"}, []string{*m.Hostname, *m.Appname, *m.MsgID})
		require.Equal(t, map[string]map[string]string{"zhengxiao@32473": {"seq": "2"}}, *m.StructuredData)
		require.JSONEq(t, `{"名":"整校"}`, *m.Message)
	}
}

// Whatever keeps a receiver from having read everything is an error: the messages are sent
// again.
func TestSendFails(t *testing.T) {
	t.Parallel()
	many := messages(20000) // more than the buffers of two systems hold
	for name, start := range map[string]func() *syslogtest.Receiver{
		"tls":   func() *syslogtest.Receiver { return syslogtest.TLS(t, nil) },
		"plain": func() *syslogtest.Receiver { return syslogtest.Plain(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start()
			target := to(t, r, "", "")
			r.Behave(syslogtest.Breaks)
			require.Error(t, target.Send(t.Context(), messages(3)), "it closed in the middle")
			require.Error(t, target.Send(t.Context(), many))
			r.Behave(syslogtest.Forgets)
			require.ErrorIs(t, target.Send(t.Context(), messages(3)), syslog.ErrClosedEarly, "it dropped the connection")
			hasty := *target
			hasty.Within = 300 * time.Millisecond
			r.Behave(syslogtest.Stays)
			require.Error(t, hasty.Send(t.Context(), messages(3)), "it never says that it has them")
			r.Behave(syslogtest.Hangs)
			require.Error(t, hasty.Send(t.Context(), many), "it reads nothing")
			ended, end := context.WithCancel(t.Context())
			end()
			require.ErrorIs(t, target.Send(ended, messages(3)), context.Canceled)
			r.Behave(syslogtest.Good)
			require.NoError(t, target.Send(t.Context(), many))
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	target := &syslog.Target{Address: "127.0.0.1:1"}
	require.Error(t, target.Send(t.Context(), messages(1)))
	require.NoError(t, target.Send(t.Context(), nil), "there is nothing to send")
}

// Only a receiver with the right certificate gets anything.
func TestAnotherCertificateIsRefused(t *testing.T) {
	t.Parallel()
	cert, key, _ := certtest.Client(t, time.Now().AddDate(1, 0, 0))
	strange, err := tls.X509KeyPair([]byte(cert), []byte(key))
	require.NoError(t, err)
	for name, change := range map[string]func(*tls.Config){
		"another":  func(c *tls.Config) { c.Certificates = []tls.Certificate{strange} },
		"outdated": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
	} {
		r := syslogtest.TLS(t, change)
		require.Error(t, to(t, r, "", "").Send(t.Context(), messages(1)), name)
		list, _ := r.Received()
		require.Empty(t, list, name)
	}
	plain := syslogtest.Plain(t)
	target := to(t, plain, "", "")
	target.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "127.0.0.1"}
	require.Error(t, target.Send(t.Context(), messages(1)), "it knows no TLS")
}

// A receiver may want to know who we are.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	cert, key, pool := certtest.Client(t, time.Now().AddDate(1, 0, 0))
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, []byte(cert), 0o600))
	require.NoError(t, os.WriteFile(keyFile, []byte(key), 0o600))
	r := syslogtest.TLS(t, func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, pool })
	require.Error(t, to(t, r, "", "").Send(t.Context(), messages(1)), "nobody it knows")
	require.NoError(t, to(t, r, certFile, keyFile).Send(t.Context(), messages(1)))
	list, _ := r.Received()
	require.Len(t, list, 1)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	address, encrypted, err := syslog.ParseAddress("tls://logs.example:6514")
	require.NoError(t, err)
	require.Equal(t, "logs.example:6514", address)
	require.True(t, encrypted)
	for _, text := range []string{"", "logs:6514", "udp://logs:514", "tls://logs", "tls://logs:6514/x", "tls://a@logs:6514", "tcp://:514"} {
		_, _, err := syslog.ParseAddress(text)
		require.Error(t, err, text)
	}
}
