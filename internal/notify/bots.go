package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// vendor is how the bots of one vendor are asked and what they answer.
type vendor struct {
	// body is the message; at is when it is signed.
	body func(m Message, secret string, at time.Time) any
	// sign adds to the address what a vendor wants there.
	sign func(u string, secret string, at time.Time) (string, error)
	// code reads an answer: 0 is success.
	code func(answer []byte) (int, string, error)
	// throttled wants fewer messages, for a while; hopeless is not mended by trying again.
	throttled, hopeless []int
	rest                time.Duration
}

// Codes: 企业微信 群机器人 (20 messages a minute and bot), 钉钉 自定义机器人 (20 a minute, then
// ten minutes of silence), 飞书 自定义机器人 (100 a minute, 5 a second).
var vendors = map[Kind]vendor{
	WeCom: {
		body: func(m Message, _ string, _ time.Time) any {
			const most = 2048 // bytes of a text message
			return map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(plain(m), most)}}
		},
		code: errcode, throttled: []int{45009, 45033}, hopeless: []int{93000, 40058, 40008, 44004, 45002, 93004, 93008}, rest: time.Minute,
	},
	DingTalk: {
		body: func(m Message, _ string, _ time.Time) any {
			const most = 15000
			return map[string]any{"msgtype": "text", "text": map[string]string{"content": cut(plain(m), most)}}
		},
		sign: signDingTalk,
		code: errcode, throttled: []int{130101, 410100}, rest: 10 * time.Minute,
		hopeless: []int{300001, 300005, 310000, 400013, 400101, 400102, 430101, 430102, 430103, 430104, 40035},
	},
	Feishu: {
		body: func(m Message, secret string, at time.Time) any {
			const most = 15000
			body := map[string]any{"msg_type": "text", "content": map[string]string{"text": cut(plain(m), most)}}
			if secret != "" {
				stamp := strconv.FormatInt(at.Unix(), 10)
				body["timestamp"], body["sign"] = stamp, mac64(stamp+"\n"+secret, "")
			}
			return body
		},
		code: feishuCode, throttled: []int{11232, 11233, 11247}, rest: time.Minute,
		hopeless: []int{9499, 19001, 19002, 19021, 19022, 19024, 10003},
	},
}

// plain is a message without any mark-up: nothing in it can mention everybody.
func plain(m Message) string {
	var b strings.Builder
	b.WriteString("【整校】" + m.Title)
	if m.Text != "" && m.Text != m.Title {
		b.WriteString("\n" + m.Text)
	}
	if m.Link != "" {
		b.WriteString("\n" + m.Link)
	}
	// A full-width sign reads the same and calls nobody.
	return strings.NewReplacer("@", "＠", "<at", "＜at").Replace(b.String())
}

func mac64(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signDingTalk(address, secret string, at time.Time) (string, error) {
	u, err := url.Parse(address)
	if err != nil || secret == "" {
		return address, err
	}
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	q := u.Query()
	q.Set("timestamp", stamp)
	q.Set("sign", mac64(secret, stamp+"\n"+secret))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// errcode reads the answers of 企业微信 and 钉钉.
func errcode(answer []byte) (int, string, error) {
	var a struct {
		Code *int   `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Code == nil {
		return 0, "", fmt.Errorf("answer without errcode: %w", err)
	}
	return *a.Code, a.Text, nil
}

// feishuCode reads 飞书's answers, of which there are two forms.
func feishuCode(answer []byte) (int, string, error) {
	var a struct {
		Code   *int   `json:"code"`
		Text   string `json:"msg"`
		Status *int   `json:"StatusCode"`
		Words  string `json:"StatusMessage"`
	}
	err := json.Unmarshal(answer, &a)
	switch {
	case err == nil && a.Code != nil:
		return *a.Code, a.Text, nil
	case err == nil && a.Status != nil:
		return *a.Status, a.Words, nil
	}
	return 0, "", fmt.Errorf("answer without code: %w", err)
}

func (s *Sender) bot(ctx context.Context, to Endpoint, m Message) (string, error) {
	v, now, address := vendors[to.Kind], s.now(), to.URL
	if _, err := s.policy.CheckURL(address); err != nil {
		return "", permanent(CodeBlocked, err)
	}
	if v.sign != nil {
		signed, err := v.sign(address, to.Secret, now)
		if err != nil {
			return "", permanent(CodeAddress, err)
		}
		address = signed
	}
	body, err := json.Marshal(v.body(m, to.Secret, now))
	if err != nil {
		return "", permanent(CodeAnswer, err)
	}
	req, err := s.request(ctx, address, body)
	if err != nil {
		return "", err
	}
	req.Header.Set(HeaderDelivery, m.ID)
	answer, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // read as far as it matters
	raw, err := readAnswer(answer)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return "", err
	}
	// A vendor's own code says more than the status.
	code, text, unread := v.code(raw)
	if unread == nil && code != 0 {
		return "", v.failure(to.Kind, code, text)
	}
	if f := httpFailure(answer, now); f != nil {
		return "", f
	}
	if unread != nil || len(raw) > answerMost {
		return "", temporary(CodeAnswer, unread)
	}
	return text, nil
}

func (v vendor) failure(kind Kind, code int, text string) *SendError {
	f := &SendError{Code: fmt.Sprintf("%s_%d", kind, code), Detail: clean(text)}
	switch {
	case slices.Contains(v.throttled, code):
		f.Throttled, f.After = true, v.rest
	case slices.Contains(v.hopeless, code):
		f.Permanent = true
	}
	return f
}
