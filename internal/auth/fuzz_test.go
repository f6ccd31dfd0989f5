package auth

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An authenticator app reads from the address what was put in, whatever a login looks like.
func FuzzTOTPURL(f *testing.F) {
	f.Add("整校", "admin", "JBSWY3DPEHPK3PXP")
	f.Add("a:b", "c/../d?secret=x#", "A A")
	f.Add("%", "+ &=\"", "")
	f.Fuzz(func(t *testing.T, issuer, account, secret string) {
		u, err := url.Parse(TOTPURL(issuer, account, secret))
		require.NoError(t, err)
		require.Equal(t, "otpauth", u.Scheme)
		require.Equal(t, "totp", u.Host)
		require.Equal(t, "/"+issuer+":"+account, u.Path)
		q, err := url.ParseQuery(u.RawQuery)
		require.NoError(t, err)
		require.Equal(t, []string{secret}, q["secret"])
		require.Equal(t, []string{issuer}, q["issuer"])
		require.Empty(t, u.Fragment)
	})
}

// Whatever is typed for a code, at most the code of a step around now is taken, and only
// once.
func FuzzMatchTOTP(f *testing.F) {
	f.Add("JBSWY3DPEHPK3PXP", "123 456", int64(1_800_000_000))
	f.Add("jbswy3dpehpk3pxp==", "", int64(0))
	f.Add("!", "000000", int64(-1))
	f.Fuzz(func(t *testing.T, secret, code string, unix int64) {
		const far = 1 << 40
		now := time.Unix(unix%far, 0)
		step, err := MatchTOTP(secret, code, now, 0)
		if err != nil {
			require.Zero(t, step)
			return
		}
		right, err := TOTP(secret, TOTPAt(now))
		require.NoError(t, err)
		require.Len(t, right, totpDigits)
		require.Empty(t, strings.Trim(right, "0123456789"))
		if step == 0 {
			return
		}
		want, err := TOTP(secret, step)
		require.NoError(t, err)
		require.Equal(t, want, strings.ReplaceAll(code, " ", ""))
		again, err := MatchTOTP(secret, code, now, step)
		require.NoError(t, err)
		require.True(t, again == 0 || again > step, "%d after %d", again, step)
	})
}

// A stored hash is read in one way only, and none makes the host work without end.
func FuzzHash(f *testing.F) {
	f.Add(Params{Memory: 8, Time: 1, Threads: 1}.Hash("x"))
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add(HashOneTime("x"))
	f.Fuzz(func(t *testing.T, hash string) {
		p, salt, key, err := parse(hash)
		if err != nil {
			require.ErrorIs(t, err, ErrHash)
			return
		}
		require.True(t, p.Memory <= maxMemory && p.Time <= maxTime && p.Threads <= maxThreads)
		require.Equal(t, p.phc(salt, key), hash)
	})
}

// Whatever file a list of leaked passwords is, looking in it ends, and says of nothing that
// it is there which is not. In one as it is published, all that is in it is found.
func FuzzLeaked(f *testing.F) {
	first := "0018A45C4D1DEF81644B54AB7F969B88D65:1\n"
	f.Add([]byte("00000"+first), []byte("password\n123456\nqwerty"), "password", true)
	f.Add([]byte("00000"+first+strings.Repeat("F", 500)), []byte("a\n\nb"), "", false)
	f.Add([]byte("password\r\n123456\r\n"), []byte{}, "123456", false)
	for i := range 20 {
		many := strings.Split(strings.Repeat("x\n", 20), "\n")
		for j := range many {
			many[j] += strconv.Itoa(j)
		}
		f.Add([]byte{}, []byte(strings.Join(many, "\n")), many[i], i%2 == 0)
	}
	f.Add([]byte("00000"+first+"\n:\n\n:"), []byte("\n"), "x", true)
	path := filepath.Join(f.TempDir(), "leaked")
	f.Fuzz(func(t *testing.T, raw, words []byte, password string, crlf bool) {
		has := func(list []byte, password string) bool {
			require.NoError(t, os.WriteFile(path, list, 0o600))
			leaked, err := OpenLeaked(path)
			if err != nil { // a line that no list of words has
				require.Greater(t, len(list), 64<<10)
				return false
			}
			found, err := leaked.Has(password)
			require.NoError(t, err)
			if leaked.hashes != nil {
				require.NoError(t, leaked.hashes.Close())
			}
			return found
		}
		if has(raw, password) {
			require.True(t, bytes.Contains(raw, []byte(sha1Of(password))) || strings.Contains(strings.ToLower(string(raw)), strings.ToLower(password)))
		}
		list := strings.Split(string(words), "\n")
		sums := make([]string, len(list))
		for i, word := range list {
			sums[i] = sha1Of(word) + ":" + strings.Repeat("9", 1+i%9)
		}
		slices.Sort(sums)
		end := "\n"
		if crlf {
			end = "\r\n"
		}
		published := []byte(strings.Join(sums, end) + end)
		require.Equal(t, slices.Contains(list, password), has(published, password))
		require.True(t, has(published, list[len(list)/2]))
	})
}

func sha1Of(word string) string {
	sum := sha1.Sum([]byte(word))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
