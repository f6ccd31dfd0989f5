package workflows_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/workflows"
)

// Every recorded life of a case must replay on today's code: running cases are months
// old when a new version takes them over. New shapes are recorded with
// `go test ./e2e -run TestShapes -record` in standalone/; recorded ones are never changed.
func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	shapes := map[string]bool{}
	for _, file := range files {
		shape := strings.TrimSuffix(filepath.Base(file), ".json")
		shapes[shape] = true
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			replayer := sdkworker.NewWorkflowReplayer()
			replayer.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseName})
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
	for _, want := range []string{"closed-run1", "returned-run1", "rectified-run1", "rectified-run2", "terminated-run1", "shown-run1", "shown-run2"} {
		require.Contains(t, shapes, want)
	}
}
