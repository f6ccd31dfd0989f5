// Package auth holds the pure parts of authentication: password hashes, the password
// policy, one-time initial passwords and session tokens. Storage and HTTP live elsewhere.
package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	saltSize = 16
	keySize  = 32

	// Stored parameters above these are refused: a damaged row must not exhaust the host.
	maxMemory  = 1 << 20 // KiB: 1 GiB
	maxTime    = 64
	maxThreads = 64
)

// ErrHash is returned for a stored hash that is not a PHC string of argon2id.
var ErrHash = errors.New("malformed password hash")

// Params are the cost of argon2id.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams follows the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one
// thread.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

// Hash returns the argon2id hash of a password under a fresh salt as a PHC string:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func (p Params) Hash(password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: the runtime aborts instead
	return p.phc(salt, p.key(password, salt, keySize))
}

func (p Params) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// Verify reports whether password matches a hash made by Hash under any parameters, or
// by HashOneTime. A hash it cannot read is ErrHash.
func Verify(hash, password string) (bool, error) {
	if OneTime(hash) {
		return subtle.ConstantTimeCompare([]byte(HashOneTime(password)), []byte(hash)) == 1, nil
	}
	p, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	got := p.key(password, salt, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// VerifyNone takes as long as Verify and is always false: for logins that do not exist,
// so that the time of the answer does not tell.
func (p Params) VerifyNone(password string) bool {
	p.key(password, make([]byte, saltSize), keySize)
	return false
}

// Outdated reports whether a hash was made under other parameters than p and should be
// renewed at the next successful login.
func (p Params) Outdated(hash string) bool {
	got, _, _, err := parse(hash)
	return err != nil || got != p
}

func (p Params) key(password string, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, size)
}

func parse(hash string) (p Params, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Params{}, nil, nil, ErrHash
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return Params{}, nil, nil, ErrHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case errSalt != nil, errKey != nil, len(salt) < 8, len(salt) > 64, len(key) < 16, len(key) > 64,
		p.Memory < 8, p.Memory > maxMemory, p.Time < 1, p.Time > maxTime, p.Threads < 1, p.Threads > maxThreads,
		p.phc(salt, key) != hash: // written otherwise than Hash writes
		return Params{}, nil, nil, ErrHash
	}
	return p, salt, key, nil
}
