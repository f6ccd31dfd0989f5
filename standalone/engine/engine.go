// Package engine runs the Temporal server inside this process on one SQLite file, for
// trial, demonstration and end-to-end tests. Production uses a Temporal cluster on MySQL.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"

	"zhengxiao/internal/temporalx"
	"zhengxiao/standalone/internal/netaddr"
)

const (
	fileName  = "temporal.db"
	readyPoll = 10 * time.Millisecond
)

// Config says where the engine keeps its data and listens.
type Config struct {
	Dir          string // folder of the database file, created if absent
	InMemory     bool   // keep nothing; Dir is ignored
	Host         string // defaults to 127.0.0.1; all services of the server bind to it
	FrontendPort int    // 0 picks a free one
	Namespace    string // registered if absent
	// Attributes are the namespace's search attributes, added if absent.
	Attributes map[string]enums.IndexedValueType
	Logger     *slog.Logger
}

// Engine is a running server.
type Engine struct {
	server   temporal.Server
	hostPort string
	logLevel *slog.LevelVar
}

// Start returns when the namespace can be used. It opens what an earlier run left in
// c.Dir, killed or not; a damaged file is refused with apperr.Corrupt and left as it is.
func Start(ctx context.Context, c Config) (*Engine, error) {
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	addr, err := netaddr.Resolve(ctx, net.JoinHostPort(c.Host, fmt.Sprint(c.FrontendPort)), "工作流引擎")
	if err != nil {
		return nil, err
	}
	store, err := c.store(ctx)
	if err != nil {
		return nil, err
	}
	level := new(slog.LevelVar)
	level.Set(slog.LevelError)
	server, err := newServer(ctx, c, addr, store, newLogger(c.Logger, level))
	if err != nil {
		return nil, fmt.Errorf("build engine: %w", err)
	}
	e := &Engine{server: server, hostPort: addr, logLevel: level}
	if err := server.Start(); err != nil {
		e.Stop()
		return nil, fmt.Errorf("start engine: %w", err)
	}
	if err := e.waitReady(ctx, c); err != nil {
		e.Stop()
		return nil, err
	}
	level.Set(slog.LevelWarn)
	return e, nil
}

// HostPort is where clients and workers connect.
func (e *Engine) HostPort() string { return e.hostPort }

// Stop shuts the server down. Workers and clients should be closed before.
func (e *Engine) Stop() {
	e.logLevel.Set(silent)
	_ = e.server.Stop()
}

// store prepares the database: file checked, schema and namespace present.
func (c Config) store(ctx context.Context) (*config.SQL, error) {
	var s *config.SQL
	if c.InMemory {
		s = memoryStore()
	} else {
		dir, err := filepath.Abs(c.Dir)
		if err != nil {
			return nil, fmt.Errorf("resolve engine folder: %w", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("create engine folder: %w", err)
		}
		path := filepath.Join(dir, fileName)
		if err := prepareFile(ctx, path); err != nil {
			return nil, err
		}
		s = fileStore(path)
	}
	ns, err := sqlite.NewNamespaceConfig(clusterName, c.Namespace, false, c.Attributes)
	if err != nil {
		return nil, fmt.Errorf("describe namespace: %w", err)
	}
	ns.Detail.Config.Retention = durationpb.New(temporalx.Retention)
	if err := sqlite.CreateNamespaces(s, ns); err != nil {
		return nil, fmt.Errorf("register namespace: %w", err)
	}
	return s, nil
}

func newServer(ctx context.Context, c Config, addr string, store *config.SQL, logger logger) (temporal.Server, error) {
	conf, hosts, err := serverConfig(ctx, c.Host, addr, store)
	if err != nil {
		return nil, err
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&conf.Global.Authorization)
	if err != nil {
		return nil, err
	}
	mapper, err := authorization.GetClaimMapperFromConfig(&conf.Global.Authorization, logger)
	if err != nil {
		return nil, err
	}
	return temporal.NewServer(
		temporal.WithConfig(conf),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return mapper }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
}

// waitReady polls until the frontend serves the namespace, and adds the search attributes
// that a namespace from before them lacks.
func (e *Engine) waitReady(ctx context.Context, conf Config) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := client.NewLazyClient(client.Options{HostPort: e.hostPort, Namespace: conf.Namespace, Logger: quiet{}})
	if err != nil {
		return fmt.Errorf("connect to engine: %w", err)
	}
	defer c.Close()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: conf.Namespace})
		if err == nil {
			_, err = temporalx.Namespace{Name: conf.Namespace, Attributes: conf.Attributes}.Setup(ctx, c)
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for engine: %w (last answer: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
