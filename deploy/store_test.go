package deploy_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The documents that operators give to their stores are the rights of the program.
func TestStore_policies_are_the_programs(t *testing.T) {
	t.Parallel()
	for _, process := range []string{"api", "worker"} {
		raw, err := os.ReadFile("store/" + process + ".json")
		require.NoError(t, err)
		require.Equal(t, runs(t, "store", "policy", process), string(raw), "zhengxiao store policy %s >deploy/store/%s.json", process, process)
	}
}
