package auth_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/auth"
)

// The vectors of RFC 6238 appendix B for SHA-1, of which apps show the last six digits.
func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		code, err := auth.TOTP(secret, auth.TOTPAt(time.Unix(at, 0)))
		require.NoError(t, err)
		require.Equal(t, want[2:], code, "%d", at)
	}
}

func TestATOTPStepIsGoodOnceAndClocksMayBeOffByOne(t *testing.T) {
	t.Parallel()
	secret, now := auth.NewTOTPSecret(), time.Unix(1_800_000_000, 0)
	for offset, good := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code, err := auth.TOTP(secret, auth.TOTPAt(now)+offset)
		require.NoError(t, err)
		step, err := auth.MatchTOTP(secret, code[:3]+" "+code[3:], now, 0)
		require.NoError(t, err)
		require.Equal(t, good, step != 0, "%d", offset)
		if good {
			step, err = auth.MatchTOTP(secret, code, now, step)
			require.NoError(t, err)
			require.Zero(t, step, "used already")
		}
	}
	_, err := auth.TOTP("not base32!", 1)
	require.Error(t, err)
	require.Equal(t, "otpauth://totp/%E6%95%B4%E6%A0%A1:a%20b?algorithm=SHA1&digits=6&issuer=%E6%95%B4%E6%A0%A1&period=30&secret=ABC", auth.TOTPURL("整校", "a b", "ABC"))
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	code := auth.NewRecoveryCode()
	require.Regexp(t, `^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$`, code)
	require.NotEqual(t, code, auth.NewRecoveryCode())
	require.Equal(t, auth.HashRecovery(code), auth.HashRecovery(" "+strings.ToLower(strings.ReplaceAll(code, "-", " "))))
}
