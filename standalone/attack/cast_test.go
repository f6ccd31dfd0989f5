package attack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
)

// An operation whose parameter the attack knows nothing for would be refused what does not
// exist, which proves nothing.
func TestEveryParameterOfTheContractNamesSomething(t *testing.T) {
	t.Parallel()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	used := map[string]bool{}
	for _, o := range operations(spec) {
		for _, p := range o.params {
			used[p] = true
			_, known := finds(p)
			require.True(t, known, "{%s} of %s", p, o.id)
			require.ErrorIs(t, whole(map[string]string{p: missing}), errNothing)
		}
	}
	for _, list := range []map[string]string{owned, shared} {
		for p := range list {
			require.True(t, used[p], "no operation has {%s}", p)
		}
	}
}
