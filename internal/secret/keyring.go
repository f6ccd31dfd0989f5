// Package secret protects personal data at rest: authenticated encryption of single
// columns, blind indexes to look encrypted values up by, and masks for display.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

const (
	// KeySize is the length of a raw key in bytes (AES-256).
	KeySize = 32

	// IndexKeyID names the entry that only feeds the blind index. Without it the last
	// (oldest) entry does.
	IndexKeyID = "index"

	// NewIndexKeyID names an entry that feeds look-ups beside the index key, so that every
	// process knows the next index key before rows are written under it.
	NewIndexKeyID = "index-new"

	// OldIndexKeyID likewise, until no row is under the former index key.
	OldIndexKeyID = "index-old"
)

// ErrUnknownKey is in the chain of errors about data sealed under a key that the
// keyring does not hold.
var ErrUnknownKey = errors.New("unknown key id")

var keyIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// Keyring holds the keys of one purpose. Keys are rotated by putting a new one first:
// it seals from then on, the others still open what they sealed. The blind index stays
// with the oldest key; before that key is dropped, keep its bytes as the entry "index".
type Keyring struct {
	active string
	aeads  map[string]cipher.AEAD
	index  []byte
	beside [][]byte
}

// ParseKeyring reads "id:base64key,id2:base64key2": standard base64 of 32 bytes each,
// the active key first. It reports every faulty entry at once and never repeats key
// material.
func ParseKeyring(text string) (*Keyring, error) {
	k := &Keyring{aeads: map[string]cipher.AEAD{}}
	r := ringReader{ring: k, seen: map[string]bool{}}
	var errs []error
	for i, entry := range strings.Split(text, ",") {
		if err := r.add(entry); err != nil {
			errs = append(errs, fmt.Errorf("第 %d 项：%w", i+1, err))
		}
	}
	if len(errs) == 0 && k.active == "" {
		errs = append(errs, fmt.Errorf("除 %s 外至少需要一个密钥", IndexKeyID))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if r.index == nil {
		r.index = r.oldest
	}
	var err error
	if k.index, err = derive(r.index, indexPurpose); err != nil {
		return nil, err
	}
	for _, raw := range r.beside {
		key, err := derive(raw, indexPurpose)
		if err != nil {
			return nil, err
		}
		k.beside = append(k.beside, key)
	}
	return k, nil
}

const indexPurpose = "zhengxiao blind index v1"

// ringReader takes the entries of a ring one by one.
type ringReader struct {
	ring          *Keyring
	seen          map[string]bool
	oldest, index []byte
	beside        [][]byte
}

func (r *ringReader) add(entry string) error {
	id, raw, err := parseEntry(entry)
	if err != nil {
		return err
	}
	if r.seen[id] {
		return fmt.Errorf("密钥编号 %q 重复", id)
	}
	r.seen[id] = true
	switch id {
	case IndexKeyID:
		r.index = raw
		return nil
	case NewIndexKeyID, OldIndexKeyID:
		r.beside = append(r.beside, raw)
		return nil
	}
	if r.ring.aeads[id], err = newAEAD(raw); err != nil {
		return err
	}
	if r.ring.active == "" {
		r.ring.active = id
	}
	r.oldest = raw
	return nil
}

// Generate returns a fresh random entry "id:base64key" for ParseKeyring.
func Generate(id string) (string, error) {
	if !keyIDPattern.MatchString(id) {
		return "", errKeyID(id)
	}
	raw := make([]byte, KeySize)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return id + ":" + base64.StdEncoding.EncodeToString(raw), nil
}

// Holds reports whether the ring can open what a key sealed.
func (k *Keyring) Holds(id string) bool { return k.aeads[id] != nil }

// ActiveID returns the id of the key that seals.
func (k *Keyring) ActiveID() string { return k.active }

// Encrypt seals data under the active key and binds it to context: Decrypt succeeds only
// with the same context. sealed is nonce ‖ ciphertext ‖ tag.
func (k *Keyring) Encrypt(context string, data []byte) (keyID string, sealed []byte) {
	return k.active, k.aeads[k.active].Seal(nil, nil, data, additional(k.active, context)) //nolint:gosec // G407: this AEAD draws its own nonce
}

// Decrypt undoes Encrypt. A key the ring does not hold is ErrUnknownKey; input that is
// too short, altered or from another context is an error too.
func (k *Keyring) Decrypt(context, keyID string, sealed []byte) ([]byte, error) {
	aead, ok := k.aeads[keyID]
	if !ok {
		return nil, fmt.Errorf("decrypt: %w: %q", ErrUnknownKey, keyID)
	}
	data, err := aead.Open(nil, nil, sealed, additional(keyID, context))
	if err != nil {
		return nil, fmt.Errorf("decrypt with key %q: %w", keyID, err)
	}
	return data, nil
}

func parseEntry(entry string) (id string, raw []byte, err error) {
	id, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
	if !ok {
		return "", nil, errors.New("应为“编号:密钥”")
	}
	if !keyIDPattern.MatchString(id) {
		return "", nil, errKeyID(id)
	}
	raw, err = base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != KeySize {
		return "", nil, fmt.Errorf("密钥 %q 应为 %d 字节的标准 base64", id, KeySize)
	}
	return id, raw, nil
}

func errKeyID(id string) error {
	return fmt.Errorf("密钥编号 %.40q 不合规：只能用小写字母、数字、- 和 _，不超过 32 个字符", id)
}

// additional is the authenticated text: ids hold no NUL, so it is unambiguous.
func additional(keyID, context string) []byte { return []byte(keyID + "\x00" + context) }

func newAEAD(raw []byte) (cipher.AEAD, error) {
	derived, err := derive(raw, "zhengxiao encryption v1")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// derive gives each purpose a key of its own, so that encryption and index never share one.
func derive(raw []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, raw, nil, purpose, KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return key, nil
}
