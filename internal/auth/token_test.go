package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever is sent for a token, what is stored of it is a hash like any other that leads to
// no other token, and the next token of its session has the same name and another secret.
func FuzzSession(f *testing.F) {
	f.Add(NewSession(), NewSession())
	f.Add(NewToken(), "")
	f.Add("AAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token, other string) {
		hash := HashSession(token)
		require.Regexp(t, `^[0-9a-f]{64}$`, hash)
		require.Equal(t, token == other, hash == HashSession(other))
		require.NotEqual(t, token, hash)

		next := NextToken(hash)
		require.NotEqual(t, token, next)
		require.Equal(t, SessionName(hash), SessionName(HashSession(next)))
		require.NotEqual(t, hash, HashSession(next))
	})
}

// What is no hash of a session leads to a session of its own.
func TestNextTokenOfNothing(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{"", "short", "zzzzzzzzzzzzzzzz"} {
		one, another := NextToken(hash), NextToken(hash)
		require.NotEqual(t, SessionName(HashSession(one)), SessionName(HashSession(another)))
	}
}
