package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// NewToken returns a fresh secret: 256 random bits as 43 characters of base64url. Only its
// HashToken is ever stored.
func NewToken() string { return base64.RawURLEncoding.EncodeToString(random(secretBytes)) }

func random(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return raw
}

// HashToken returns what is stored of a token: its SHA-256 in lower-case hex (64
// characters). Tokens are random, so no salt or stretching is needed.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

const (
	secretBytes = 32
	nameBytes   = 8
	nameLength  = 2 * nameBytes // in hex
	hashLength  = 2 * sha256.Size
)

// NewSession returns the first token of a session: 64 bits by which the session is known
// whatever its token is, and 256 that are its secret. Only its HashSession is ever stored.
func NewSession() string { return sessionToken(random(nameBytes)) }

// NextToken returns another token for the session whose token has this hash.
func NextToken(hash string) string {
	name, err := hex.DecodeString(SessionName(hash))
	if err != nil || len(name) != nameBytes {
		return NewSession() // nothing that HashSession returned
	}
	return sessionToken(name)
}

func sessionToken(name []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(name, random(secretBytes)...))
}

// HashSession returns what is stored of a session's token: the session's name, and 192 bits
// of the token's SHA-256, in lower-case hex (64 characters). A token without a name is
// stored as HashToken: its session has the beginning of that for a name.
func HashSession(token string) string {
	hash := HashToken(token)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != nameBytes+secretBytes {
		return hash
	}
	return hex.EncodeToString(raw[:nameBytes]) + hash[:hashLength-nameLength]
}

// SessionName is what stays of a HashSession when the session gets another token. It is no
// use to enter the session.
func SessionName(hash string) string { return hash[:min(nameLength, len(hash))] }
