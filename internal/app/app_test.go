package app_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit/certtest"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

func emptyStore(t *testing.T) *models.Store {
	t.Helper()
	db, err := sqlitedb.Open(filepath.Join(t.TempDir(), "app.db"))
	require.NoError(t, err)
	pool, err := db.DB()
	require.NoError(t, err)
	t.Cleanup(func() { _ = pool.Close() })
	require.NoError(t, models.Migrate(t.Context(), db))
	fixed := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	return models.New(db, func() time.Time { return fixed }, nil)
}

func TestBootstrap_fills_an_empty_database(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	accounts, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	city, err := s.OrgByCode(t.Context(), "4401")
	require.NoError(t, err)
	require.Equal(t, "广州市", city.Name)

	roles := map[string]domain.Role{}
	for _, account := range accounts {
		require.True(t, untouched(t, s, account), account.Login)
		user, err := s.UserByLogin(t.Context(), account.Login)
		require.NoError(t, err)
		grants, err := s.Grants(t.Context(), user.ID)
		require.NoError(t, err)
		require.Len(t, grants, 1)
		require.Equal(t, grants[0].OrgID, *city.ParentID)
		roles[account.Login] = grants[0].Role
	}
	require.Equal(t, map[string]domain.Role{"admin": domain.RoleSysadmin, "security": domain.RoleSecurity, "audit": domain.RoleAudit}, roles)
	require.Contains(t, app.Announce(accounts, "  "), "  首个账号：admin（系统管理员）　一次性密码："+accounts[0].Password)
	for _, programme := range policy.Programmes() {
		base, err := policy.Base(programme)
		require.NoError(t, err)
		stored, err := s.Policy(t.Context(), policy.Digest(base))
		require.NoError(t, err)
		require.Equal(t, programme, stored.Programme)
	}
}

// untouched reports whether an account still has the one-time password.
func untouched(t *testing.T, s *models.Store, a app.FirstAccount) bool {
	t.Helper()
	user, err := s.UserByLogin(t.Context(), a.Login)
	require.NoError(t, err)
	ok, err := auth.Verify(user.PasswordHash, a.Password)
	require.NoError(t, err)
	return ok && user.MustChange
}

func TestBootstrap_replaces_passwords_nobody_used_and_leaves_used_ones(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	first, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	second, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	for i := range second {
		require.NotEqual(t, first[i].Password, second[i].Password)
		require.True(t, untouched(t, s, second[i]))
	}
	user, err := s.UserByLogin(t.Context(), app.FirstLogin)
	require.NoError(t, err)
	require.NoError(t, s.SetPassword(t.Context(), user.ID, user.PasswordHash, false, ""))
	third, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	require.Len(t, third, 2, "the other two were never used")
}

// An installation from before 三员 were apart has a system administrator only.
func TestBootstrap_adds_who_is_missing_of_the_three(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	org, err := s.CreateOrg(t.Context(), models.NewOrg{Level: models.LevelProvince, Code: "51", Name: "某省"})
	require.NoError(t, err)
	_, err = s.CreateUser(t.Context(), models.NewUser{
		Login: "boss", Name: "管理员", PasswordHash: "unusable", OrgID: org.ID, Roles: []domain.Role{domain.RoleSysadmin},
	})
	require.NoError(t, err)
	accounts, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	require.Len(t, accounts, 2)
	require.Equal(t, []domain.Role{domain.RoleSecurity, domain.RoleAudit}, []domain.Role{accounts[0].Role, accounts[1].Role})
	user, err := s.UserByLogin(t.Context(), accounts[0].Login)
	require.NoError(t, err)
	require.Equal(t, org.ID, user.OrgID, "no second province is made")
}

func TestBootstrap_completes_an_interrupted_one(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	root := app.DefaultRoot()
	_, err := s.CreateOrg(t.Context(), models.NewOrg{Level: models.LevelProvince, Code: root.ProvinceCode, Name: root.Province})
	require.NoError(t, err)
	accounts, err := app.Bootstrap(t.Context(), s, root)
	require.NoError(t, err)
	require.Len(t, accounts, 3)
	_, err = s.OrgByCode(t.Context(), root.CityCode)
	require.NoError(t, err)
}

func TestListen_says_why_it_cannot(t *testing.T) {
	t.Parallel()
	taken, err := app.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for addr, code := range map[string]apperr.Code{
		taken.Addr().String(): app.PortInUse, "203.0.113.7:0": app.BadAddress, "nowhere": app.BadAddress,
	} {
		_, err := app.Listen(t.Context(), addr)
		require.Equal(t, code, apperr.CodeOf(err), addr)
	}
}

func TestServe_lets_a_running_request_finish(t *testing.T) {
	t.Parallel()
	l, err := app.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	entered, release := make(chan struct{}), make(chan struct{})
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "done")
	})}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, s, l, slog.New(slog.DiscardHandler), time.Minute) }()
	answered := make(chan string, 1)
	go func() {
		answered <- get(t, "http://"+l.Addr().String())
	}()
	<-entered
	stop()
	close(release)
	require.Equal(t, "done", <-answered)
	require.NoError(t, <-served)
}

// get returns the body, or what went wrong.
func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err.Error()
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// With a certificate the server answers those who believe it, and nobody without TLS.
func TestServe_speaks_TLS_only(t *testing.T) {
	t.Parallel()
	certificate, key, roots := certtest.Server(t, time.Now().Add(time.Hour))
	h := config.HTTP{TLSCertFile: filepath.Join(t.TempDir(), "server.pem"), TLSKeyFile: filepath.Join(t.TempDir(), "server.key")}
	require.NoError(t, os.WriteFile(h.TLSCertFile, []byte(certificate), 0o600))
	_, err := h.Server()
	require.ErrorContains(t, err, "ZX_HTTP_TLS_KEY_FILE")
	require.NoError(t, os.WriteFile(h.TLSKeyFile, []byte(key), 0o600))
	secure, err := h.Server()
	require.NoError(t, err)
	l, err := app.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	go func() {
		s := &http.Server{Handler: ok, ReadHeaderTimeout: time.Minute}
		ended <- app.Serve(ctx, s, app.Secure(l, secure), slog.New(slog.DiscardHandler), time.Minute)
	}()
	ask := func(scheme string, pool *x509.CertPool) (int, error) {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
		defer c.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, scheme+"://"+l.Addr().String(), http.NoBody)
		require.NoError(t, err)
		res, err := c.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	status, err := ask("https", roots)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	_, err = ask("https", x509.NewCertPool())
	require.ErrorContains(t, err, "certificate")
	status, err = ask("http", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
	stop()
	require.NoError(t, <-ended)
}
