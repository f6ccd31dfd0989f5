package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7/pkg/signer"

	"zhengxiao/internal/apperr"
)

// Account is a process's at the store.
type Account struct {
	Process              Process
	AccessKey, SecretKey string
}

// SetUp prepares the store as its root: the bucket, and the processes' accounts with their
// rights. Again it gives accounts their new secrets and rights. Accounts are made by the
// interface of versitygw; other stores have tools of their own, and PolicyFor.
func SetUp(ctx context.Context, root Config, accounts []Account) error {
	s, err := Open(ctx, root)
	if err != nil {
		return err
	}
	defer s.Close()
	if len(accounts) == 0 {
		return nil
	}
	for _, a := range accounts {
		if err := s.ensureAccount(ctx, root, a); err != nil {
			return err
		}
	}
	if err := s.inner.SetBucketPolicy(ctx, s.bucket, string(BucketPolicy(s.bucket, accounts).JSON())); err != nil {
		return storeError(err, "set policy of bucket "+s.bucket)
	}
	return nil
}

// user is an account as versitygw reads it; user is the role that owns nothing.
type user struct {
	XMLName xml.Name
	Access  string `xml:",omitempty"`
	Secret  string
	Role    string
}

const userRole = "user"

func (s *Store) ensureAccount(ctx context.Context, root Config, a Account) error {
	status, said, err := s.administer(ctx, root, "/create-user", user{xml.Name{Local: "Account"}, a.AccessKey, a.SecretKey, userRole})
	if err == nil && status == http.StatusConflict {
		path := "/update-user?access=" + url.QueryEscape(a.AccessKey)
		status, said, err = s.administer(ctx, root, path, user{xml.Name{Local: "MutableProps"}, "", a.SecretKey, userRole})
	}
	switch {
	case err != nil:
		return storeError(err, "make account of "+string(a.Process))
	case status/100 == 2: //nolint:mnd // any success
		return nil
	}
	return apperr.Wrap(fmt.Errorf("make account of %s: status %d: %s", a.Process, status, said), AccountsForeign,
		"对象存储没有接受账号：本命令只能在 versitygw 上建立账号，且须用它的根密钥、启用 VGW_IAM_DIR。其他存储请用它自己的工具建立账号，权限见 zhengxiao store policy。")
}

// administer asks the store's own interface.
func (s *Store) administer(ctx context.Context, root Config, path string, what any) (status int, said []byte, err error) {
	body, err := xml.Marshal(what)
	if err != nil {
		return 0, nil, fmt.Errorf("write account: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, s.inner.EndpointURL().String()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("ask for account: %w", err)
	}
	sum := sha256.Sum256(body)
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	req = signer.SignV4(*req, root.AccessKey, root.SecretKey, "", s.region)
	res, err := (&http.Client{Transport: s.conns}).Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	said, err = io.ReadAll(io.LimitReader(res.Body, mostSaid))
	return res.StatusCode, said, err
}

// mostSaid is how much of a refusal is kept.
const mostSaid = 1 << 10
