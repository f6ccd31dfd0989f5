package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// NewToken returns a fresh session token: 256 random bits as 43 characters of base64url.
// Only its HashToken is ever stored.
func NewToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

// HashToken returns what is stored of a token: its SHA-256 in lower-case hex (64
// characters). Tokens are random, so no salt or stretching is needed.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
