package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a webhook.
const (
	HeaderDelivery  = "X-Zhengxiao-Delivery"
	HeaderTimestamp = "X-Zhengxiao-Timestamp"
	HeaderSignature = "X-Zhengxiao-Signature"
	HeaderEvent     = "X-Zhengxiao-Event"
	signatureV1     = "v1="
)

// Event is the body of a webhook.
type Event struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	KindName string    `json:"kind_name"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	CaseID   string    `json:"case_id,omitempty"`
	School   string    `json:"school,omitempty"`
	Link     string    `json:"link,omitempty"`
	At       time.Time `json:"at"`
}

func (s *Sender) webhook(ctx context.Context, to Endpoint, m Message) (string, error) {
	body, err := json.Marshal(Event{
		ID: m.ID, Kind: m.Kind, KindName: m.KindName, Title: m.Title, Text: m.Text, CaseID: m.CaseID, School: m.School, Link: m.Link, At: m.At,
	})
	if err != nil {
		return "", permanent(CodeAnswer, err)
	}
	req, err := s.request(ctx, to.URL, body)
	if err != nil {
		return "", err
	}
	now := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set(HeaderEvent, m.Kind)
	req.Header.Set(HeaderDelivery, m.ID)
	req.Header.Set(HeaderTimestamp, now)
	signatures := []string{signatureV1 + Sign(to.Secret, now, m.ID, body)}
	if to.Former != "" {
		signatures = append(signatures, signatureV1+Sign(to.Former, now, m.ID, body))
	}
	req.Header.Set(HeaderSignature, strings.Join(signatures, ","))
	answer, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // read as far as it matters
	if f := httpFailure(answer, s.now()); f != nil {
		return "", f
	}
	return strings.TrimSpace(answer.Status + " " + answer.Header.Get("X-Request-ID")), nil
}

// request is a POST of JSON, refused where nobody would be dialled anyway.
func (s *Sender) request(ctx context.Context, url string, body []byte) (*http.Request, error) {
	u, err := s.policy.CheckURL(url)
	if err != nil {
		return nil, permanent(CodeBlocked, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, permanent(CodeAddress, err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "zhengxiao")
	return req, nil
}

// Sign is the hex HMAC-SHA256 over "timestamp.id.body".
func Sign(secret, timestamp, id string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s.", timestamp, id)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Tolerance is how old a webhook may be when it arrives.
const Tolerance = 5 * time.Minute

var errSignature = errors.New("the signature does not fit")

// Verify is what a receiver does with every request before it believes a word: one of the
// signatures is of a secret it knows, and the request is not old.
func Verify(h http.Header, body []byte, now time.Time, secrets ...string) error {
	sent, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil || now.Sub(time.Unix(sent, 0)).Abs() > Tolerance {
		return errSignature
	}
	for text := range strings.SplitSeq(h.Get(HeaderSignature), ",") {
		given, ok := strings.CutPrefix(strings.TrimSpace(text), signatureV1)
		for _, secret := range secrets {
			if ok && hmac.Equal([]byte(given), []byte(Sign(secret, h.Get(HeaderTimestamp), h.Get(HeaderDelivery), body))) {
				return nil
			}
		}
	}
	return errSignature
}
