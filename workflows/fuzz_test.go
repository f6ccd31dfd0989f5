package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
)

// Whatever arrives at a case is a message that names its action, or is unreadable and says
// why; a message that is read is sent on as it was.
func FuzzEnvelope(f *testing.F) {
	const plain = "json/plain"
	f.Add(plain, []byte(`{"id":"a","kind":"team.submit","actor":{"user":"u1"},"visit":1,"body":{"comment":"好","scores":{"1":{}}},"at":"2026-03-02T01:00:00Z"}`))
	f.Add(plain, []byte(`{"id":"","kind":"team.submit"}`))
	f.Add(plain, []byte(`{"id":"a","at":"yesterday"}`))
	f.Add(plain, []byte(`[]`))
	f.Add("binary/null", []byte(nil))
	f.Add("binary/encrypted", []byte("x"))
	f.Add("", []byte(`{"id":"a"}`))
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		env, err := readEnvelope(&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding)}, Data: data})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotEmpty(t, env.ID)
		sent, err := converter.GetDefaultDataConverter().ToPayload(env)
		require.NoError(t, err)
		again, err := readEnvelope(sent)
		require.NoError(t, err)
		resent, err := converter.GetDefaultDataConverter().ToPayload(again)
		require.NoError(t, err)
		require.Equal(t, string(sent.GetData()), string(resent.GetData()))
	})
}
