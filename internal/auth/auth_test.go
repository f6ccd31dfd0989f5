package auth_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
)

var cheap = auth.Params{Memory: 8, Time: 1, Threads: 1}

func TestHashVerifies(t *testing.T) {
	t.Parallel()
	hash := cheap.Hash("密码 Aa1!")
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=8,t=1,p=1$"), hash)
	require.NotEqual(t, hash, cheap.Hash("密码 Aa1!"), "each hash has a salt of its own")

	ok, err := auth.Verify(hash, "密码 Aa1!")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = auth.Verify(hash, "密码 Aa1")
	require.NoError(t, err)
	require.False(t, ok)
	require.False(t, cheap.VerifyNone("密码 Aa1!"))
}

// The reference vector of the argon2 command-line tool (phc-winner-argon2, test.c).
func TestVerifyReadsHashesOfOthers(t *testing.T) {
	t.Parallel()
	ok, err := auth.Verify("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password")
	require.NoError(t, err)
	require.True(t, ok)
}

func TestVerifyRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	good := cheap.Hash("x")
	for name, hash := range map[string]string{
		"empty":         "",
		"bcrypt":        "$2a$10$N9qo8uLOickgx2ZMRZoMye",
		"argon2i":       strings.Replace(good, "argon2id", "argon2i", 1),
		"old version":   strings.Replace(good, "v=19", "v=16", 1),
		"zero passes":   strings.Replace(good, "t=1", "t=0", 1),
		"zero threads":  strings.Replace(good, "p=1", "p=0", 1),
		"huge memory":   strings.Replace(good, "m=8", "m=4294967295", 1),
		"no parameters": strings.Replace(good, "m=8,t=1,p=1", "", 1),
		"no hash":       good[:strings.LastIndex(good, "$")+1],
		"not base64":    good + "!",
	} {
		ok, err := auth.Verify(hash, "x")
		require.ErrorIs(t, err, auth.ErrHash, name)
		require.False(t, ok, name)
		require.True(t, cheap.Outdated(hash), name)
	}
}

func TestOutdatedFollowsTheParameters(t *testing.T) {
	t.Parallel()
	hash := cheap.Hash("x")
	require.False(t, cheap.Outdated(hash))
	require.True(t, auth.DefaultParams().Outdated(hash))
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, password string
		want           string // part of the refusal, "" if accepted
	}{
		{"three classes", "tucDOL12", ""},
		{"symbols count", "tucdol1!", ""},
		{"a phrase", "correct horse 7 battery", ""},
		{"chinese counts as the fourth class", "推进学校abc123四", ""},
		{"longest", strings.Repeat("aB3-lomtu", 14) + "xy", ""},
		{"seven", "abcDE12", "太短"},
		{"seven chinese characters are seven", "整校推进aB1", "太短"},
		{"too long", strings.Repeat("aB3", 43), "太长"},
		{"two classes", "abcdef12", "过于简单"},
		{"common for all its classes", "P@ssw0rd123", "常见"},
		{"the system's name", "Zhengxiao#7k", "zhengxiao"},
		{"contains the login", "xTeacher01!", "登录名"},
		{"contains the login in another case", "xTEACHER01a!", "登录名"},
		{"control character", "abcDEF12\x00", "无法识别"},
		{"broken UTF-8", "abcDEF12\xff", "无法识别"},
	} {
		err := auth.MLPS().Check("teacher01", c.password)
		if c.want == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), c.name)
		require.Equal(t, "password", apperr.FieldOf(err), c.name)
		require.Contains(t, apperr.MessageOf(err), c.want, c.name)
	}
}

func TestInitialPasswordSatisfiesThePolicy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 500 {
		password := auth.InitialPassword("a")
		require.NoError(t, auth.MLPS().Check("a", password))
		require.Regexp(t, `^[a-zA-Z3-9]{4}-[a-zA-Z3-9]{4}-[a-zA-Z3-9]{4}$`, password)
		require.NotRegexp(t, `[0Oo1Il2Zz5Ss8B]`, password)
		seen[password] = true
	}
	require.Len(t, seen, 500)
}

