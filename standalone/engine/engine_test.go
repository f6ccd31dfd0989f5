package engine_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/internal/apperr"
	"zhengxiao/standalone/engine"
	"zhengxiao/standalone/internal/netaddr"
)

const namespace = "zhengxiao"

func config(dir string) engine.Config {
	return engine.Config{Dir: dir, Namespace: namespace, Logger: slog.New(slog.DiscardHandler)}
}

func start(t *testing.T, c engine.Config) (*engine.Engine, client.Client) {
	t.Helper()
	e, err := engine.Start(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	cl, err := client.Dial(client.Options{HostPort: e.HostPort(), Namespace: namespace, Logger: nopLogger{}})
	require.NoError(t, err)
	t.Cleanup(cl.Close)
	return e, cl
}

func greet(_ workflow.Context, name string) (string, error) { return "你好，" + name, nil }

func run(t *testing.T, c client.Client, id, name string) string {
	t.Helper()
	w := worker.New(c, "q", worker.Options{})
	w.RegisterWorkflowWithOptions(greet, workflow.RegisterOptions{Name: "greet"})
	require.NoError(t, w.Start())
	defer w.Stop()
	r, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "q"}, "greet", name)
	require.NoError(t, err)
	var got string
	require.NoError(t, r.Get(t.Context(), &got))
	return got
}

func TestEngineKeepsHistoryAcrossRestarts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "数据 100%?#") // everything a file: URI must escape
	e, err := engine.Start(t.Context(), config(dir))
	require.NoError(t, err)
	c, err := client.Dial(client.Options{HostPort: e.HostPort(), Namespace: namespace, Logger: nopLogger{}})
	require.NoError(t, err)
	require.Equal(t, "你好，甲校", run(t, c, "case-1", "甲校"))
	c.Close()
	e.Stop()
	require.FileExists(t, filepath.Join(dir, "temporal.db"))

	_, c = start(t, config(dir))
	var got string
	require.NoError(t, c.GetWorkflow(t.Context(), "case-1", "").Get(t.Context(), &got))
	require.Equal(t, "你好，甲校", got)
	require.Equal(t, "你好，乙校", run(t, c, "case-2", "乙校"), "the engine goes on working")
}

func TestEngineNamespaceAndLimits(t *testing.T) {
	t.Parallel()
	_, c := start(t, engine.Config{InMemory: true, Namespace: namespace, Logger: slog.New(slog.DiscardHandler)})
	ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	require.NoError(t, err)
	require.Equal(t, 90*24*time.Hour, ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())

	start := func(id string) error {
		_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "q"}, "greet", "")
		return err
	}
	require.NoError(t, start(strings.Repeat("x", 255)))
	require.ErrorContains(t, start(strings.Repeat("x", 256)), "length")
}

func TestEngineRefusesDamagedFile(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, path string){
		"not a database": func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("不是数据库", 500)), 0o600))
		},
		"overwritten pages": func(t *testing.T, path string) {
			t.Helper()
			e, err := engine.Start(t.Context(), config(filepath.Dir(path)))
			require.NoError(t, err)
			e.Stop()
			copyTo := filepath.Join(t.TempDir(), "copy.db")
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			copy(b[4096:], strings.Repeat("\xff", 8192))
			// A new inode: the first run's connection lives as long as the process.
			require.NoError(t, os.WriteFile(copyTo, b, 0o600))
			require.NoError(t, os.Rename(copyTo, path))
			_ = os.Remove(path + "-wal")
			_ = os.Remove(path + "-shm")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "temporal.db")
			damage(t, path)
			before, err := os.ReadFile(path)
			require.NoError(t, err)

			_, err = engine.Start(t.Context(), config(filepath.Dir(path)))
			require.Equal(t, apperr.Corrupt, apperr.CodeOf(err), "%v", err)
			require.Contains(t, apperr.MessageOf(err), path)
			require.Contains(t, apperr.MessageOf(err), "备份")
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, before, after, "the damaged file is left alone")
		})
	}
}

func TestEngineNamesTakenPort(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	c := config(t.TempDir())
	c.FrontendPort = l.Addr().(*net.TCPAddr).Port

	_, err = engine.Start(context.Background(), c)
	require.Equal(t, netaddr.PortInUse, apperr.CodeOf(err), "%v", err)
	require.Contains(t, apperr.MessageOf(err), strconv.Itoa(c.FrontendPort))
}

type nopLogger struct{}

func (nopLogger) Debug(string, ...any) {}
func (nopLogger) Info(string, ...any)  {}
func (nopLogger) Warn(string, ...any)  {}
func (nopLogger) Error(string, ...any) {}
