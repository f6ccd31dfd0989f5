package cluster

import (
	"context"
	"path/filepath"
)

const (
	accessKey = "zhengxiao"
	bucket    = "zhengxiao-evidence"
)

// newObjects is a MinIO server on one folder.
func (c *Cluster) newObjects(addr string) *process {
	return &process{
		name: "minio", bin: c.programs.MinIO,
		args: []string{"server", "--quiet", "--address", addr, c.objectsDir()},
		env:  []string{"MINIO_ROOT_USER=" + accessKey, "MINIO_ROOT_PASSWORD=" + c.secretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off"},
		log:  c.log("minio"),
		ready: func(ctx context.Context) error {
			return answers(ctx, "http://"+addr+"/minio/health/cluster")
		},
	}
}

func (c *Cluster) objectsDir() string { return filepath.Join(c.dir, "objects") }
