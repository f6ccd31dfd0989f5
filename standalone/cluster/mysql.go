package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-sql-driver/mysql"
)

// MySQL is a server of its own, run by tools/mysql.sh.
type MySQL struct {
	script string
	name   string

	mu   sync.Mutex
	addr string
	ca   string
}

func newMySQL(root, name string) *MySQL {
	return &MySQL{script: filepath.Join(root, "tools", "mysql.sh"), name: name}
}

// Name is how the part is called in reports.
func (*MySQL) Name() string { return "mysql" }

// Start starts the server, or starts it again on its data. It takes no connection without TLS.
func (m *MySQL) Start(ctx context.Context) error {
	out, err := m.do(ctx, nil, "start")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	dsn, err := mysql.ParseDSN(lines[len(lines)-1])
	if err != nil {
		return fmt.Errorf("read address of MySQL: %w", err)
	}
	ca, err := m.do(ctx, nil, "ca")
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.addr, m.ca = dsn.Addr, strings.TrimSpace(string(ca))
	m.mu.Unlock()
	return m.Exec(ctx, "SET PERSIST require_secure_transport = ON")
}

// CA is the file of the authority that vouches for the server.
func (m *MySQL) CA() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ca
}

// Addr is where the server listens now; it may change with a start.
func (m *MySQL) Addr() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addr
}

// Kill ends it without warning.
func (m *MySQL) Kill() error {
	_, err := m.do(context.Background(), nil, "kill")
	return err
}

// Stop shuts it down.
func (m *MySQL) Stop(ctx context.Context) error {
	_, err := m.do(ctx, nil, "stop")
	return err
}

// Remove ends it and deletes its data.
func (m *MySQL) Remove() error {
	_, err := m.do(context.Background(), nil, "remove")
	return err
}

// Exec runs SQL.
func (m *MySQL) Exec(ctx context.Context, sql string) error {
	_, err := m.do(ctx, strings.NewReader(sql), "load")
	return err
}

// Dump writes a consistent backup of databases.
func (m *MySQL) Dump(ctx context.Context, file string, databases ...string) error {
	args := append([]string{"dump", "--single-transaction", "--set-gtid-purged=OFF", "--hex-blob", "--databases"}, databases...)
	out, err := m.do(ctx, nil, args...)
	if err != nil {
		return err
	}
	return os.WriteFile(file, out, 0o600)
}

// Load reads a backup.
func (m *MySQL) Load(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = m.do(ctx, f, "load")
	return err
}

func (m *MySQL) do(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, m.script, args...)
	cmd.Env = append(os.Environ(), "ZX_MYSQL_NAME="+m.name)
	cmd.Stdin = in
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("mysql.sh %s: %w\n%s", args[0], err, errs.String())
	}
	return out, nil
}
