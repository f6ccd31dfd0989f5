package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"zhengxiao/evidence"
)

// settings are the environment of every process of the product; it is p's at the object store.
func (c *Cluster) settings(account string, p evidence.Process, db, engine, objects *Link) []string {
	return []string{
		"ZX_HTTP_PUBLIC_URL=" + c.URL(),
		"ZX_MYSQL_DSN=" + c.dsn(account, db.Addr),
		"ZX_MYSQL_TLS=true",
		"ZX_MYSQL_TLS_CA_FILE=" + c.MySQL.CA(),
		"ZX_MYSQL_API_ACCOUNT=" + apiAccount,
		"ZX_MYSQL_WORKER_ACCOUNT=" + workerAccount,
		"ZX_TEMPORAL_ADDRESS=" + engine.Addr,
		"ZX_TEMPORAL_NAMESPACE=" + Namespace,
		"ZX_TEMPORAL_DEPLOYMENT=zhengxiao",
		"ZX_TEMPORAL_TLS=true",
		"ZX_TEMPORAL_TLS_CA_FILE=" + c.certs.CA,
		"ZX_TEMPORAL_TLS_CERT_FILE=" + c.certs.ClientCert,
		"ZX_TEMPORAL_TLS_KEY_FILE=" + c.certs.ClientKey,
		"ZX_TEMPORAL_TLS_SERVER_NAME=" + serverName,
		"ZX_S3_ENDPOINT=" + objects.Addr,
		"ZX_S3_PUBLIC_URL=https://" + c.UserObjects.Addr,
		"ZX_S3_ACCESS_KEY=" + storeKey(p),
		"ZX_S3_SECRET_KEY=" + c.storeSecrets[p],
		"ZX_S3_SECURE=true",
		"ZX_S3_CA_FILE=" + c.certs.StoreCA,
		"ZX_DATA_KEYS=" + c.dataKeys,
		"ZX_CODEC_KEYS=" + c.codecKeys,
	}
}

// The accounts of the database: root owns the schema, the others have the rights that
// migrate gives them.
const (
	owner         = "root"
	apiAccount    = "zhengxiao_api"
	workerAccount = "zhengxiao_worker"
)

// dsn addresses the product's database.
func (*Cluster) dsn(account, addr string) string {
	return account + "@tcp(" + addr + ")/" + database
}

// newAPI is an api process; it takes part once it is started.
func (c *Cluster) newAPI(ctx context.Context, name, bin, addr string) (Part, error) {
	admin, err := free(ctx)
	if err != nil {
		return nil, err
	}
	env := append(c.settings(apiAccount, evidence.ProcessAPI, c.APIDatabase, c.APIEngine, c.APIObjects), "ZX_HTTP_ADDR="+addr, "ZX_ADMIN_ADDR="+admin)
	return &process{
		name: name, bin: bin, args: []string{"api"}, env: env, log: c.log(name), admin: admin, keep: true,
		ready: func(ctx context.Context) error { return answers(ctx, "http://"+addr+"/readyz") },
	}, nil
}

// NewWorker is a worker process of a version; it takes part once it is started.
func (c *Cluster) NewWorker(ctx context.Context, name, bin, version string) (Part, error) {
	admin, err := free(ctx)
	if err != nil {
		return nil, err
	}
	env := append(c.settings(workerAccount, evidence.ProcessWorker, c.WorkerDatabase, c.WorkerEngine, c.WorkerObjects),
		"ZX_ADMIN_ADDR="+admin, "ZX_TEMPORAL_BUILD_ID="+version, "ZX_AUDIT_KEY="+c.auditKey)
	return &process{
		name: name, bin: bin, args: []string{"worker"}, env: env, log: c.log(name), admin: admin, keep: true,
		ready: func(ctx context.Context) error { return answers(ctx, "http://"+admin+"/healthz") },
	}, nil
}

// Command runs another command of the product, in the first version, and returns what it
// printed.
func (c *Cluster) Command(ctx context.Context, args ...string) (string, error) {
	return c.CommandOf(ctx, c.programs.Zhengxiao, FirstVersion, args...)
}

// CommandOf runs a command of another version.
func (c *Cluster) CommandOf(ctx context.Context, bin, version string, args ...string) (string, error) {
	return c.command(ctx, bin, []string{"ZX_TEMPORAL_BUILD_ID=" + version}, args...)
}

// asStoreRoot runs a command with the root's key of the object store.
func (c *Cluster) asStoreRoot(ctx context.Context, args ...string) (string, error) {
	return c.command(ctx, c.programs.Zhengxiao, []string{"ZX_S3_ACCESS_KEY=" + rootKey, "ZX_S3_SECRET_KEY=" + c.secretKey}, args...)
}

func (c *Cluster) command(ctx context.Context, bin string, more []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = append(os.Environ(), c.settings(owner, evidence.ProcessWorker, c.APIDatabase, c.APIEngine, c.APIObjects)...)
	cmd.Env = append(cmd.Env, more...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("zhengxiao %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// migrate prepares the database and its accounts. It returns what it says about the first
// administrators.
func (c *Cluster) migrate(ctx context.Context) (string, error) {
	if err := c.MySQL.Exec(ctx, "CREATE USER "+apiAccount+" REQUIRE SSL; CREATE USER "+workerAccount+" REQUIRE SSL"); err != nil {
		return "", err
	}
	return c.Command(ctx, "migrate")
}

func (c *Cluster) log(name string) string { return filepath.Join(c.dir, "log", name+".log") }

// answers asks once and wants a 200.
func answers(ctx context.Context, url string) error {
	_, err := get(ctx, url)
	return err
}
