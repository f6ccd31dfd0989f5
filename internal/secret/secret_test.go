package secret_test

import (
	"cmp"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/secret"
)

// Fixed keys, so that indexes and rotations can be compared.
const (
	keyA = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	keyB = "b:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
)

func ring(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	k, err := secret.ParseKeyring(text)
	require.NoError(t, err)
	return k
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	k := ring(t, keyA)
	for _, plain := range []string{"", "44010419800101001X", "张老师", strings.Repeat("长", 5000)} {
		sealed := k.Seal("users.id_no", "1", plain)
		got, err := k.Open("users.id_no", "1", sealed)
		require.NoError(t, err)
		require.Equal(t, plain, got)
		if plain != "" {
			require.NotContains(t, sealed, plain)
			require.NotEqual(t, sealed, k.Seal("users.id_no", "1", plain), "equal values must not look equal")
			require.Equal(t, "a", secret.SealedBy(sealed))
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k := ring(t, keyA)
	good := k.Seal("users.phone", "1", "13812345678")
	for name, c := range map[string]struct{ column, sealed, row string }{
		"another column": {"users.id_no", good, ""},
		"another row":    {"users.phone", good, "2"},
		"cut loose":      {"users.phone", strings.TrimPrefix(good, "2."), ""},
		"no key id":      {"users.phone", "plain text", ""},
		"not base64":     {"users.phone", "a:***", ""},
		"empty body":     {"users.phone", "a:", ""},
		"one byte":       {"users.phone", "a:AA", ""},
		"cut short":      {"users.phone", good[:len(good)-4], ""},
		"one bit turned": {"users.phone", "2.a:" + flip(good[4:]), ""},
		"another key":    {"users.phone", ring(t, keyB).Seal("users.phone", "1", "1"), ""},
		"forged key id":  {"users.phone", "2.b" + good[3:], ""},
	} {
		_, err := k.Open(c.column, cmp.Or(c.row, "1"), c.sealed)
		require.Equal(t, apperr.Corrupt, apperr.CodeOf(err), name)
		require.NotContains(t, err.Error(), "13812345678", name)
	}
}

// flip changes the first base64 character, hence a bit of the nonce.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func TestRotationKeepsOldValuesAndIndexes(t *testing.T) {
	t.Parallel()
	before, after := ring(t, keyA), ring(t, keyB+","+keyA)
	sealed := before.Seal("users.phone", "1", "13812345678")
	got, err := after.Open("users.phone", "1", sealed)
	require.NoError(t, err)
	require.Equal(t, "13812345678", got)
	require.Equal(t, "b", after.ActiveID())
	require.Equal(t, "b", secret.SealedBy(after.Seal("users.phone", "1", "1")))

	want := before.Index("users.phone", "13812345678")
	require.Equal(t, want, after.Index("users.phone", "13812345678"))
	retired := ring(t, keyB+",index:"+strings.TrimPrefix(keyA, "a:"))
	require.Equal(t, want, retired.Index("users.phone", "13812345678"), "the old key lives on as index")
	_, err = retired.Open("users.phone", "1", sealed)
	require.ErrorIs(t, err, secret.ErrUnknownKey, "but opens nothing any more")
}

func TestIndexSeparates(t *testing.T) {
	t.Parallel()
	k := ring(t, keyA)
	require.Len(t, k.Index("users.phone", "1"), 64)
	require.NotEqual(t, k.Index("users.phone", "1"), k.Index("users.phone", "2"))
	require.NotEqual(t, k.Index("users.phone", "1"), k.Index("users.id_no", "1"))
	require.NotEqual(t, k.Index("users.phone", "1"), ring(t, keyB).Index("users.phone", "1"))
	require.Empty(t, k.Index("users.phone", ""))
}

func TestParseKeyringNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := secret.ParseKeyring(keyA + ",nokey,B:AAAA,c:c2VjcmV0LW1hdGVyaWFs," + keyA)
	require.Error(t, err)
	for _, want := range []string{"第 2 项", "第 3 项", "第 4 项", "第 5 项", "重复"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "c2VjcmV0", "key material must not be repeated")

	for _, text := range []string{"", " ", "index:" + keyA[2:], keyA + ",index:" + keyA[2:] + ",index:" + keyB[2:]} {
		_, err = secret.ParseKeyring(text)
		require.Error(t, err, text)
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	one, err := secret.Generate("k2027")
	require.NoError(t, err)
	two, err := secret.Generate("k2027")
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	require.Equal(t, "k2027", ring(t, one).ActiveID())
	_, err = secret.Generate("bad id")
	require.Error(t, err)
}

func TestMasks(t *testing.T) {
	t.Parallel()
	require.Equal(t, "440***********1234", secret.MaskID("440104198001011234"))
	require.Equal(t, "138****5678", secret.MaskPhone("13812345678"))
	require.Equal(t, "*******", secret.MaskPhone("1234567"))
	require.Empty(t, secret.MaskID(""))
}

func TestValidID(t *testing.T) {
	t.Parallel()
	// The first is the worked example of GB 11643-1999.
	for _, id := range []string{"11010519491231002X", "440524188001010014"} {
		require.True(t, secret.ValidID(id), id)
	}
	require.True(t, secret.ValidID(secret.NormalizeID(" 110105 19491231 002x ")))
	for name, id := range map[string]string{
		"wrong check":    "110105194912310021",
		"two swapped":    "11010519491213002X",
		"no such date":   "11010519490231002X",
		"lower-case x":   "11010519491231002x",
		"fifteen digits": "110105491231002",
		"letters":        "1101051949123100AX",
		"leading zero":   "01010519491231002X",
		"full width":     "１１０１０５",
		"empty":          "",
	} {
		require.False(t, secret.ValidID(id), name)
	}
}

func FuzzOpen(f *testing.F) {
	k, err := secret.ParseKeyring(keyA)
	require.NoError(f, err)
	f.Add("")
	f.Add("a:")
	f.Add("a:AAAA")
	f.Add(k.Seal("c", "1", "13812345678"))
	f.Fuzz(func(t *testing.T, sealed string) {
		plain, err := k.Open("other", "1", sealed)
		if sealed != "" {
			require.Error(t, err, "nothing sealed for another column opens")
		}
		require.Empty(t, plain)
	})
}

// Values of the first releases were bound to their column only: they open until they are
// sealed again.
func TestValuesOfFormerReleasesOpen(t *testing.T) {
	t.Parallel()
	k := ring(t, keyA)
	id, raw := k.Encrypt("users.phone", []byte("13812345678"))
	former := id + ":" + base64.RawStdEncoding.EncodeToString(raw)
	got, err := k.Open("users.phone", "1", former)
	require.NoError(t, err)
	require.Equal(t, "13812345678", got)
	require.Equal(t, "a", secret.SealedBy(former))
	require.True(t, k.Stale(former))
	require.False(t, secret.Bound(former))
	now := k.Seal("users.phone", "1", "13812345678")
	require.False(t, k.Stale(now))
	require.True(t, ring(t, keyB+","+keyA).Stale(now), "under a key that seals no more")
	_, err = k.Open("users.phone", "1", "2."+former)
	require.Error(t, err, "a former value cannot be passed off as bound")
}

func TestOneIndexKeyTakesOverFromAnother(t *testing.T) {
	t.Parallel()
	raw := func(key string) string { return key[2:] }
	before := ring(t, keyA+",index:"+raw(keyA))
	prepared := ring(t, keyA+",index:"+raw(keyA)+",index-new:"+raw(keyB))
	during := ring(t, keyA+",index:"+raw(keyB)+",index-old:"+raw(keyA))
	after := ring(t, keyA+",index:"+raw(keyB))
	old, fresh := before.Index("c", "1"), after.Index("c", "1")
	require.NotEqual(t, old, fresh)
	require.Equal(t, []string{old, fresh}, prepared.Indexes("c", "1"))
	require.Equal(t, []string{fresh, old}, during.Indexes("c", "1"))
	require.Equal(t, []string{fresh}, after.Indexes("c", "1"))
	require.False(t, during.Holds("index-old"), "it opens nothing")
}

func TestNormalizePhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13812345678": "13812345678", " 138-1234 5678 ": "13812345678", "+86 13812345678": "13812345678", "008613812345678": "13812345678",
		"１３８12345678": "13812345678", "020-12345678": "02012345678", "86123": "86123", "": "", "无": "",
	} {
		require.Equal(t, want, secret.NormalizePhone(in), in)
	}
}
