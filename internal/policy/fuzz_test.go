package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/policy"
)

// What is taken for a policy is read again from its own canonical form, and is the same.
func FuzzParse(f *testing.F) {
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		require.NoError(f, err)
		f.Add(body)
	}
	f.Add([]byte(`{"stages":null}`))
	f.Add([]byte(`{"programme":"2.0","programme":"1.0"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := policy.Parse(body)
		if err != nil {
			return
		}
		canonical := policy.Canonical(first)
		again, err := policy.Parse(canonical)
		require.NoError(t, err)
		require.Equal(t, first, again)
		require.Equal(t, policy.Digest(canonical), policy.Digest(policy.Canonical(again)))
	})
}

// What an overlay makes of a policy is a policy, and the overlay makes no more of it when
// it is put on twice.
func FuzzMerge(f *testing.F) {
	base, err := policy.Base(policy.Programmes()[0])
	require.NoError(f, err)
	for _, patch := range []string{`{}`, `{"filing":{"steps":3}}`, `{"programme":null}`, `{"files":[]}`, `[]`, `null`, `{"a":{"b":{"c":null}}}`} {
		f.Add([]byte(patch))
	}
	f.Fuzz(func(t *testing.T, patch []byte) {
		once, err := policy.Merge(base, patch)
		if err != nil {
			return
		}
		_, err = policy.Parse(once)
		require.NoError(t, err)
		twice, err := policy.Merge(base, patch, patch)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
