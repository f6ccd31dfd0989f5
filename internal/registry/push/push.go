// Package push hands records to a registry over HTTP and fetches its receipts. It keeps no
// state and tries nothing twice: whoever calls it knows what was sent and when to try again.
package push

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"zhengxiao/internal/registry"
)

// Auth is how a registry knows us.
type Auth string

// The ways. With a client certificate the HTTP client brings it, and Bearer or HMAC may
// come on top.
const (
	AuthNone   Auth = "none" // by the client's certificate alone
	AuthBearer Auth = "bearer"
	AuthHMAC   Auth = "hmac"
)

// The headers of a signed request. The signature is "v1=" and the hex HMAC-SHA256 of
// "timestamp.key.body" under the secret, key being that of Idempotency-Key.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderTimestamp = "X-Zhengxiao-Timestamp"
	HeaderSignature = "X-Zhengxiao-Signature"
)

// answerMost bounds what is read of an answer.
const answerMost = 4 << 20

// Client is one registry's endpoint.
type Client struct {
	URL    string // of the API; records and receipts are below it
	Auth   Auth
	Secret string
	HTTP   *http.Client
	Now    func() time.Time
}

// FailureError says why nothing is known of a request, or why it was turned down as a whole.
type FailureError struct {
	// Permanent: the same request would be turned down again; somebody has to look.
	Permanent bool
	// After is how long the registry asks to be left alone, 0 if it does not say.
	After  time.Duration
	Status int // 0 when there was no answer
	Text   string
	Err    error
}

func (f *FailureError) Error() string { return f.Text }

func (f *FailureError) Unwrap() error { return f.Err }

// Result is what came back.
type Result struct {
	Answers []registry.Answer
	// Strange are lines that could not be read, in the user's words.
	Strange []string
	Next    string // of receipts: where the next page begins, "" at the end
}

// wire is one line of the JSON.
type wire struct {
	No       string `json:"no"`
	Reverses string `json:"reverses,omitempty"`
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	OrgCode  string `json:"org_code"`
	OrgName  string `json:"org_name"`
	Project  string `json:"project"`
	Category string `json:"category,omitempty"`
	Cohort   string `json:"cohort"`
	Year     int    `json:"year"`
	Hours    string `json:"hours"`
}

type answerWire struct {
	No      string      `json:"no"`
	Status  string      `json:"status"`
	Hours   json.Number `json:"hours"`
	Receipt string      `json:"receipt"`
	Reason  string      `json:"reason"`
}

type reply struct {
	Results []json.RawMessage `json:"results"` // each by itself: one bad line spoils no other
	Next    string            `json:"next"`
}

// Send hands in some records. The answer may say all, some or nothing of them.
func (c *Client) Send(ctx context.Context, batch string, lines []registry.Line) (Result, error) {
	records := make([]wire, len(lines))
	key := sha256.New()
	for i, l := range lines {
		records[i] = wire{
			l.No, l.Reverses, l.Name, l.IDNumber, l.OrgCode, l.OrgName, l.Project, l.Category, l.Cohort, l.Year, l.Hours.String(),
		}
		_, _ = io.WriteString(key, l.No+"\n")
	}
	body, err := json.Marshal(map[string]any{"batch": batch, "records": records})
	if err != nil {
		return Result{}, fmt.Errorf("encode records: %w", err)
	}
	return c.ask(ctx, http.MethodPost, "records", nil, hex.EncodeToString(key.Sum(nil)), body)
}

// Receipts fetches a page of what the registry has decided since after.
func (c *Client) Receipts(ctx context.Context, after string, limit int) (Result, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		q.Set("after", after)
	}
	return c.ask(ctx, http.MethodGet, "receipts", q, "", nil)
}

func (c *Client) ask(ctx context.Context, method, path string, q url.Values, key string, body []byte) (Result, error) {
	at := strings.TrimSuffix(c.URL, "/") + "/" + path
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return Result{}, &FailureError{Permanent: true, Text: "登记系统的地址不正确", Err: err}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(HeaderKey, key)
	}
	req.Header.Set("Accept", "application/json")
	c.sign(req, key, body)
	client := *c.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		text, permanent := unreachable(err)
		return Result{}, &FailureError{Permanent: permanent, Text: text, Err: bare(err)}
	}
	defer res.Body.Close() //nolint:errcheck // read or given up
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerMost+1))
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		return Result{}, turnedDown(res)
	}
	if err != nil {
		return Result{}, &FailureError{Status: res.StatusCode, Text: "登记系统的答复没有收完", Err: err}
	}
	return read(raw, res.StatusCode)
}

