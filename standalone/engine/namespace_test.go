package engine_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

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
