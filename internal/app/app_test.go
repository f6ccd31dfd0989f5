package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
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
	account, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)

	user, err := s.UserByLogin(t.Context(), account.Login)
	require.NoError(t, err)
	require.True(t, user.MustChange)
	ok, err := auth.Verify(user.PasswordHash, account.Password)
	require.NoError(t, err)
	require.True(t, ok)
	grants, err := s.Grants(t.Context(), user.ID)
	require.NoError(t, err)
	require.Len(t, grants, 1)
	require.Equal(t, domain.RoleSysadmin, grants[0].Role)

	city, err := s.OrgByCode(t.Context(), "4401")
	require.NoError(t, err)
	require.Equal(t, "广州市", city.Name)
	require.Equal(t, grants[0].OrgID, *city.ParentID)
	for _, programme := range policy.Programmes() {
		base, err := policy.Base(programme)
		require.NoError(t, err)
		stored, err := s.Policy(t.Context(), policy.Digest(base))
		require.NoError(t, err)
		require.Equal(t, programme, stored.Programme)
	}
}

func TestBootstrap_replaces_a_password_nobody_used_and_leaves_a_used_one(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	first, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	second, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	require.NotEqual(t, first.Password, second.Password)

	user, err := s.UserByLogin(t.Context(), second.Login)
	require.NoError(t, err)
	ok, err := auth.Verify(user.PasswordHash, second.Password)
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, s.SetPassword(t.Context(), user.ID, user.PasswordHash, false, ""))
	third, err := app.Bootstrap(t.Context(), s, app.DefaultRoot())
	require.NoError(t, err)
	require.Nil(t, third)
}

func TestBootstrap_completes_an_interrupted_one(t *testing.T) {
	t.Parallel()
	s := emptyStore(t)
	root := app.DefaultRoot()
	_, err := s.CreateOrg(t.Context(), models.NewOrg{Level: models.LevelProvince, Code: root.ProvinceCode, Name: root.Province})
	require.NoError(t, err)
	account, err := app.Bootstrap(t.Context(), s, root)
	require.NoError(t, err)
	require.NotNil(t, account)
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
