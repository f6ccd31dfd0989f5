package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"path/filepath"

	"zhengxiao/evidence"
	"zhengxiao/internal/testkit/minioadmin"
)

const (
	rootKey = "zhengxiao"
	bucket  = "zhengxiao-evidence"
)

// storeKey is the account of a process at the object store.
func storeKey(p evidence.Process) string { return "zhengxiao-" + string(p) }

// prepareObjects makes the bucket and the accounts of the processes, as operators do with the
// tools of their store.
func (c *Cluster) prepareObjects(ctx context.Context) error {
	if _, err := c.asStoreRoot(ctx, "store", "setup"); err != nil {
		return err
	}
	transport, err := c.storeTransport()
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	root := minioadmin.Root{URL: "https://" + c.objectsAddr, AccessKey: rootKey, SecretKey: c.secretKey, Transport: transport}
	for _, p := range evidence.Processes() {
		if err := root.AddUser(ctx, storeKey(p), c.storeSecrets[p], evidence.PolicyFor(p, bucket).JSON()); err != nil {
			return err
		}
	}
	return nil
}

// Roots vouch for the object store.
func (c *Cluster) Roots() (*x509.CertPool, error) { return roots(c.certs.StoreCA) }

func (c *Cluster) storeTransport() (*http.Transport, error) {
	pool, err := c.Roots()
	if err != nil {
		return nil, err
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}, nil
}

// newObjects is a MinIO server on one folder.
func (c *Cluster) newObjects(addr string) *process {
	return &process{
		name: "minio", bin: c.programs.MinIO,
		args: []string{"server", "--quiet", "--address", addr, "--certs-dir", c.certs.Store, c.objectsDir()},
		env:  []string{"MINIO_ROOT_USER=" + rootKey, "MINIO_ROOT_PASSWORD=" + c.secretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off"},
		log:  c.log("minio"),
		ready: func(ctx context.Context) error {
			transport, err := c.storeTransport()
			if err != nil {
				return err
			}
			defer transport.CloseIdleConnections()
			_, err = ask(ctx, &http.Client{Transport: transport}, "https://"+addr+"/minio/health/cluster")
			return err
		},
	}
}

func (c *Cluster) objectsDir() string { return filepath.Join(c.dir, "objects") }
