package temporalx_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"zhengxiao/internal/secret"
	"zhengxiao/internal/temporalx"
)

// Nothing that was not sealed with our key is taken for a payload of ours.
func FuzzDecode(f *testing.F) {
	entry, err := secret.Generate("k1")
	require.NoError(f, err)
	ring, err := secret.ParseKeyring(entry)
	require.NoError(f, err)
	f.Add([]byte(nil), "k1")
	f.Add([]byte("short"), "k2")
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		_, err := temporalx.NewCodec(ring).Decode([]*commonpb.Payload{{
			Metadata: map[string][]byte{"encoding": []byte("binary/encrypted"), "encryption-key-id": []byte(id)},
			Data:     data,
		}})
		require.Error(t, err)
	})
}

// What is sealed is read as it was, and not at all once a byte of it is another.
func FuzzCodec(f *testing.F) {
	entry, err := secret.Generate("k1")
	require.NoError(f, err)
	ring, err := secret.ParseKeyring(entry)
	require.NoError(f, err)
	f.Add("json/plain", []byte(`{"id":"a"}`), uint16(0), byte(1))
	f.Add("", []byte(nil), uint16(40), byte(0x80))
	f.Add("binary/encrypted ", []byte{0, 0xff}, uint16(9), byte(0))
	f.Fuzz(func(t *testing.T, encoding string, data []byte, at uint16, change byte) {
		if encoding == "binary/encrypted" {
			return // taken for sealed already
		}
		codec := temporalx.NewCodec(ring)
		p := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding)}, Data: data}
		sealed, err := codec.Encode([]*commonpb.Payload{p})
		require.NoError(t, err)
		opened, err := codec.Decode(sealed)
		require.NoError(t, err)
		require.True(t, proto.Equal(p, opened[0]))
		if change == 0 {
			return
		}
		sealed[0].Data[int(at)%len(sealed[0].GetData())] ^= change
		_, err = codec.Decode(sealed)
		require.Error(t, err)
	})
}
