package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"zhengxiao/internal/config"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/temporalx"
	"zhengxiao/standalone/internal/netaddr"
)

// shards are fewer than in production: two cores have enough to do.
const shards = "16"

// engineAddresses are the ports of the engine's services, by the name of their setting.
type engineAddresses map[string]int

func newEngineAddresses(ctx context.Context) (engineAddresses, error) {
	a := engineAddresses{}
	for _, service := range []string{"FRONTEND", "HISTORY", "MATCHING", "WORKER"} {
		for _, kind := range []string{"_PORT", "_MEMBERSHIP_PORT"} {
			port, err := netaddr.Free(ctx, "127.0.0.1") // the engine's tables hold none above 32767
			if err != nil {
				return nil, err
			}
			a["TEMPORAL_"+service+kind] = port
		}
	}
	return a, nil
}

func (a engineAddresses) env() []string {
	all := []string{"TEMPORAL_BIND_IP=127.0.0.1", "TEMPORAL_BROADCAST_IP=127.0.0.1"}
	for name, port := range a {
		all = append(all, fmt.Sprintf("%s=%d", name, port))
	}
	return all
}

func (a engineAddresses) frontend() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(a["TEMPORAL_FRONTEND_PORT"]))
}

// newTemporal makes the engine's databases; the part is its server, configured as
// deploy/temporal/server.yaml says.
func (c *Cluster) newTemporal(ctx context.Context) (Part, error) {
	if err := c.engineSchema(ctx); err != nil {
		return nil, err
	}
	deploy := c.deploy()
	dial, err := c.engineCredentials()
	if err != nil {
		return nil, err
	}
	return &process{
		name: "temporal", bin: c.programs.Temporal, log: c.log("temporal"), keep: true,
		args: []string{"--config-file", filepath.Join(deploy, "server.yaml"), "--allow-no-auth", "start"},
		env: append(c.engine.env(),
			"TEMPORAL_DB_ADDR="+c.EngineDatabase.Addr, "TEMPORAL_DB_USER=root", "TEMPORAL_DB_TLS_CA="+c.MySQL.CA(), "TEMPORAL_SHARDS="+shards,
			"TEMPORAL_CERTS="+c.certs.dir, "TEMPORAL_TLS_NAME="+serverName, "TEMPORAL_LOG_LEVEL=warn",
			"TEMPORAL_DYNAMIC_CONFIG="+filepath.Join(deploy, "dynamic.yaml")),
		ready: func(ctx context.Context) error { return healthy(ctx, c.engine.frontend(), dial) },
	}, nil
}

func (c *Cluster) engineCredentials() (grpc.DialOption, error) {
	conf, err := clientTLS(c.certs)
	if err != nil {
		return nil, err
	}
	return grpc.WithTransportCredentials(credentials.NewTLS(conf)), nil
}

// healthy asks the frontend for its health.
func healthy(ctx context.Context, addr string, creds grpc.DialOption) error {
	conn, err := grpc.NewClient(addr, creds)
	if err != nil {
		return fmt.Errorf("dial engine: %w", err)
	}
	defer func() { _ = conn.Close() }()
	ask := &grpc_health_v1.HealthCheckRequest{Service: "temporal.api.workflowservice.v1.WorkflowService"}
	r, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, ask)
	if err != nil {
		return fmt.Errorf("ask engine: %w", err)
	}
	if r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("engine is %s", r.GetStatus())
	}
	return nil
}

func (c *Cluster) deploy() string { return filepath.Join(c.root, "deploy", "temporal") }

// engineSchema makes the engine's databases.
func (c *Cluster) engineSchema(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.deploy(), "schema.sh"))
	cmd.Env = append(os.Environ(), "SQL_TOOL="+c.programs.TemporalSQL, "TEMPORAL_DB_ADDR="+c.MySQL.Addr(), "TEMPORAL_DB_USER=root",
		"TEMPORAL_DB_TLS_CA="+c.MySQL.CA())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the engine's databases: %w\n%s", err, out)
	}
	return nil
}

// Engine connects to the engine as a process of the product does, past every link.
func (c *Cluster) Engine(ctx context.Context) (client.Client, error) {
	keys, err := secret.ParseKeyring(c.codecKeys)
	if err != nil {
		return nil, err
	}
	return temporalx.Dial(ctx, config.Temporal{
		Address: c.engine.frontend(), Namespace: Namespace, TLS: true, TLSCAFile: c.certs.CA,
		TLSCertFile: c.certs.ClientCert, TLSKeyFile: c.certs.ClientKey, TLSServerName: serverName,
	}, keys, slog.New(slog.DiscardHandler))
}
