package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"zhengxiao/internal/apperr"
)

var errFormat = errors.New("not a sealed value")

// bound marks values that are bound to their row. A dot is in no key's id.
const bound = "2."

// Seal encrypts a column's value to text "2.id:base64". The column's name
// ("users.id_number") and the row's key are authenticated with it: a value that was moved to
// another column or row does not open. Equal values seal differently each time. The empty
// value stays empty.
func (k *Keyring) Seal(column, row, plaintext string) string {
	if plaintext == "" {
		return ""
	}
	id, sealed := k.Encrypt(place(column, row), []byte(plaintext))
	return bound + id + ":" + base64.RawStdEncoding.EncodeToString(sealed)
}

// Open undoes Seal, and opens what was sealed before values were bound to rows. Whatever
// does not open is apperr.Corrupt, and the error never holds any part of the value.
func (k *Keyring) Open(column, row, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	context := column
	text, isBound := strings.CutPrefix(sealed, bound)
	if isBound {
		context = place(column, row)
	}
	plain, err := k.open(context, text)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return "", apperr.Wrap(err, apperr.Corrupt,
			"个人信息无法解密：加密它的密钥不在当前密钥环中。请系统管理员检查 ZX_DATA_KEYS 是否缺少旧密钥。")
	case err != nil:
		return "", apperr.Wrap(err, apperr.Corrupt,
			"个人信息无法解密：数据已损坏或被改动。请系统管理员从备份恢复该记录。")
	}
	return string(plain), nil
}

// place is the authenticated text: columns hold no NUL, so it is unambiguous.
func place(column, row string) string { return column + "\x00" + row }

func (k *Keyring) open(context, sealed string) ([]byte, error) {
	id, encoded, ok := strings.Cut(sealed, ":")
	if !ok {
		return nil, errFormat
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errFormat
	}
	return k.Decrypt(context, id, raw)
}

// SealedBy returns the id of the key that sealed a value, "" if it is not a sealed value.
func SealedBy(sealed string) string {
	id, _, ok := strings.Cut(strings.TrimPrefix(sealed, bound), ":")
	if !ok {
		return ""
	}
	return id
}

// Bound reports whether a sealed value is bound to its row.
func Bound(sealed string) bool { return strings.HasPrefix(sealed, bound) }

// Stale reports whether a value should be sealed again: under a key that no longer seals,
// or not bound to its row.
func (k *Keyring) Stale(sealed string) bool {
	return sealed != "" && (!Bound(sealed) || SealedBy(sealed) != k.active)
}

// Index returns the blind index of a value: HMAC-SHA256 in lower-case hex (64 characters)
// under a key of its own, different for each column. Equal values have equal indexes, so
// the caller normalises first (NormalizeID). It does not change when data keys are
// rotated. The empty value has the empty index.
func (k *Keyring) Index(column, value string) string {
	if value == "" {
		return "" // also without a ring, which only commands have that keep nothing personal
	}
	return index(k.index, column, value)
}

// Indexes are the indexes under which a value may be found: while a new index key takes
// over, rows are under the old or the new one. The first is Index.
func (k *Keyring) Indexes(column, value string) []string {
	all := []string{k.Index(column, value)}
	for _, key := range k.beside {
		all = append(all, index(key, column, value))
	}
	return all
}

func index(key []byte, column, value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(column + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil))
}
