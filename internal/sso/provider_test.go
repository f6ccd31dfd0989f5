package sso_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/testkit/ssotest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var secrets = sso.Secrets{State: "state", Nonce: "nonce", Verifier: "a-verifier-that-is-long-enough-for-rfc-7636"}

// desk is a provider and what believes it.
func desk(t *testing.T) (*ssotest.Issuer, *sso.Provider) {
	t.Helper()
	now := func() time.Time { return noon }
	at := ssotest.New(t, now)
	p, err := sso.New([]sso.Settings{ssotest.Settings("edu", at.URL)}, "https://zx.example", now).Get("edu")
	require.NoError(t, err)
	return at, p
}

func code(t *testing.T, at *ssotest.Issuer, p *sso.Provider) sso.Answer {
	t.Helper()
	to, err := p.Address(t.Context(), secrets, false)
	require.NoError(t, err)
	_, code, err := at.Code(to)
	require.NoError(t, err)
	return sso.Answer{Code: code}
}

// Whatever hangs, and for however long: the request that waits for it ends, and says so.
func TestWhatHangsIsWaitedForOnlySoLong(t *testing.T) {
	t.Parallel()
	for _, fault := range []ssotest.Fault{ssotest.Hangs, ssotest.TokensHang, ssotest.KeysHang} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			at, p := desk(t)
			back := code(t, at, p)
			at.Misbehave(fault)
			p.Impatient(200 * time.Millisecond)
			_, err := p.Redeem(t.Context(), back, secrets, noon)
			require.True(t, apperr.Is(err, sso.CodeDown), err)
		})
	}
	at, p := desk(t)
	at.Misbehave(ssotest.Hangs)
	p.Impatient(200 * time.Millisecond)
	_, err := p.Address(t.Context(), secrets, false)
	require.True(t, apperr.Is(err, sso.CodeDown), err)
}

func TestKeysThatCannotBeHadAreNoWrongAnswer(t *testing.T) {
	t.Parallel()
	at, p := desk(t)
	at.Misbehave(ssotest.KeysAway)
	_, err := p.Redeem(t.Context(), code(t, at, p), secrets, noon)
	require.True(t, apperr.Is(err, sso.CodeDown), err)
	at.Misbehave(ssotest.Behaves)
	_, err = p.Redeem(t.Context(), code(t, at, p), secrets, noon)
	require.NoError(t, err)
	// Keys that are known already need not be asked for; others are, once they are published.
	at.Misbehave(ssotest.KeysAway)
	_, err = p.Redeem(t.Context(), code(t, at, p), secrets, noon)
	require.NoError(t, err)
	require.NoError(t, at.Rotate())
	_, err = p.Redeem(t.Context(), code(t, at, p), secrets, noon)
	require.True(t, apperr.Is(err, sso.CodeDown), err)
	at.Misbehave(ssotest.ForeignKey)
	_, err = p.Redeem(t.Context(), code(t, at, p), secrets, noon)
	require.True(t, apperr.Is(err, sso.CodeRefused), err)
}

func TestCodesAndTokensAreGoodOnce(t *testing.T) {
	t.Parallel()
	at, p := desk(t)
	back := code(t, at, p)
	_, err := p.Redeem(t.Context(), back, secrets, noon)
	require.NoError(t, err)
	_, err = p.Redeem(t.Context(), back, secrets, noon)
	require.True(t, apperr.Is(err, sso.CodeRefused), err)
	at.Misbehave(ssotest.OldToken)
	other := secrets
	other.Nonce = "of-another-request"
	to, err := p.Address(t.Context(), other, false)
	require.NoError(t, err)
	_, again, err := at.Code(to)
	require.NoError(t, err)
	_, err = p.Redeem(t.Context(), sso.Answer{Code: again}, other, noon)
	require.True(t, apperr.Is(err, sso.CodeRefused), err)
}

// Where the browser ends the provider's session is worth no wait.
func TestNobodyWaitsForWhereToSignOut(t *testing.T) {
	t.Parallel()
	at, p := desk(t)
	at.Misbehave(ssotest.Hangs)
	require.Empty(t, p.LogoutAddress(t.Context()))
	at.AwaitHanging() // it is being looked up
	require.Empty(t, p.LogoutAddress(t.Context()))
	at.Misbehave(ssotest.ServerError)
	_, err := p.Address(t.Context(), secrets, false)
	require.True(t, apperr.Is(err, sso.CodeDown), err)
}
