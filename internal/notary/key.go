// Package notary has the keys that sign what must not be changed unseen: the audit log, the
// events of cases and the daily heads of both.
package notary

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Purpose keeps a signature under one thing from passing for one under another.
type Purpose string

// What is signed.
const (
	PurposeSeal  Purpose = "zhengxiao.audit.seal.v1"
	PurposeEvent Purpose = "zhengxiao.case.event.v1"
	PurposeHead  Purpose = "zhengxiao.audit.head.v1"

	PurposeCheckpoint Purpose = "zhengxiao.audit.checkpoint.v1"

	// PurposeErasure is the certificate of an erasure.
	PurposeErasure Purpose = "zhengxiao.erasure.v1"
)

var (
	// ErrUnknownKey is a signature by a key that is none of those given.
	ErrUnknownKey = errors.New("signed with an unknown key")
	// ErrSignature is a signature that is not one of what it stands under.
	ErrSignature = errors.New("the signature is wrong")
)

// Signer signs with one key.
type Signer struct {
	id  string
	key ed25519.PrivateKey
}

// ParseSigner reads a key: the base64 of an Ed25519 seed of 32 bytes.
func ParseSigner(text string) (*Signer, error) {
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("audit key: want the base64 of %d bytes", ed25519.SeedSize)
	}
	key := ed25519.NewKeyFromSeed(seed)
	public, _ := key.Public().(ed25519.PublicKey)
	return &Signer{id: keyID(public), key: key}, nil
}

// Generate makes a key in the form of ParseSigner.
func Generate() (string, error) {
	seed := make([]byte, ed25519.SeedSize)
	_, err := rand.Read(seed)
	return base64.StdEncoding.EncodeToString(seed), err
}

func keyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// ID names the key.
func (s *Signer) ID() string { return s.id }

// Public is the key that verifies, in base64.
func (s *Signer) Public() string {
	public, _ := s.key.Public().(ed25519.PublicKey)
	return base64.StdEncoding.EncodeToString(public)
}

// Keys verify what the key has signed.
func (s *Signer) Keys() Keys {
	public, _ := s.key.Public().(ed25519.PublicKey)
	return Keys{s.id: public}
}

// Sign signs a message for a purpose.
func (s *Signer) Sign(p Purpose, message string) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, []byte(string(p)+"\n"+message)))
}

// Keys verify, by the id of the key.
type Keys map[string]ed25519.PublicKey

// ParseKeys reads public keys, each in base64.
func ParseKeys(list []string) (Keys, error) {
	keys := Keys{}
	for _, text := range list {
		public, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(public) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("public audit key %q: want the base64 of %d bytes", text, ed25519.PublicKeySize)
		}
		keys[keyID(public)] = public
	}
	return keys, nil
}

// Check verifies a signature.
func (k Keys) Check(id string, p Purpose, message, signature string) error {
	public, ok := k[id]
	if !ok {
		return ErrUnknownKey
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || !ed25519.Verify(public, []byte(string(p)+"\n"+message), raw) {
		return ErrSignature
	}
	return nil
}
