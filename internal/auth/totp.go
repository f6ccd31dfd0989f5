package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps speak (RFC 6238); HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpModulo = 1_000_000
	// totpSkew is how many steps a clock may be off, either way.
	totpSkew = 1
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTPSecret returns a fresh secret of 160 bits in base32, as authenticator apps take it.
func NewTOTPSecret() string { return randomText(20) }

// randomText is n random bytes in base32.
func randomText(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return base32Text.EncodeToString(raw)
}

// TOTPURL is what an authenticator app reads from a QR code.
func TOTPURL(issuer, account, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "digits": {fmt.Sprint(totpDigits)}, "period": {"30"}, "algorithm": {"SHA1"}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// TOTP is the code of a step, counted from 1970 (RFC 6238).
func TOTP(secret string, step int64) (string, error) {
	key, err := base32Text.DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil {
		return "", fmt.Errorf("read secret of second factor: %w", err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	value := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, value%totpModulo), nil
}

// TOTPAt is the step of a time.
func TOTPAt(now time.Time) int64 { return now.Unix() / int64(totpStep/time.Second) }

// MatchTOTP returns the step whose code this is, of those around now that come after last;
// 0 for none. A step is good once: the caller keeps the one that matched.
func MatchTOTP(secret, code string, now time.Time, last int64) (int64, error) {
	code = strings.ReplaceAll(code, " ", "")
	matched := int64(0)
	for step := TOTPAt(now) - totpSkew; step <= TOTPAt(now)+totpSkew; step++ {
		want, err := TOTP(secret, step)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			matched = step
		}
	}
	return matched, nil
}

// recoveryBytes makes 120 random bits: more than anybody guesses, so a plain hash is kept.
const recoveryBytes = 15

// NewRecoveryCode returns a code that stands in for the second factor once: six groups of four.
func NewRecoveryCode() string {
	text := randomText(recoveryBytes)
	var groups []string
	for ; len(text) > 0; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(groups, "-")
}

// HashRecovery is what is stored of a recovery code, however it was typed.
func HashRecovery(code string) string {
	return HashToken("recovery:" + strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code)))
}
