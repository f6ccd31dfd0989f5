package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/policy"
)

// What is taken for a policy can be read again by its own canonical form.
func FuzzParse(f *testing.F) {
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		require.NoError(f, err)
		f.Add(body)
	}
	f.Add([]byte(`{"stages":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := policy.Parse(body)
		if err != nil {
			return
		}
		again, err := policy.Parse(body)
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
}
