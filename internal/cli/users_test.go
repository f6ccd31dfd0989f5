package cli_test

import (
	"bytes"
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Who lost phone and password, and is locked out besides, gets in again; it is on record.
func TestAnOperatorLetsTheLastAdministratorInAgain(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	w := testkit.NewWorld(t, store, clock)
	who := w.User(w.City, domain.RoleSecurity)
	ctx := t.Context()
	secret := auth.NewTOTPSecret()
	require.NoError(t, store.BeginSecondFactor(ctx, who.ID, secret))
	code, err := auth.TOTP(secret, auth.TOTPAt(clock.Now()))
	require.NoError(t, err)
	require.NoError(t, store.ConfirmSecondFactor(ctx, who.ID, code, []string{"h"}))
	wrong := func(context.Context) (models.Verdict, error) { return models.WrongPassword, nil }
	err = store.Guess(ctx, models.Account(who.ID), models.Lockout{After: 1, For: time.Hour}, wrong)
	require.Equal(t, apperr.Locked, apperr.CodeOf(err))
	require.NoError(t, store.CreateSession(ctx, models.Session{TokenHash: "t", UserID: who.ID}, time.Hour))

	run := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := cli.Main(ctx, cli.Users(func(context.Context) (*models.Store, func(), error) { return store, func() {}, nil }), args, &out, &errs)
		return code, out.String() + errs.String()
	}
	status, text := run("reset", who.Login)
	require.Equal(t, cli.OK, status, text)
	password := regexp.MustCompile(`一次性密码：(\S+)`).FindStringSubmatch(text)[1]

	u, err := store.User(ctx, who.ID)
	require.NoError(t, err)
	fits, err := auth.Verify(u.PasswordHash, password)
	require.NoError(t, err)
	require.True(t, fits)
	require.True(t, u.MustChange)
	require.NoError(t, store.Locked(u.LockedUntil))
	f, err := store.SecondFactor(ctx, who.ID)
	require.NoError(t, err)
	require.Nil(t, f)
	rows, err := store.Sessions(ctx, who.ID)
	require.NoError(t, err)
	require.Empty(t, rows)
	var entries []models.AuditEntry
	require.NoError(t, store.DB(ctx).Where("action = ? AND subject_id = ?", "account.reset", who.ID).Find(&entries).Error)
	require.Len(t, entries, 1)
	require.NotContains(t, entries[0].Details, password)

	status, text = run("reset", "nobody-of-that-name")
	require.Equal(t, cli.Failure, status)
	require.Contains(t, text, "用户")
	status, _ = run("reset")
	require.Equal(t, cli.Usage, status)
	other := w.User(w.City, domain.RoleBureau)
	require.NoError(t, store.SetDisabled(ctx, other.ID, true))
	status, text = run("reset", other.Login)
	require.Equal(t, cli.Failure, status)
	require.Contains(t, text, "已停用")
}
