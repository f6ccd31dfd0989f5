package models_test

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"net"
	"os"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit/certtest"
	"zhengxiao/models"
)

// own is a server of this test's own, whose certificate is for 127.0.0.1: what it demands of
// connections would be in others' way.
func own(t *testing.T) (*mysql.Config, *x509.CertPool) {
	t.Helper()
	dsn, file := os.Getenv("ZX_TEST_MYSQL_TLS_DSN"), os.Getenv("ZX_TEST_MYSQL_TLS_CA")
	if dsn == "" {
		t.Skip("ZX_TEST_MYSQL_TLS_DSN names no server")
	}
	c, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	pem, err := os.ReadFile(file)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	return c, roots
}

// connect opens a pool that is closed at the end.
func connect(t *testing.T, c *mysql.Config, client *tls.Config) (*gorm.DB, error) {
	t.Helper()
	db, err := models.OpenMySQL(models.MySQL{DSN: c.FormatDSN(), TLS: client, MaxOpen: 2})
	if err == nil {
		pool, err := db.DB()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, pool.Close()) })
	}
	return db, err
}

// cipher is what a connection is encrypted with.
func cipher(t *testing.T, pool *sql.DB) string {
	t.Helper()
	var name, value string
	require.NoError(t, pool.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE 'Ssl_cipher'").Scan(&name, &value))
	return value
}

// A server is believed for what its certificate says, by those who vouch for it; where the
// server or the account wants TLS nothing goes without.
func TestTLSMySQL(t *testing.T) {
	t.Parallel()
	c, roots := own(t)
	plain, err := connect(t, c, nil)
	require.NoError(t, err)
	pool, err := plain.DB()
	require.NoError(t, err)
	require.Empty(t, cipher(t, pool))
	c.TLSConfig = "false" // the setting goes before what the DSN says
	db, err := connect(t, c, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	pool, err = db.DB()
	require.NoError(t, err)
	require.NotEmpty(t, cipher(t, pool))
	require.NotEmpty(t, cipher(t, models.Patient(t, db)))
	c.TLSConfig = ""

	_, _, strangers := certtest.Client(t, time.Now().Add(time.Hour))
	for name, refused := range map[string]struct {
		addr  string
		roots *x509.CertPool
	}{
		"another authority": {c.Addr, strangers},
		"the system's":      {c.Addr, nil},
		"another name":      {"localhost:" + port(t, c.Addr), roots},
	} {
		other := *c
		other.Addr = refused.addr
		_, err := connect(t, &other, &tls.Config{RootCAs: refused.roots, MinVersion: tls.VersionTLS12})
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", name, err)
		require.Contains(t, apperr.MessageOf(err), "证书不可信", name)
	}

	require.NoError(t, db.Exec("CREATE USER IF NOT EXISTS zx_tls IDENTIFIED BY 'geheim' REQUIRE SSL").Error)
	demanding := *c
	demanding.User, demanding.Passwd = "zx_tls", "geheim"
	_, err = connect(t, &demanding, nil)
	require.ErrorContains(t, err, "用户名或密码")
	_, err = connect(t, &demanding, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)

	require.NoError(t, db.Exec("SET GLOBAL require_secure_transport = ON").Error)
	t.Cleanup(func() { require.NoError(t, db.Exec("SET GLOBAL require_secure_transport = OFF").Error) })
	_, err = connect(t, c, nil)
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "只接受 TLS")
}

func port(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	return port
}

// Who wants TLS sends no password to a server that has none.
func TestWithoutTLSNoPasswordIsSent(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	said := make(chan int, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Write(greeting())
		n, _ := conn.Read(make([]byte, 1))
		said <- n
	}()
	_, err = models.OpenMySQL(models.MySQL{DSN: "root:geheim@tcp(" + l.Addr().String() + ")/zx", TLS: &tls.Config{MinVersion: tls.VersionTLS12}})
	require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), "没有启用 TLS")
	require.Zero(t, <-said)
}

// greeting is how a server begins that can do nothing but the protocol itself.
func greeting() []byte {
	body := append([]byte("\x0a8.4.0\x00"), make([]byte, 4+8+1)...) // connection, challenge
	body = append(body, 0x00, 0x02, 255, 0x02, 0x00, 0x00, 0x00, 21)
	body = append(body, make([]byte, 10+13)...)
	body = append(body, "caching_sha2_password\x00"...)
	return append([]byte{byte(len(body)), 0, 0, 0}, body...)
}
