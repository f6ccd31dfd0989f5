package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// BenchmarkLogin says how long a login that is refused takes, by whose it is; nobody may
// learn from it whether there is such a login:
//
//	go test ./api -run '^$' -bench Login -benchtime 200x
//
// The kinds take turns, so that what else the machine does meets all alike; each figure is
// the median. ZX_TEST_MYSQL_DSN names a MySQL server to ask instead of SQLite.
func BenchmarkLogin(b *testing.B) {
	open := testkit.SQLite
	if testkit.MySQLDSN() != "" {
		open = testkit.MySQL
	}
	clock := testkit.NewClock()
	store := models.New(open(b), clock.Now, testkit.Keyring(b))
	refusedLogins(b, store)
	b.Run("locked", func(b *testing.B) {
		h := logins(b, store, 1)
		for _, name := range []string{"unknown", "known"} {
			tryLogin(b, h, name, http.StatusTooManyRequests)
		}
		compareLogins(b, h, http.StatusTooManyRequests, "unknown", "known")
	})
	clock.Advance(time.Hour)
	b.Run("wrong", func(b *testing.B) {
		compareLogins(b, logins(b, store, 1<<30), http.StatusUnauthorized, "unknown", "known", "one-time", "disabled", "second-factor")
	})
}

// refusedLogins makes the accounts that are asked for; unknown is none.
func refusedLogins(b *testing.B, store *models.Store) {
	b.Helper()
	org, err := store.CreateOrg(b.Context(), models.NewOrg{Level: models.LevelCity, Code: "4401", Name: "广州市"})
	require.NoError(b, err)
	account := func(login, hash string) *models.User {
		u, err := store.CreateUser(b.Context(), models.NewUser{
			Login: login, Name: "张三", PasswordHash: hash, OrgID: org.ID, Roles: []domain.Role{domain.RoleInspector},
		})
		require.NoError(b, err)
		return u
	}
	hash := auth.DefaultParams().Hash(password)
	account("known", hash)
	account("one-time", auth.HashOneTime(auth.OneTimePassword("one-time")))
	require.NoError(b, store.SetDisabled(b.Context(), account("disabled", hash).ID, true))
	factor := account("second-factor", hash)
	secret := auth.NewTOTPSecret()
	require.NoError(b, store.BeginSecondFactor(b.Context(), factor.ID, secret))
	code, err := auth.TOTP(secret, auth.TOTPAt(store.Now()))
	require.NoError(b, err)
	require.NoError(b, store.ConfirmSecondFactor(b.Context(), factor.ID, code, []string{auth.HashRecovery(auth.NewRecoveryCode())}))
}

// logins is the product with the cost of real passwords, and no budget of requests.
func logins(b *testing.B, store *models.Store, locksAfter int) http.Handler {
	b.Helper()
	h, err := New(Deps{
		Store: store, Engine: &engine{store: store}, Files: newFiles(), Logger: slog.New(slog.DiscardHandler),
		Config: Config{Limits: -1, Lockout: models.Lockout{After: locksAfter}},
	})
	require.NoError(b, err)
	return h
}

func tryLogin(b *testing.B, h http.Handler, name string, status int) time.Duration {
	b.Helper()
	body := fmt.Sprintf(`{"login":%q,"password":"Wrong-Horse-9"}`, name)
	req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, loginPath, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	begun := time.Now()
	h.ServeHTTP(w, req)
	took := time.Since(begun)
	require.Equal(b, status, w.Code, w.Body.String())
	return took
}

func compareLogins(b *testing.B, h http.Handler, status int, names ...string) {
	b.Helper()
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, name := range names {
			took[name] = append(took[name], tryLogin(b, h, name, status))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, name := range names {
		slices.Sort(took[name])
		b.ReportMetric(float64(took[name][len(took[name])/2].Microseconds()), name+"-µs")
	}
}
