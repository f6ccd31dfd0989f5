package engine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	serverconfig "go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
)

const deployed = "../../deploy/temporal/"

// The configuration of the cluster is read by the very server it is for: mutual TLS
// everywhere, enough shards, nothing archived, and no secret in the file.
func TestDeployedConfigurationIsRead(t *testing.T) {
	for name, value := range map[string]string{
		"TEMPORAL_DB_ADDR": "db:3306", "TEMPORAL_DB_USER": "temporal", "TEMPORAL_DB_PASSWORD": `p"a: #s's`,
		"TEMPORAL_CERTS": "/certs", "TEMPORAL_TLS_NAME": "temporal",
	} {
		t.Setenv(name, value)
	}
	c, err := serverconfig.Load(serverconfig.WithConfigFile(deployed + "server.yaml"))
	require.NoError(t, err)
	require.EqualValues(t, 512, c.Persistence.NumHistoryShards)
	for store, name := range map[string]string{"default": "temporal", "visibility": "temporal_visibility"} {
		sql := c.Persistence.DataStores[store].SQL
		require.Equal(t, name, sql.DatabaseName)
		require.Equal(t, "db:3306", sql.ConnectAddr)
		require.Equal(t, `p"a: #s's`, sql.Password)
	}
	for _, group := range []serverconfig.GroupTLS{c.Global.TLS.Internode, c.Global.TLS.Frontend} {
		require.True(t, group.Server.RequireClientAuth)
		require.Equal(t, []string{"/certs/ca.pem"}, group.Server.ClientCAFiles)
		require.Equal(t, "temporal", group.Client.ServerName)
	}
	require.Equal(t, "/certs/node.pem", c.Global.TLS.SystemWorker.CertFile)
	require.Len(t, c.Services, 4)

	t.Setenv("TEMPORAL_DB_ADDR", "")
	_, err = serverconfig.Load(serverconfig.WithConfigFile(deployed + "server.yaml"))
	require.ErrorContains(t, err, "TEMPORAL_DB_ADDR must be set")
}

func TestDeployedDynamicConfigurationIsKnown(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(deployed + "dynamic.yaml")
	require.NoError(t, err)
	read := dynamicconfig.LoadYamlFile(raw)
	require.Empty(t, read.Errors)
	require.Empty(t, read.Warnings, "a setting the server does not know does nothing")
}
