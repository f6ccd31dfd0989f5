package engine

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"

	"zhengxiao/standalone/internal/netaddr"
)

const (
	clusterName = "active"
	storeName   = "default"
	// The number of shards is fixed when the file is created.
	shards = 4
)

func fileStore(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: (&url.URL{Path: path}).EscapedPath(), // goes into a file: URI
		// Pragma names carry no underscore here: with one they are ignored in silence.
		ConnectAttributes: map[string]string{
			"mode":         "rw",
			"journal_mode": "wal",
			"synchronous":  "1", // NORMAL: a power cut may lose the last commits, a crash loses none
			"busy_timeout": "10000",
		},
	}
}

func memoryStore() *config.SQL {
	return &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      uuid.NewString(),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
}

func serverConfig(
	ctx context.Context, host, frontend string, store *config.SQL,
) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	port, err := netaddr.Port(frontend)
	if err != nil {
		return nil, nil, err
	}
	c := &config.Config{
		Persistence: config.Persistence{
			DefaultStore: storeName, VisibilityStore: storeName, NumHistoryShards: shards,
			DataStores: map[string]config.DataStore{storeName: {SQL: store}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: frontend},
		Services:            map[string]config.Service{},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host}
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"

	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, name := range []primitives.ServiceName{
		primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		p := port
		if name != primitives.FrontendService {
			if p, err = netaddr.Free(ctx, host); err != nil {
				return nil, nil, err
			}
		}
		c.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: p, BindOnIP: host}}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(host, fmt.Sprint(p)))
	}
	return c, hosts, nil
}

func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// The columns of visibility are VARCHAR(255) on MySQL; refuse longer ids here too.
		dynamicconfig.MaxIDLengthLimit.Key(): 255,
		// One partition suffices for one process and saves idle polls of the database.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():        8192,
		// Otherwise a worker that ends drops the task it was just given, for 10 s.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// Call nobody outside this machine.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}