func TestInitialPasswordEndsForAnyLogin(t *testing.T) {
	t.Parallel()
	for _, login := range []string{"", "-", "a", "---", "管理员"} {
		require.NoError(t, auth.MLPS().Check(login, auth.InitialPassword(login)))
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, b := auth.NewToken(), auth.NewToken()
	require.NotEqual(t, a, b)
	require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, a)
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", auth.HashToken("abc"))
}

func TestCommonPasswordsAreRefusedByLength(t *testing.T) {
	t.Parallel()
	list := filepath.Join(t.TempDir(), "leaked.txt")
	require.NoError(t, os.WriteFile(list, []byte("hunter2\n\n correct horse battery \r\n"), 0o600))
	leaked, err := auth.OpenLeaked(list)
	require.NoError(t, err)
	p := auth.Profile(auth.ProfileASVS, leaked)
	for password, want := range map[string]string{
		"rain on the old bridge":  "",
		"只有我自己知道的一句很长的话":          "",
		"elevenchars":             "太短",
		"administrator2024":       "常见",
		"P@ssw0rd123456789":       "常见",
		"qwertyuiop123":           "常见",
		"123456789012":            "常见",
		"abcabcabcabc":            "常见",
		"zxcvbnmlkjhgfd":          "",
		"Correct Horse Battery":   "泄露",
		"rain on zhengxiao today": "zhengxiao",
		"第一小学的教师都知道的事情吧":          "第一小学",
		"teacher01 is my name":    "登录名",
	} {
		err := p.Check("teacher01", password, "第一小学")
		if want == "" {
			require.NoError(t, err, password)
			continue
		}
		require.Contains(t, apperr.MessageOf(err), want, password)
	}
	require.NoError(t, p.Check("x", strings.Repeat("长", 64)+"x!"), "64 characters and more are taken")
	require.GreaterOrEqual(t, auth.CommonCount(), 3000)
}

func TestPasswordsExpireByProfile(t *testing.T) {
	t.Parallel()
	set := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		days              int
		expiring, expired bool
	}{{82, false, false}, {83, true, false}, {89, true, false}, {90, true, true}} {
		now := set.Add(time.Duration(c.days) * day)
		require.Equal(t, c.expiring, auth.MLPS().Expiring(set, now), "%d days", c.days)
		require.Equal(t, c.expired, auth.MLPS().Expired(set, now), "%d days", c.days)
		require.False(t, auth.ASVS().Expired(set, now.Add(1000*day)))
	}
	require.Contains(t, auth.MLPS().Rule(), "每 90 天更换一次")
	require.NotContains(t, auth.ASVS().Rule(), "更换")
}

func TestHashesOfLeakedPasswordsAreFoundWhereTheyLie(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 1000} {
		for _, end := range []string{"\n", "\r\n"} {
			var lines []string
			for i := range n {
				sum := sha1.Sum(fmt.Appendf(nil, "Leaked-%d", i))
				lines = append(lines, fmt.Sprintf("%X:%d", sum, i*i*i+1))
			}
			slices.Sort(lines)
			path := filepath.Join(t.TempDir(), "hashes.txt")
			require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, end)+end), 0o600))
			leaked, err := auth.OpenLeaked(path)
			require.NoError(t, err)
			p := auth.Profile(auth.ProfileMLPS, leaked)
			for i := range n {
				require.Contains(t, apperr.MessageOf(p.Check("x", fmt.Sprint("Leaked-", i))), "泄露", "%d of %d", i, n)
			}
			for i := range n {
				require.NoError(t, p.Check("x", fmt.Sprint("Unheard-of-", i)), "%d of %d", i, n)
			}
		}
	}
	_, err := auth.OpenLeaked(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
