package evidencetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// The form field that fixes the bytes.
const checksumField = "x-amz-checksum-sha256"

func base64Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// inPolicy rewrites the signed document within the form.
func inPolicy(t *testing.T, f map[string]string, before, after string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(f["policy"])
	require.NoError(t, err)
	require.Contains(t, string(raw), before)
	f["policy"] = base64.StdEncoding.EncodeToString(bytes.ReplaceAll(raw, []byte(before), []byte(after)))
}

func storeRefusesWhatWasNotGranted(t *testing.T, s *evidence.Store) {
	b, other := PDF("校本研修与考核方案"), PDF("校本研修与考核方桉")
	require.Len(t, other, len(b))
	drop := func(field string) func(*testing.T, map[string]string) {
		return func(t *testing.T, f map[string]string) {
			require.Contains(t, f, field)
			delete(f, field)
		}
	}
	set := func(field, value string) func(*testing.T, map[string]string) {
		return func(t *testing.T, f map[string]string) {
			require.NotEqual(t, value, f[field])
			f[field] = value
		}
	}
	for name, c := range map[string]struct {
		tamper func(t *testing.T, f map[string]string)
		body   []byte
		says   string // the reason, where only one of several limits is to be seen at work
	}{
		"other key":                    {tamper: set("key", newKey())},
		"other type":                   {tamper: set("Content-Type", "text/html")},
		"no type":                      {tamper: drop("Content-Type")},
		"extra field":                  {tamper: set("x-amz-meta-more", "1")},
		"longer file":                  {body: append(bytes.Clone(b), 'x'), says: "EntityTooLarge"},
		"shorter file":                 {body: b[:len(b)-1], says: "EntityTooSmall"},
		"other bytes":                  {body: other},
		"other bytes and their digest": {tamper: set(checksumField, base64Sum(other)), body: other},
		"other bytes without a digest": {tamper: drop(checksumField), body: other},
		"other way to digest":          {tamper: set("x-amz-checksum-algorithm", "CRC32")},
		"no signature":                 {tamper: drop("x-amz-signature")},
		"made-up signature":            {tamper: set("x-amz-signature", strings.Repeat("0", 64))},
		"signed by another":            {tamper: set("x-amz-credential", "nobody/20260101/us-east-1/s3/aws4_request")},
		"signed at another time":       {tamper: set("x-amz-date", "20260101T000000Z")},
		"no policy":                    {tamper: drop("policy")},
		"policy of another key":        {tamper: func(t *testing.T, f map[string]string) { inPolicy(t, f, f["key"], newKey()) }},
		"policy that lives longer":     {tamper: func(t *testing.T, f map[string]string) { inPolicy(t, f, `"expiration":"2`, `"expiration":"9`) }},
		"policy that allows more bytes": {tamper: func(t *testing.T, f map[string]string) {
			inPolicy(t, f, `"content-length-range",`, `"content-length-range",1`)
		}},
		"policy of another digest": {body: other, tamper: func(t *testing.T, f map[string]string) {
			f[checksumField] = base64Sum(other)
			inPolicy(t, f, base64Sum(b), base64Sum(other))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := b
			if c.body != nil {
				body = c.body
			}
			u := grant(t, s, newKey(), "pdf", b)
			granted := u.Fields["key"]
			if c.tamper != nil {
				c.tamper(t, u.Fields)
			}
			status, said := post(t, u, body)
			require.Equal(t, 4, status/100, "status %d", status)
			require.Contains(t, said, c.says)
			for _, key := range []string{granted, u.Fields["key"]} {
				_, err := s.Complete(t.Context(), key, evidence.Want{Size: int64(len(b)), SHA256: Sum(b), Ext: "pdf"})
				require.Equal(t, evidence.FileMissing, apperr.CodeOf(err), "%v", err)
			}
		})
	}
}

// A store that takes other bytes is found out by Complete at the latest.
func otherBytesNeverComplete(t *testing.T, s *evidence.Store) {
	key, b := newKey(), PDF("a")
	_, err := s.Put(t.Context(), key, "application/pdf", bytes.NewReader(PDF("b")), int64(len(b)))
	require.NoError(t, err)
	_, err = s.Complete(t.Context(), key, evidence.Want{Size: int64(len(b)), SHA256: Sum(b), Ext: "pdf"})
	require.Equal(t, evidence.FileSHA256, apperr.CodeOf(err), "%v", err)
}
