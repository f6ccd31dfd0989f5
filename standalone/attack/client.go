package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"zhengxiao/internal/domain"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// hostile is a client that follows nothing and keeps nothing.
var hostile = &http.Client{
	Timeout:       2 * time.Minute, // a busy machine is no refusal
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// request is one attempt; body is sent as it is when it is bytes, as JSON otherwise.
type request struct {
	method, path string
	token        string
	body         any
	media        string
	header       map[string]string
	host         string
}

const keyHeader = "Idempotency-Key"

// send sends it. Streams are read only for a moment.
func (a *attacker) send(ctx context.Context, r request) (answer, error) {
	var raw []byte
	switch b := r.body.(type) {
	case nil:
	case []byte:
		raw = b
	case string:
		raw = []byte(b)
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			return answer{}, fmt.Errorf("encode body: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, a.URL+r.path, bytes.NewReader(raw))
	if err != nil {
		return answer{}, fmt.Errorf("build request: %w", err)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.media != "" {
		req.Header.Set("Content-Type", r.media)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if r.host != "" {
		req.Host = r.host
	}
	resp, err := hostile.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	const most = 8 << 20
	var body []byte
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		body, err = io.ReadAll(io.LimitReader(resp.Body, most))
	}
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// do sends the smallest proper request of an operation.
func (a *attacker) do(ctx context.Context, token string, o operation, fill func(string) string) (answer, error) {
	body, media := o.body()
	return a.send(ctx, request{
		method: o.method, path: o.at(fill), token: token, body: body, media: media, header: map[string]string{keyHeader: domain.ActionID(o.id, token,
			"", o.path)},
	})
}

var requestID = regexp.MustCompile(`"request_id":"[^"]*"`)

// same reports whether two answers tell the same, but for the number of the request.
func same(x, y answer) bool {
	return x.status == y.status && requestID.ReplaceAllString(x.body, "") == requestID.ReplaceAllString(y.body, "")
}
