// Package objects runs an S3-compatible object store inside this process on a local folder
// (versitygw), for trial, demonstration and end-to-end tests.
package objects

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"zhengxiao/internal/apperr"
	"zhengxiao/standalone/internal/netaddr"
)

// Region is the one region the store answers to.
const Region = "us-east-1"

// Config says where the store keeps its data and listens.
type Config struct {
	Dir         string // created if absent
	Addr        string // host:port, defaults to 127.0.0.1:0 (a free port)
	AccessKey   string
	SecretKey   string
	AllowOrigin string // the one web origin browsers may upload from; empty allows none
	Accounts    string // folder of the accounts besides the one above; empty is none
}

// Server is the running store. There can be one per process.
//
// While it runs the working directory of the process is inside Dir, because the gateway
// addresses its files relative to it: resolve relative paths before Start.
type Server struct {
	addr   string
	cwd    string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of the gateway, valid once done is closed
}

// Start returns when the store accepts connections. The store outlives ctx, which only
// bounds the start.
func Start(ctx context.Context, c Config) (*Server, error) {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	addr, err := netaddr.Resolve(ctx, c.Addr, "文件存储")
	if err != nil {
		return nil, err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("start object store: %w", err)
	}
	backend, err := openBackend(c.Dir)
	if err != nil {
		_ = os.Chdir(cwd)
		return nil, err
	}
	accounts, err := openAccounts(c)
	if err != nil {
		_ = os.Chdir(cwd)
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{addr: addr, cwd: cwd, cancel: cancel, done: make(chan struct{})}
	listening := make(chan struct{})
	go func() {
		defer close(s.done)
		s.err = embedgw.RunVersityGW(run, backend, gateway(c, addr, accounts, func() { close(listening) }))
	}()
	select {
	case <-listening:
		return s, nil
	case <-s.done:
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Stop()
	return nil, fmt.Errorf("start object store: %w", err)
}

// openAccounts is who may come.
func openAccounts(c Config) (auth.IAMService, error) {
	root := auth.Account{Access: c.AccessKey, Secret: c.SecretKey, Role: auth.RoleAdmin}
	if c.Accounts == "" {
		return auth.NewIAMServiceSingle(root), nil
	}
	if err := makeDir(c.Accounts); err != nil {
		return nil, err
	}
	all, err := auth.NewInternal(root, c.Accounts)
	if err != nil {
		return nil, fmt.Errorf("open accounts of object store: %w", err)
	}
	return all, nil
}

func gateway(c Config, addr string, accounts auth.IAMService, onListen func()) *embedgw.Config {
	return &embedgw.Config{
		RootUserAccess: c.AccessKey, RootUserSecret: c.SecretKey, Region: Region,
		IAMService:        accounts,
		Ports:             []string{addr},
		MaxConnections:    1024,
		MaxRequests:       512,
		MultipartMaxParts: 10_000,
		CORSAllowOrigin:   c.AllowOrigin,
		KeepAlive:         true,
		Quiet:             true,
		DisableACLs:       true, // nothing is public: every access is signed
		S3Options:         []s3api.Option{s3api.WithOnListen(onListen)},
	}
}

// Endpoint is host:port of the store.
func (s *Server) Endpoint() string { return s.addr }

// stopBound is more than the gateway gives its open connections (10 s). One that was dialled
// ahead and never used, as browsers and Go's client do, counts as idle only after 5 s.
const stopBound = 15 * time.Second

// Stop shuts the store down, returns when it has ended, so that another may start, and
// restores the working directory.
func (s *Server) Stop() {
	s.cancel()
	select {
	case <-s.done:
	case <-time.After(stopBound):
	}
	_ = os.Chdir(s.cwd)
}

// openBackend lays the folder out: data, older versions, and metadata where the file
// system cannot hold it in extended attributes.
func openBackend(dir string) (*posix.Posix, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("resolve object folder: %w", err)
	}
	data, versions, sidecar := filepath.Join(dir, "data"), filepath.Join(dir, "versions"), filepath.Join(dir, "meta")
	for _, d := range []string{data, versions} {
		if err := makeDir(d); err != nil {
			return nil, err
		}
	}
	for _, d := range []string{data, sidecar} {
		if err := recoverUploads(d); err != nil {
			return nil, err
		}
	}
	opts := posix.PosixOpts{VersioningDir: versions}
	opts.SetNewDirPerm(0o700)
	opts.SetNewFilePerm(0o600)
	var store meta.MetadataStorer = meta.XattrMeta{}
	// A folder that began with sidecar files keeps them, wherever it is moved.
	if _, err := os.Stat(sidecar); err == nil || (meta.XattrMeta{}).Test(data) != nil {
		if err := makeDir(sidecar); err != nil {
			return nil, err
		}
		if store, err = meta.NewSideCar(sidecar); err != nil {
			return nil, fmt.Errorf("open object metadata: %w", err)
		}
		opts.SideCarDir = sidecar
	}
	// The library announces the folder on standard output, which belongs to the program.
	stdout := os.Stdout
	os.Stdout = os.Stderr
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		defer func() { _ = null.Close() }()
		os.Stdout = null
	}
	b, err := posix.New(data, store, opts)
	os.Stdout = stdout
	if err != nil {
		return nil, fmt.Errorf("open object folder: %w", err)
	}
	return b, nil
}

// inProgress ends the name of an upload in parts whose object was being put together. The
// gateway would take one that it finds for another's work, for ever.
const inProgress = ".inprogress"

// recoverUploads gives uploads whose assembly was cut off by the end of the process their
// names back, so that they can be put together again: <id>.<etag>.inprogress is <id>.
func recoverUploads(dir string) error {
	stale, err := filepath.Glob(filepath.Join(escape(dir), "*", posix.MetaTmpMultipartDir, "*", "*"+inProgress))
	if err != nil {
		return fmt.Errorf("look for interrupted uploads: %w", err)
	}
	for _, path := range stale {
		id, _, _ := strings.Cut(filepath.Base(path), ".")
		if err := os.Rename(path, filepath.Join(filepath.Dir(path), id)); err != nil {
			return fmt.Errorf("recover interrupted upload: %w", err)
		}
	}
	return nil
}

// escape has a folder's name stand for itself in a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

func makeDir(path string) error {
	err := os.MkdirAll(path, 0o700)
	var pathErr *os.PathError
	if info, statErr := os.Stat(path); errors.As(err, &pathErr) && statErr == nil && !info.IsDir() {
		return apperr.Wrap(err, apperr.Corrupt, fmt.Sprintf(
			"文件存储的数据文件夹不完整：%s 应当是文件夹，却是一个文件。系统没有启动，也没有改动任何数据。请用备份恢复数据文件夹后重新启动。", path))
	}
	if err != nil {
		return fmt.Errorf("create object folder: %w", err)
	}
	return nil
}
