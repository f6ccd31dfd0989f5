// Package temporalx makes Temporal clients: logging through slog, payloads encrypted on
// the wire and in the engine's database, errors readable only with the key.
package temporalx

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"zhengxiao/internal/secret"
)

const (
	encryptedEncoding = "binary/encrypted"
	metadataKeyID     = "encryption-key-id"
	payloadContext    = "temporal payload"
)

// codec encrypts whole payloads, metadata included.
type codec struct{ keys *secret.Keyring }

// NewCodec returns the payload codec. Payloads that are not encrypted pass through
// Decode, so that keys can be introduced while cases run. Without keys (nil) it encrypts
// nothing and still refuses what is encrypted: an unreadable payload must fail the poll,
// never look like an unknown message.
func NewCodec(keys *secret.Keyring) converter.PayloadCodec { return codec{keys} }

// Encode leaves encrypted payloads alone: the SDK sends the same request again after an
// error, with the payloads already encoded in place.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if c.keys == nil || encrypted(p) {
			out[i] = p
			continue
		}
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encode payload: %w", err)
		}
		id, sealed := c.keys.Encrypt(payloadContext, plain)
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{
				converter.MetadataEncoding: []byte(encryptedEncoding),
				metadataKeyID:              []byte(id),
			},
			Data: sealed,
		}
	}
	return out, nil
}

// Decode fails with secret.ErrUnknownKey in the chain if any payload's key is missing.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if !encrypted(p) {
			out[i] = p
			continue
		}
		plain, err := c.decrypt(string(p.GetMetadata()[metadataKeyID]), p.GetData())
		if err != nil {
			return nil, fmt.Errorf("decode payload: %w", err)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("decode payload: %w", err)
		}
	}
	return out, nil
}

func (c codec) decrypt(keyID string, sealed []byte) ([]byte, error) {
	if c.keys == nil {
		return nil, fmt.Errorf("%w: %q, no keys are configured", secret.ErrUnknownKey, keyID)
	}
	return c.keys.Decrypt(payloadContext, keyID, sealed)
}

func encrypted(p *commonpb.Payload) bool {
	return string(p.GetMetadata()[converter.MetadataEncoding]) == encryptedEncoding
}
