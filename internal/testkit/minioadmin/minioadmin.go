// Package minioadmin makes accounts on a MinIO server for tests. The server's own client
// library is under a licence that the product's is not compatible with.
package minioadmin

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/minio/minio-go/v7/pkg/signer"
	"golang.org/x/crypto/argon2"
)

// Root is the server's own account.
type Root struct {
	URL                  string // scheme://host:port
	AccessKey, SecretKey string
	Transport            http.RoundTripper // nil is the usual one
}

// AddUser makes an account with the rights of one policy, or changes it.
func (r Root) AddUser(ctx context.Context, accessKey, secretKey string, policy []byte) error {
	user, err := json.Marshal(map[string]string{"secretKey": secretKey, "status": "enabled"})
	if err != nil {
		return fmt.Errorf("write user: %w", err)
	}
	sealed, err := seal(r.SecretKey, user)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		path  string
		query url.Values
		body  []byte
	}{
		{"add-canned-policy", url.Values{"name": {accessKey}}, policy},
		{"add-user", url.Values{"accessKey": {accessKey}}, sealed},
		{"set-user-or-group-policy", url.Values{"policyName": {accessKey}, "userOrGroup": {accessKey}, "isGroup": {"false"}}, nil},
	} {
		if err := r.put(ctx, step.path, step.query, step.body); err != nil {
			return err
		}
	}
	return nil
}

func (r Root) put(ctx context.Context, path string, query url.Values, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, r.URL+"/minio/admin/v3/"+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask MinIO to %s: %w", path, err)
	}
	sum := sha256.Sum256(body)
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	req = signer.SignV4(*req, r.AccessKey, r.SecretKey, "", "us-east-1")
	res, err := (&http.Client{Transport: r.Transport}).Do(req)
	if err != nil {
		return fmt.Errorf("ask MinIO to %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusOK {
		return nil
	}
	said, err := io.ReadAll(io.LimitReader(res.Body, 1<<10)) //nolint:mnd // the beginning says what is wrong
	return fmt.Errorf("ask MinIO to %s: status %d: %s (%w)", path, res.StatusCode, said, err)
}

// The form of a sealed body: salt, algorithm, nonce, one fragment. The key is of the root's
// secret; the fragment's nonce ends in its number; what is sealed beside it is that it is the
// last, and the tag of nothing under number 0.
const (
	saltLen  = 32
	nonceLen = 8
	aesGCM   = 0 // with a key by argon2id
	last     = 0x80
	passes   = 1
	memory   = 64 << 10
	threads  = 4
	keyLen   = 32
)

func seal(secret string, plain []byte) ([]byte, error) {
	salt, nonce := make([]byte, saltLen), make([]byte, nonceLen)
	_, _ = rand.Read(salt)
	_, _ = rand.Read(nonce)
	block, err := aes.NewCipher(argon2.IDKey([]byte(secret), salt, passes, memory, threads, keyLen))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	number := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(bytes.Clone(nonce), n) }
	beside := gcm.Seal([]byte{last}, number(0), nil, nil)
	return gcm.Seal(slices.Concat(salt, []byte{aesGCM}, nonce), number(1), plain, beside), nil
}
