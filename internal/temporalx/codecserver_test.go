package temporalx_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"zhengxiao/internal/temporalx"
)

const (
	codecToken = "0123456789abcdef0123456789abcdef"
	codecPage  = "https://temporal.example"
)

// ask sends one request to a codec server of that ring and returns its answer and its log.
func ask(t *testing.T, s temporalx.CodecServer, method, path, body string, header map[string]string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	s.Token, s.Origin, s.Logger = codecToken, codecPage, slog.New(slog.NewJSONHandler(&log, nil))
	h, err := s.Handler()
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w, log.String()
}

func TestCodecServerDecodesForWhoHasTheToken(t *testing.T) {
	t.Parallel()
	ring := newRing(t, "k1")
	plain := payloads(t, "同意备案")
	sealed, err := temporalx.NewCodec(ring).Encode(plain)
	require.NoError(t, err)
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: sealed})
	require.NoError(t, err)
	allowed := map[string]string{"Authorization": "Bearer " + codecToken, "Origin": codecPage, "X-Namespace": "zhengxiao"}

	w, log := ask(t, temporalx.CodecServer{Keys: ring}, http.MethodPost, "/decode", string(body), allowed)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	var got commonpb.Payloads
	require.NoError(t, protojson.Unmarshal(w.Body.Bytes(), &got))
	requireSame(t, plain, got.GetPayloads())
	require.Equal(t, codecPage, w.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Contains(t, log, `"namespace":"zhengxiao"`, "every use is logged")
	require.NotContains(t, log, "同意备案")
	require.NotContains(t, log, codecToken)

	w, log = ask(t, temporalx.CodecServer{Keys: newRing(t, "k2")}, http.MethodPost, "/decode", string(body), allowed)
	require.Equal(t, http.StatusBadRequest, w.Code, "another ring")
	require.Contains(t, log, `"status":400`)
}

func TestCodecServerRefuses(t *testing.T) {
	t.Parallel()
	with := func(header ...string) map[string]string {
		out := map[string]string{"Authorization": "Bearer " + codecToken}
		for i := 0; i < len(header); i += 2 {
			out[header[i]] = header[i+1]
		}
		return out
	}
	for name, c := range map[string]struct {
		method, path, body string
		header             map[string]string
		code               int
	}{
		"no token":        {http.MethodPost, "/decode", "{}", nil, http.StatusUnauthorized},
		"another token":   {http.MethodPost, "/decode", "{}", with("Authorization", "Bearer "+codecToken[1:]), http.StatusUnauthorized},
		"another scheme":  {http.MethodPost, "/decode", "{}", with("Authorization", codecToken), http.StatusUnauthorized},
		"encode":          {http.MethodPost, "/encode", "{}", with(), http.StatusForbidden},
		"download":        {http.MethodPost, "/download", "{}", with(), http.StatusNotFound},
		"another prefix":  {http.MethodPost, "/x/decode", "{}", with(), http.StatusNotFound},
		"another method":  {http.MethodGet, "/decode", "", with(), http.StatusMethodNotAllowed},
		"not JSON":        {http.MethodPost, "/decode", "<", with(), http.StatusBadRequest},
		"a flood":         {http.MethodPost, "/decode", strings.Repeat(" ", 8<<20+1), with(), http.StatusRequestEntityTooLarge},
		"another origin":  {http.MethodPost, "/decode", "{}", with("Origin", "https://evil.example"), http.StatusOK},
		"preflight":       {http.MethodOptions, "/decode", "", map[string]string{"Origin": codecPage}, http.StatusNoContent},
		"preflight, evil": {http.MethodOptions, "/decode", "", map[string]string{"Origin": "https://evil.example"}, http.StatusNoContent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := ask(t, temporalx.CodecServer{Keys: newRing(t, "k1")}, c.method, c.path, c.body, c.header)
			require.Equal(t, c.code, w.Code, w.Body)
			want := ""
			if c.header["Origin"] == codecPage {
				want = codecPage
			}
			require.Equal(t, want, w.Header().Get("Access-Control-Allow-Origin"))
		})
	}
}

func TestCodecServerLimitsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := temporalx.CodecServer{Keys: newRing(t, "k1"), Token: codecToken, Logger: slog.New(slog.DiscardHandler)}.Handler()
		require.NoError(t, err)
		seen := map[int]int{}
		for range 300 {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/decode", strings.NewReader("{}"))
			r.Header.Set("Authorization", "Bearer "+codecToken)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			seen[w.Code]++
		}
		require.Equal(t, map[int]int{http.StatusOK: 200, http.StatusTooManyRequests: 100}, seen)
	})
}
