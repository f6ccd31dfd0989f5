package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"gorm.io/gorm"

	"zhengxiao/evidence"
	"zhengxiao/models"
)

// Database opens the product's database, past every link.
func (c *Cluster) Database() (*gorm.DB, error) {
	return models.OpenMySQL(models.MySQL{DSN: c.dsn(owner, c.MySQL.Addr()), MaxOpen: 4})
}

// CheckFiles reads every file version that somebody may still read, and compares it with
// what was checked when it came. It returns how many there are.
func (c *Cluster) CheckFiles(ctx context.Context, db *gorm.DB) (int, error) {
	store, err := evidence.Open(ctx, evidence.Config{
		Endpoint: c.objectsAddr, AccessKey: accessKey, SecretKey: c.secretKey, Bucket: bucket,
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
