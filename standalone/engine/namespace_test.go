package engine_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	serverconfig "go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"

	"zhengxiao/internal/temporalx"
	"zhengxiao/standalone/engine"
)

var attributes = map[string]enums.IndexedValueType{"ZxStage": enums.INDEXED_VALUE_TYPE_KEYWORD, "ZxSchool": enums.INDEXED_VALUE_TYPE_KEYWORD}

// What an operator prepares in one go, and may prepare again: nothing is ever shortened.
func TestNamespaceSetupIsIdempotent(t *testing.T) {
	t.Parallel()
	_, c := start(t, engine.Config{InMemory: true, Namespace: namespace, Logger: slog.New(slog.DiscardHandler)})
	n := temporalx.Namespace{Name: "province", Retention: 3 * 24 * time.Hour, Attributes: attributes}
	all := []string{"命名空间 province", "搜索属性 ZxSchool（Keyword）", "搜索属性 ZxStage（Keyword）"}
	step := func(n temporalx.Namespace, want []string) {
		t.Helper()
		missing, err := n.Missing(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, missing)
		made, err := n.Setup(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, made)
		missing, err = n.Missing(t.Context(), c)
		require.NoError(t, err)
		require.Empty(t, missing)
	}
	step(n, all)
	step(n, nil)
	n.Retention = 9 * 24 * time.Hour
	step(n, []string{"保留期 9 天（现为 3 天）"})
	n.Retention = 24 * time.Hour
	step(n, nil)

	n.Attributes = map[string]enums.IndexedValueType{"ZxStage": enums.INDEXED_VALUE_TYPE_INT}
	_, err := n.Setup(t.Context(), c)
	require.ErrorContains(t, err, "ZxStage")
}

// A namespace that keeps ended workflows for no time at all, or for hours, is reported and
// mended like one that keeps them for some days.
func TestNamespaceSetupProlongsAnyRetention(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kept time.Duration
		told string
	}{
		"none":       {0, "保留期 90 天（现为 0 天）"},
		"an hour":    {time.Hour, "保留期 90 天（现为 1 小时）"},
		"some days":  {36 * time.Hour, "保留期 90 天（现为 1 天）"},
		"a day less": {89 * 24 * time.Hour, "保留期 90 天（现为 89 天）"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := start(t, config(keeping(t, tc.kept)))
			n := temporalx.Namespace{Name: namespace, Retention: temporalx.Retention}
			told, err := n.Missing(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, []string{tc.told}, told)
			made, err := n.Setup(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, told, made)
			told, err = n.Missing(t.Context(), c)
			require.NoError(t, err)
			require.Empty(t, told)
			ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
			require.NoError(t, err)
			require.Equal(t, temporalx.Retention, ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
		})
	}
}

// keeping is an engine's folder whose namespace keeps ended workflows for so long. The
// engine itself makes none with less than an hour; the tools of its databases do.
func keeping(t *testing.T, retention time.Duration) string {
	t.Helper()
	dir := t.TempDir()
	file := &serverconfig.SQL{
		PluginName: sqliteplugin.PluginName, DatabaseName: filepath.Join(dir, "temporal.db"), ConnectAttributes: map[string]string{"mode": "rwc"},
	}
	require.NoError(t, sqlite.SetupSchema(file))
	ns, err := sqlite.NewNamespaceConfig("active", namespace, false, nil)
	require.NoError(t, err)
	ns.Detail.Config.Retention = durationpb.New(retention)
	require.NoError(t, sqlite.CreateNamespaces(file, ns))
	return dir
}

// A folder from before the search attributes gets them at its next start.
func TestEngineAddsSearchAttributesToAnOldFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := engine.Start(t.Context(), config(dir))
	require.NoError(t, err)
	e.Stop()

	conf := config(dir)
	conf.Attributes = attributes
	_, c := start(t, conf)
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "case", TaskQueue: "q",
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("ZxStage").ValueSet("filing")),
	}, "greet", "")
	require.NoError(t, err)
}
