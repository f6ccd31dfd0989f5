package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/standalone/engine"
	"zhengxiao/workflows"
)

// builds is where programs are built; TestMain removes it.
var builds = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "zhengxiao-e2e-") })

// faulty builds a program with its fault points, once.
func faulty(module, what string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		dir, err := builds()
		if err != nil {
			return "", err
		}
		bin := filepath.Join(dir, filepath.Base(what))
		build := exec.CommandContext(context.Background(), "go", "build", "-tags", "fault", "-o", bin, what)
		build.Dir = module
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build: %w\n%s", err, out)
		}
		return bin, nil
	})
}

var (
	faultyStandalone = faulty("..", "zhengxiao/standalone")
	faultyProduction = faulty("../..", "zhengxiao/cmd/zhengxiao")
)

// standalone is the whole product in one process on one folder.
type standalone struct{ bin, dir string }

func newStandalone(t *testing.T) standalone {
	t.Helper()
	bin, err := faultyStandalone()
	require.NoError(t, err)
	return standalone{bin, t.TempDir()}
}

func (e standalone) commands(ctx context.Context, addr string) []*exec.Cmd {
	return []*exec.Cmd{exec.CommandContext(ctx, e.bin, "--data", e.dir, "--addr", addr)}
}

func (standalone) password(s *server) string { return s.said() }

// reconcile takes the folder over from the server.
func (e standalone) reconcile(s *server) (string, error) {
	s.stop()
	out, err := exec.CommandContext(s.t.Context(), e.bin, "reconcile", "--data", e.dir).CombinedOutput()
	return string(out), err
}

func (e standalone) database(t *testing.T) *gorm.DB {
	t.Helper()
	db, err := sqlitedb.Open(filepath.Join(e.dir, "app.db"))
	require.NoError(t, err)
	return db
}

// production is a server and a worker on MySQL. Engine and object store are others'
// business: they outlive them.
type production struct {
	bin      string
	db       *gorm.DB
	env      []string
	migrated string // what the migration said
}

func newProduction(t *testing.T) production {
	t.Helper()
	bin, err := faultyProduction()
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	cases, err := engine.Start(t.Context(), engine.Config{InMemory: true, Namespace: "test", Attributes: workflows.SearchAttributes(), Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(cases.Stop)
	files := play(t, "store", part{Dir: t.TempDir()})
	keys, err := secret.Generate("test")
	require.NoError(t, err)
	db := testkit.EmptyMySQL(t)
	e := production{bin: bin, db: db, env: []string{
		"ZX_ADMIN_ADDR=off",
		"ZX_MYSQL_DSN=" + testkit.DSN(t, db, ""),
		"ZX_TEMPORAL_ADDRESS=" + cases.HostPort(), "ZX_TEMPORAL_NAMESPACE=test",
		"ZX_S3_ENDPOINT=" + files.addr, "ZX_S3_SECURE=false", "ZX_S3_ACCESS_KEY=" + access, "ZX_S3_SECRET_KEY=" + accessSecret,
		"ZX_DATA_KEYS=" + keys, "ZX_CODEC_KEYS=" + keys,
	}}
	out, err := e.command(t.Context(), "migrate").CombinedOutput()
	e.migrated = string(out)
	require.NoError(t, err, e.migrated)
	return e
}

func (e production) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, e.bin, args...)
	c.Env = append(os.Environ(), e.env...)
	return c
}

func (e production) commands(ctx context.Context, addr string) []*exec.Cmd {
	api := e.command(ctx, "api")
	api.Env = append(api.Env, "ZX_HTTP_ADDR="+addr, "ZX_HTTP_PUBLIC_URL=http://"+addr)
	return []*exec.Cmd{e.command(ctx, "worker"), api}
}

func (e production) password(*server) string { return e.migrated }

// reconcile asks the cases while workers run.
func (e production) reconcile(s *server) (string, error) {
	out, err := e.command(s.t.Context(), "reconcile").CombinedOutput()
	s.stop()
	return string(out), err
}

func (e production) database(*testing.T) *gorm.DB { return e.db }