func (c *Client) sign(req *http.Request, key string, body []byte) {
	switch c.Auth {
	case AuthBearer:
		req.Header.Set("Authorization", "Bearer "+c.Secret)
	case AuthHMAC:
		at := strconv.FormatInt(c.Now().Unix(), 10)
		signed := body
		if req.Method == http.MethodGet {
			signed = []byte(req.URL.RequestURI())
		}
		req.Header.Set(HeaderTimestamp, at)
		req.Header.Set(HeaderSignature, Signature(c.Secret, at, key, signed))
	case AuthNone:
	}
}

// Signature is what HeaderSignature holds. Of a GET the request's path and query stand for
// the body.
func Signature(secret, timestamp, key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "." + key + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func read(raw []byte, status int) (Result, error) {
	if len(raw) > answerMost {
		return Result{}, &FailureError{Status: status, Text: "登记系统的答复过大"}
	}
	if status == http.StatusAccepted && len(bytes.TrimSpace(raw)) == 0 {
		return Result{}, nil
	}
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil {
		return Result{}, &FailureError{Status: status, Text: "登记系统的答复不是约定的格式", Err: err}
	}
	if len(r.Next) > maxCursor {
		return Result{}, &FailureError{Status: status, Text: "登记系统给出的翻页位置过长"}
	}
	out := Result{Next: r.Next}
	for i, line := range r.Results {
		var w answerWire
		if err := json.Unmarshal(line, &w); err != nil {
			out.Strange = append(out.Strange, fmt.Sprintf("第%d条答复：不是约定的格式", i+1))
			continue
		}
		a, problem := registry.ReadAnswer(w.No, w.Status, w.Hours.String(), w.Receipt, w.Reason)
		if problem != "" {
			out.Strange = append(out.Strange, fmt.Sprintf("第%d条答复：%s", i+1, problem))
			continue
		}
		out.Answers = append(out.Answers, a)
	}
	return out, nil
}

const maxCursor = 200

// turnedDown tells faults that pass from those that somebody has to look at.
func turnedDown(res *http.Response) error {
	f := &FailureError{Status: res.StatusCode, After: retryAfter(res.Header.Get("Retry-After"))}
	switch s := res.StatusCode; {
	case s == http.StatusTooManyRequests:
		f.Text = "登记系统要求放慢报送"
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s >= http.StatusInternalServerError:
		f.Text = fmt.Sprintf("登记系统暂时不可用（HTTP %d）", s)
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		f.Permanent, f.Text = true, fmt.Sprintf("登记系统不认可凭据（HTTP %d），请管理员核对登记设置中的凭据", s)
	case s >= http.StatusMultipleChoices && s < http.StatusBadRequest:
		f.Permanent, f.Text = true, fmt.Sprintf("登记系统把请求转到了别处（HTTP %d），请管理员核对登记设置中的地址", s)
	default:
		f.Permanent, f.Text = true, fmt.Sprintf("登记系统不接受整批请求（HTTP %d），请管理员与登记系统核对接口", s)
	}
	return f
}

// longest is how long a registry may ask to be left alone.
const longest = time.Hour

func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, int(longest/time.Second)))*time.Second, longest)
}

// unreachable says why there was no answer, and whether that is for somebody to mend.
func unreachable(err error) (text string, permanent bool) {
	if errors.Is(err, context.DeadlineExceeded) {
		return "登记系统没有在时限内答复", false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "登记系统的证书不可信：可能已到期、与地址不符，或不是公认机构签发的", false
	}
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" && aboutUs(alert.Err.Error()) {
		return "登记系统不认可本端的客户端证书，请管理员核对登记设置中的证书", true
	}
	return "连接不上登记系统", false
}

// aboutUs reports whether an alert is about the certificate that we have shown. crypto/tls
// gives alerts of the other side no type, only their words.
func aboutUs(alert string) bool {
	return strings.Contains(alert, "certificate") || strings.Contains(alert, "access denied")
}

// bare is the error without the address, whose query may tell of people.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
