package cluster

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gorm.io/gorm"

	"zhengxiao/evidence"
	"zhengxiao/models"
)

// Database opens the product's database, past every link.
func (c *Cluster) Database() (*gorm.DB, error) {
	pool, err := roots(c.MySQL.CA())
	if err != nil {
		return nil, err
	}
	return models.OpenMySQL(models.MySQL{
		DSN: c.dsn(owner, c.MySQL.Addr()), TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxOpen: 4,
	})
}

// StoreAs is the object store for a process, past every link and the product.
func (c *Cluster) StoreAs(p evidence.Process) (*minio.Client, string, error) {
	transport, err := c.storeTransport()
	if err != nil {
		return nil, "", err
	}
	client, err := minio.New(c.objectsAddr, &minio.Options{
		Creds: credentials.NewStaticV4(storeKey(p), c.storeSecrets[p], ""), Secure: true, Transport: transport, Region: "us-east-1",
	})
	return client, bucket, err
}

// Plain opens the product's database without TLS.
func (c *Cluster) Plain() (*gorm.DB, error) {
	return models.OpenMySQL(models.MySQL{DSN: c.dsn(owner, c.MySQL.Addr()), MaxOpen: 1})
}

// CheckFiles reads every file version that somebody may still read, and compares it with
// what was checked when it came. It returns how many there are.
func (c *Cluster) CheckFiles(ctx context.Context, db *gorm.DB) (int, error) {
	pool, err := c.Roots()
	if err != nil {
		return 0, err
	}
	store, err := evidence.Open(ctx, evidence.Config{
		Endpoint: c.objectsAddr, AccessKey: rootKey, SecretKey: c.secretKey, Bucket: bucket, Secure: true, Roots: pool,
	})
	if err != nil {
		return 0, err
	}
	defer store.Close()
	var versions []models.FileVersion
	if err := db.WithContext(ctx).Where("state IN ?", []models.FileState{models.FileChecked, models.FileLocked}).Find(&versions).Error; err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	for _, v := range versions {
		if err := sameFile(ctx, store, v); err != nil {
			return 0, err
		}
	}
	return len(versions), nil
}

func sameFile(ctx context.Context, store *evidence.Store, v models.FileVersion) error {
	r, err := store.Open(ctx, v.ObjectKey, v.VersionID)
	if err != nil {
		return fmt.Errorf("open %s version %d: %w", v.FileID, v.N, err)
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return fmt.Errorf("read %s version %d: %w", v.FileID, v.N, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != v.SHA256 {
		return fmt.Errorf("%s version %d has sha256 %s, not %s", v.FileID, v.N, got, v.SHA256)
	}
	return nil
}
