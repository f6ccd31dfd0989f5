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

// Seal encrypts a column's value to text "id:base64". The column's name ("users.id_no")
// is authenticated with it: a value moved to another column does not open. Equal values
// seal differently each time. The empty value stays empty.
func (k *Keyring) Seal(column, plaintext string) string {
	if plaintext == "" {
		return ""
	}
	id, sealed := k.Encrypt(column, []byte(plaintext))
	return id + ":" + base64.RawStdEncoding.EncodeToString(sealed)
}

// Open undoes Seal. Whatever does not open is apperr.Corrupt, and the error never holds
// any part of the value.
func (k *Keyring) Open(column, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := k.open(column, sealed)
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

func (k *Keyring) open(column, sealed string) ([]byte, error) {
	id, encoded, ok := strings.Cut(sealed, ":")
	if !ok {
		return nil, errFormat
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errFormat
	}
	return k.Decrypt(column, id, raw)
}

// SealedBy returns the id of the key that sealed a value, "" if it is not a sealed value:
// what rotation needs to find values that are still under an old key.
func SealedBy(sealed string) string {
	id, _, ok := strings.Cut(sealed, ":")
	if !ok {
		return ""
	}
	return id
}

// Index returns the blind index of a value: HMAC-SHA256 in lower-case hex (64 characters)
// under a key of its own, different for each column. Equal values have equal indexes, so
// the caller normalises first (NormalizeID). It does not change when data keys are
// rotated. The empty value has the empty index.
func (k *Keyring) Index(column, value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, k.index)
	mac.Write([]byte(column + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil))
}
