package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const oneTimePrefix = "$sha256-onetime$"

// OneTimePassword returns a random password for accounts that are made by the thousand:
// four groups of four, about 88 bits, of the same form as InitialPassword.
func OneTimePassword(login string) string {
	for {
		password := pick() + "-" + pick() + "-" + pick() + "-" + pick()
		if MLPS().Check(login, password) == nil {
			return password
		}
	}
}

// HashOneTime is what is stored of a OneTimePassword: plain SHA-256. Stretching defends
// what people choose; 88 random bits cannot be guessed however fast a guess is, while
// argon2id would take a core 20 minutes for the accounts of one district. Such an
// account must choose a password before anything else, which is stored by Params.Hash.
// Never use it for a password that a person chose.
func HashOneTime(password string) string {
	sum := sha256.Sum256([]byte(password))
	return oneTimePrefix + hex.EncodeToString(sum[:])
}

// OneTime reports whether a hash was made by HashOneTime.
func OneTime(hash string) bool { return strings.HasPrefix(hash, oneTimePrefix) }
