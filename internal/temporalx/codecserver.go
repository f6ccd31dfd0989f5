package temporalx

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"go.temporal.io/sdk/converter"
	"golang.org/x/time/rate"

	"zhengxiao/internal/secret"
)

const (
	// codecBody is the largest request: a page of history with payloads of 2 MB, in base64.
	codecBody = 8 << 20
	// An operator's page makes a request for every event it shows.
	codecRate, codecBurst = 50, 200
	decodePath            = "/decode"
)

// CodecServer decodes payloads for the engine's own tools, which only know ciphertext.
type CodecServer struct {
	Keys   *secret.Keyring
	Token  string // of every request, as Authorization: Bearer
	Origin string // of the one web page that may ask; "" is none
	Logger *slog.Logger
}

// Handler serves POST /decode, and the browser's question about it. Nothing is ever
// encoded: a tool that writes payloads would write what the product did not.
func (s CodecServer) Handler() (http.Handler, error) {
	decoder, err := converter.NewPayloadHTTPHandler(converter.PayloadHTTPHandlerOptions{
		PostStorageCodecs: []converter.PayloadCodec{NewCodec(s.Keys)},
	})
	if err != nil {
		return nil, fmt.Errorf("create codec handler: %w", err)
	}
	limiter := rate.NewLimiter(codecRate, codecBurst)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+decodePath, func(w http.ResponseWriter, r *http.Request) {
		s.allowOrigin(w, r)
		status := &recorder{ResponseWriter: w, status: http.StatusOK}
		switch {
		case !s.authorized(r):
			http.Error(status, "需要访问令牌", http.StatusUnauthorized)
		case !limiter.Allow():
			http.Error(status, "请求过于频繁，请稍后再试", http.StatusTooManyRequests)
		default:
			whole(decoder, status, r)
		}
		s.Logger.InfoContext(r.Context(), "decode request of a tool", "status", status.status, "remote", r.RemoteAddr,
			"forwarded", r.Header.Get("X-Forwarded-For"), "namespace", r.Header.Get("X-Namespace"), "bytes", status.bytes)
	})
	mux.HandleFunc("OPTIONS "+decodePath, func(w http.ResponseWriter, r *http.Request) {
		s.allowOrigin(w, r)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/encode", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "本服务只解密，不加密", http.StatusForbidden)
	})
	return mux, nil
}

func (s CodecServer) allowOrigin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if s.Origin == "" || r.Header.Get("Origin") != s.Origin {
		return
	}
	h.Set("Access-Control-Allow-Origin", s.Origin)
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
	h.Set("Access-Control-Max-Age", "600")
}

// authorized compares digests: equally long, whatever was sent.
func (s CodecServer) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.Token))
	return ok && s.Token != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// whole hands the request on once it is read, if it is not too large.
func whole(next http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, codecBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		http.Error(w, "请求体过大", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "请求体不完整", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(w, r)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter

	status int
	bytes  int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err
}
