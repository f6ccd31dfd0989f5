package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api"
	"zhengxiao/evidence"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
	"zhengxiao/standalone/objects"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// roleVar makes a copy of the test program play one process of a production system
// instead of running tests, so that what each uses can be measured by itself.
const roleVar = "ZX_E2E_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	if role == "" {
		code := m.Run()
		if dir, err := builds(); err == nil {
			_ = os.RemoveAll(dir)
		}
		os.Exit(code)
	}
	if err := playRole(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func playRole(role string) error {
	var p part
	if err := json.Unmarshal([]byte(os.Getenv(roleVar+"_PART")), &p); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch role {
	case "store":
		return playStore(ctx, p)
	case "api":
		return playAPI(ctx, p)
	case "worker":
		return playWorker(ctx, p)
	}
	return fmt.Errorf("no such role: %s", role)
}

// part is what a played process is told.
type part struct {
	Dir       string `json:"dir"`      // of the objects
	Database  string `json:"database"` // SQLite's file, or else
	MySQL     string `json:"mysql"`    // DSN
	DataKeys  string `json:"data_keys"`
	Endpoint  string `json:"endpoint"`   // of the object store
	PublicURL string `json:"public_url"` // of the object store, as the client reaches it
}

const access, accessSecret = "e2e-access", "e2e-secret"

// announce tells the test where a played process listens.
func announce(addr string) { _, _ = fmt.Fprintln(os.Stdout, "listening "+addr) }

func playStore(ctx context.Context, p part) error {
	s, err := objects.Start(ctx, objects.Config{Dir: p.Dir, AccessKey: access, SecretKey: accessSecret, AllowOrigin: "*"})
	if err != nil {
		return err
	}
	announce(s.Endpoint())
	<-ctx.Done()
	s.Stop()
	return nil
}

func (p part) database() (*gorm.DB, error) {
	if p.MySQL != "" {
		return models.OpenMySQL(models.MySQL{DSN: p.MySQL})
	}
	return sqlitedb.Open(p.Database)
}

// open connects to the database and the object store.
func (p part) open(ctx context.Context) (*models.Store, *evidence.Store, error) {
	keys, err := secret.ParseKeyring(p.DataKeys)
	if err != nil {
		return nil, nil, err
	}
	db, err := p.database()
	if err != nil {
		return nil, nil, err
	}
	files, err := evidence.Open(ctx, evidence.Config{
		Endpoint: p.Endpoint, PublicURL: p.PublicURL, AccessKey: access, SecretKey: accessSecret, Bucket: "evidence", Region: objects.Region,
	})
	return models.New(db, time.Now, keys), files, err
}

// playAPI serves the API.
func playAPI(ctx context.Context, p part) error {
	store, files, err := p.open(ctx)
	if err != nil {
		return err
	}
	h, err := api.New(api.Deps{Store: store, Engine: noEngine{}, Files: files, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := api.HTTPServer(h)
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	announce(l.Addr().String())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// playWorker checks uploads, and nothing else that workers do.
func playWorker(ctx context.Context, p part) error {
	store, files, err := p.open(ctx)
	if err != nil {
		return err
	}
	announce("nowhere")
	worker.CheckUploads(ctx, worker.Deps{Store: store, Evidence: files, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	return nil
}

// noEngine is an engine that no upload asks for anything.
type noEngine struct{}

var errNoEngine = errors.New("uploads need no engine")

func (noEngine) SignalCase(context.Context, string, workflows.Envelope) error { return errNoEngine }
func (noEngine) StartCohort(context.Context, string) error                    { return errNoEngine }
func (noEngine) SendDigests(context.Context) error                            { return errNoEngine }
func (noEngine) Check(context.Context) error                                  { return nil }

// actor is a played process.
type actor struct {
	cmd  *exec.Cmd
	addr string
}

// play starts a copy of the test program in a role and returns when it listens.
func play(t *testing.T, role string, p part) *actor {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	told, err := json.Marshal(p)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), roleVar+"="+role, roleVar+"_PART="+string(told))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said: %s", role, errs.String())
		}
	})
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	a := &actor{cmd: cmd}
	t.Cleanup(a.kill)
	line := make([]byte, 256)
	n, err := out.Read(line)
	addr, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "listening ")
	if !ok {
		a.kill()
		require.Failf(t, "the process did not start", "%s: %v %s", role, err, errs.String())
	}
	a.addr = addr
	return a
}

func (a *actor) kill() {
	_ = a.cmd.Process.Kill()
	_ = a.cmd.Wait()
}

// memory is what the process holds in memory now, and the most it ever held, in bytes.
func (a *actor) memory(t *testing.T) (now, peak int64) {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(raw)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			now = kb << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			peak = kb << 10
		}
	}
	require.NotZero(t, peak)
	return now, peak
}
