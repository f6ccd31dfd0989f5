package drive

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
)

// Options say which server to speak to, and what to do when it does not answer.
type Options struct {
	BaseURL string
	// Recover returns once the server answers again; see the package comment.
	Recover func(ctx context.Context) error
	// Resend sends an unanswered action again under the same key.
	Resend bool
	// Async asks for an answer as soon as an action is received, before it is decided,
	// and follows the link it gets.
	Async bool
	// Patience bounds every wait for something that happens in the background. Defaults
	// to a minute.
	Patience time.Duration
	// Imported is told what a sheet came to, after its dry run and after its import. It may
	// be nil.
	Imported func(gen.Import)
	// Password chooses the password an account gets at its first login. Defaults to one
	// that satisfies the default policy and is the same for everybody.
	Password func(login string) string
	// Roots vouch for the servers; nil is the system's authorities.
	Roots *x509.CertPool
}

// DefaultPassword is what accounts get unless Options.Password says otherwise.
const DefaultPassword = "Xiaoben#Yanxiu-25"

// Client speaks to one server for any number of people.
type Client struct {
	o    Options
	base string
	http *http.Client

	mu   sync.Mutex
	acks []Ack
}

// New makes a client. It does not connect.
func New(o Options) *Client {
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.Password == nil {
		o.Password = func(string) string { return DefaultPassword }
	}
	transport := &http.Transport{
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second,
		TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
	}
	return &Client{
		o: o, base: strings.TrimSuffix(o.BaseURL, "/"),
		http: &http.Client{Transport: transport, Timeout: 30 * time.Second},
	}
}

// Close gives up the connections that are kept for later requests.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// RefusalError is an answer that says no.
type RefusalError struct{ gen.Problem }

func (r *RefusalError) Error() string {
	text := fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail)
	if r.Field != "" {
		text += " (" + r.Field + ")"
	}
	return text
}

// Refused reports whether err is a refusal with one of the codes.
func Refused(err error, codes ...apperr.Code) bool {
	r, ok := errors.AsType[*RefusalError](err)
	if !ok {
		return false
	}
	for _, c := range codes {
		if r.Code == string(c) {
			return true
		}
	}
	return false
}

// NoAnswerError is a request that was not answered: nobody knows whether it took effect.
type NoAnswerError struct{ Err error }

func (e *NoAnswerError) Error() string { return "no answer: " + e.Err.Error() }
func (e *NoAnswerError) Unwrap() error { return e.Err }

// request is one HTTP request of one person.
type request struct {
	method, path string
	token        string
	key          string // Idempotency-Key
	async        bool   // Prefer: respond-async
	body         any    // []byte is sent as it is, everything else as JSON
}

// encode is the request's body as it travels.
func (r request) encode() (raw []byte, mediaType string, err error) {
	if raw, ok := r.body.([]byte); ok {
		return raw, "application/octet-stream", nil
	}
	if raw, err = json.Marshal(r.body); err != nil {
		return nil, "", fmt.Errorf("encode %s %s: %w", r.method, r.path, err)
	}
	return raw, "application/json", nil
}

// do sends a request once and decodes the answer into out, if there is one to decode; a
// *[]byte takes it as it is.
func (c *Client) do(ctx context.Context, r request, out any) (status int, err error) {
	var body io.Reader
	mediaType := ""
	if r.body != nil {
		raw, sort, err := r.encode()
		if err != nil {
			return 0, err
		}
		body, mediaType = bytes.NewReader(raw), sort
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return 0, fmt.Errorf("build %s %s: %w", r.method, r.path, err)
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.async {
		req.Header.Set("Prefer", "respond-async")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
		// net/http takes the header for leave to send the request again by itself.
		req.GetBody = nil
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, unanswered(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, unanswered(ctx, err)
	}
	return res.StatusCode, decode(res, raw, out)
}

// unanswered keeps the caller's own cancellation apart from a silent server.
func unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &NoAnswerError{Err: err}
}

func decode(res *http.Response, raw []byte, out any) error {
	if res.StatusCode >= http.StatusBadRequest {
		r := &RefusalError{}
		if err := json.Unmarshal(raw, &r.Problem); err != nil || r.Code == "" {
			return fmt.Errorf("%s %s: status %d without a problem document: %.200s", res.Request.Method, res.Request.URL.Path, res.StatusCode, raw)
		}
		r.Status = res.StatusCode
		return r
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if file, ok := out.(*[]byte); ok {
		*file = raw
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode answer of %s %s: %w", res.Request.Method, res.Request.URL.Path, err)
	}
	return nil
}
