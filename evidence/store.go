// Package evidence keeps files in an S3-compatible object store. Browsers upload
// straight to the store with a one-request grant and download with a presigned URL; the
// system itself only issues grants, checks what arrived, pins its version and locks it.
//
// Every read names a version id: what is uploaded later under the same key changes
// nothing that was checked, scored or signed before.
package evidence

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
)

// Config says where the store is. Endpoint is host:port as this process reaches it;
// PublicURL is scheme://host[:port] as browsers reach it and goes into every signature,
// so a proxy in between must keep the Host header. PublicURL defaults to Endpoint.
type Config struct {
	Endpoint  string
	PublicURL string
	AccessKey string
	SecretKey string
	Bucket    string
	Region    string         // defaults to us-east-1
	Secure    bool           // TLS to Endpoint
	Roots     *x509.CertPool // verify Endpoint; nil is the system's authorities

	// Scanner checks uploads for malware; nil checks nothing.
	Scanner *clamav.Client
}

// Object is one immutable version of a file.
type Object struct {
	Key       string
	VersionID string
	Size      int64  // bytes
	SHA256    string // lower-case hex
	Type      string // media type
}

// Store is safe for concurrent use.
type Store struct {
	bucket string
	region string
	inner  *minio.Client   // reads and writes
	public *minio.Client   // only signs; never opens a connection
	conns  *http.Transport // of inner
	now    func() time.Time

	scanner *clamav.Client
}

// Open connects to the store and makes sure the bucket exists with versioning and object
// lock on. A bucket that exists without object lock is refused: lock can only be chosen
// when a bucket is created.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	conns, err := minio.DefaultTransport(c.Secure)
	if err != nil {
		return nil, fmt.Errorf("open object store: %w", err)
	}
	if c.Secure && c.Roots != nil {
		conns.TLSClientConfig.RootCAs = c.Roots
	}
	inner, err := newClient(c.Endpoint, c.Secure, conns, c)
	if err != nil {
		return nil, fmt.Errorf("open object store %q: %w", c.Endpoint, err)
	}
	public := inner
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") {
			return nil, fmt.Errorf("open object store: public URL %q must be http(s)://host[:port] without a path", c.PublicURL)
		}
		if public, err = newClient(u.Host, u.Scheme == "https", nil, c); err != nil {
			return nil, fmt.Errorf("open object store for %q: %w", c.PublicURL, err)
		}
	}
	s := &Store{bucket: c.Bucket, region: c.Region, inner: inner, public: public, conns: conns, now: time.Now, scanner: c.Scanner}
	if err := s.ensureBucket(ctx, c.Region); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Origin is scheme://host[:port] of the store as browsers reach it.
func (s *Store) Origin() string {
	u := s.public.EndpointURL()
	return u.Scheme + "://" + u.Host
}

// Close gives up the connections that are kept for later requests. The store goes on
// working.
func (s *Store) Close() { s.conns.CloseIdleConnections() }

// newClient makes a client; nil conns is one that never opens a connection.
func newClient(endpoint string, secure bool, conns http.RoundTripper, c Config) (*minio.Client, error) {
	return minio.New(endpoint, &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Transport:    conns,
		Secure:       secure,
		Region:       c.Region, // given, so that signing needs no round trip
		BucketLookup: minio.BucketLookupPath,
		MaxRetries:   3,
		// Trailing checksums over plain HTTP are rejected by versitygw.
		TrailingHeaders: false,
	})
}

func (s *Store) ensureBucket(ctx context.Context, region string) error {
	// Asking with GET, as BucketExists does not: only its answer says why it refuses.
	_, err := s.inner.GetBucketVersioning(ctx, s.bucket)
	switch r := minio.ToErrorResponse(err); {
	case r.Code == minio.NoSuchBucket && !foreign(r):
		err := s.inner.MakeBucket(ctx, s.bucket, minio.MakeBucketOptions{Region: region, ObjectLocking: true})
		if err != nil && minio.ToErrorResponse(err).Code != minio.BucketAlreadyOwnedByYou {
			return storeError(err, "create bucket "+s.bucket)
		}
	case err != nil:
		return storeError(err, "check bucket "+s.bucket)
	}
	lock, _, _, _, err := s.inner.GetObjectLockConfig(ctx, s.bucket) //nolint:dogsled // the default retention is not used
	if err != nil && minio.ToErrorResponse(err).Code != "ObjectLockConfigurationNotFoundError" {
		return storeError(err, "read object lock of bucket "+s.bucket)
	}
	if err != nil || lock != "Enabled" {
		return apperr.Wrap(err, BucketUnlocked, fmt.Sprintf(
			"文件存储的存储桶“%s”没有启用对象锁定，不能保证材料不被改动。对象锁定只能在创建存储桶时启用：请换一个存储桶名称，由系统自动创建。", s.bucket))
	}
	v, err := s.inner.GetBucketVersioning(ctx, s.bucket)
	if err != nil {
		return storeError(err, "read versioning of bucket "+s.bucket)
	}
	if !v.Enabled() {
		if err := s.inner.EnableVersioning(ctx, s.bucket); err != nil {
			return storeError(err, "enable versioning of bucket "+s.bucket)
		}
	}
	return nil
}

// WithClock returns a store whose grants count their lifetime from now instead of the
// system clock.
func (s *Store) WithClock(now func() time.Time) *Store {
	c := *s
	c.now = now
	return &c
}

// PingScanner reports whether the scanner answers, if there is one.
func (s *Store) PingScanner(ctx context.Context) error {
	if s.scanner == nil {
		return nil
	}
	return s.scanner.Ping(ctx)
}

// Ping reports whether the store answers and the bucket is there.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.inner.GetBucketVersioning(ctx, s.bucket); err != nil {
		return storeError(err, "ping object store")
	}
	return nil
}
