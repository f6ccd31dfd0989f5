package notify_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notify"
	"zhengxiao/internal/notify/notifytest"
	"zhengxiao/internal/outbound"
)

var (
	noon    = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	message = notify.Message{
		ID: "0192f0c0-0000-7000-8000-000000000001", Kind: "overdue", KindName: "逾期", Title: "已逾期：备案审核",
		Text: "第一小学：“备案审核”已逾期，请立即办理。", Link: "https://zx.example/cases/1", CaseID: "1", School: "第一小学", At: noon,
	}
	bots = []notify.Kind{notify.WeCom, notify.DingTalk, notify.Feishu}
)

// patience is for endpoints that say nothing; others have all the time a busy machine needs.
const patience = 400 * time.Millisecond

func sender(t *testing.T) *notify.Sender {
	t.Helper()
	return notify.New(notifytest.Policy(t), func() time.Time { return noon }, time.Minute)
}

func hasty(t *testing.T) *notify.Sender {
	t.Helper()
	return notify.New(notifytest.Policy(t), func() time.Time { return noon }, patience)
}

// serve answers every request in one way.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a server notices that a client is gone only after that
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook?key=SECRETKEY"
}

func failure(t *testing.T, err error) *notify.SendError {
	t.Helper()
	f, ok := errors.AsType[*notify.SendError](err)
	require.True(t, ok, "%v", err)
	require.NotContains(t, f.Error(), "SECRETKEY", "the address is a secret")
	return f
}

func TestEachVendorGetsWhatItUnderstands(t *testing.T) {
	t.Parallel()
	sign := func(key, text string) string {
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte(text))
		return base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	for kind, check := range map[notify.Kind]func(r *http.Request, body map[string]any) string{
		notify.WeCom: func(r *http.Request, body map[string]any) string {
			require.Equal(t, "key=SECRETKEY", r.URL.RawQuery)
			return body["text"].(map[string]any)["content"].(string)
		},
		notify.DingTalk: func(r *http.Request, body map[string]any) string {
			stamp := fmt.Sprint(noon.UnixMilli())
			require.Equal(t, stamp, r.URL.Query().Get("timestamp"))
			require.Equal(t, sign("word", stamp+"\nword"), r.URL.Query().Get("sign"))
			require.Equal(t, "SECRETKEY", r.URL.Query().Get("key"))
			return body["text"].(map[string]any)["content"].(string)
		},
		notify.Feishu: func(_ *http.Request, body map[string]any) string {
			stamp := fmt.Sprint(noon.Unix())
			require.Equal(t, stamp, body["timestamp"])
			require.Equal(t, sign(stamp+"\nword", ""), body["sign"])
			return body["content"].(map[string]any)["text"].(string)
		},
	} {
		var got *http.Request
		var raw []byte
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = r
			raw, _ = io.ReadAll(r.Body)
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}`)
		})
		m := message
		m.Text += "@所有人<at user_id=\"all\">"
		receipt, err := sender(t).Send(t.Context(), notify.Endpoint{Kind: kind, URL: url, Secret: "word"}, m)
		require.NoError(t, err, kind)
		var body map[string]any
		require.NoError(t, json.Unmarshal(raw, &body))
		text := check(got, body)
		require.Contains(t, text, message.Title)
		require.Contains(t, text, message.Link)
		require.NotContains(t, text, "@", "a school's name mentions nobody")
		require.NotContains(t, text, "<at")
		require.Equal(t, message.ID, got.Header.Get(notify.HeaderDelivery))
		require.NotEmpty(t, receipt)
	}
}

func TestAWebhookProvesWhoSentIt(t *testing.T) {
	t.Parallel()
	var header http.Header
	var body []byte
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Request-ID", "r-7")
		w.WriteHeader(http.StatusAccepted)
	})
	receipt, err := sender(t).Send(t.Context(), notify.Endpoint{Kind: notify.Webhook, URL: url, Secret: "new", Former: "old"}, message)
	require.NoError(t, err)
	require.Equal(t, "202 Accepted r-7", receipt)
	for _, known := range []string{"new", "old"} {
		require.NoError(t, notify.Verify(header, body, noon, known), "while a secret is exchanged both are good")
	}
	require.Error(t, notify.Verify(header, body, noon, "other"))
	require.Error(t, notify.Verify(header, body, noon.Add(6*time.Minute), "new"), "played again later")
	require.Error(t, notify.Verify(header, append(bytes.Clone(body), ' '), noon, "new"))
	for _, h := range []string{notify.HeaderDelivery, notify.HeaderTimestamp, notify.HeaderSignature} {
		forged := header.Clone()
		forged.Set(h, strings.ReplaceAll(forged.Get(h), "1", "2"))
		require.Error(t, notify.Verify(forged, body, noon, "new"), h)
	}
	var e notify.Event
	require.NoError(t, json.Unmarshal(body, &e))
	require.Equal(t, message.ID, e.ID)
	require.Equal(t, message.School, e.School)
}

// What each answer of an endpoint means for trying again.
func TestAnswersOfEndpoints(t *testing.T) {
	t.Parallel()
	say := func(code int, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	hooks := []notify.Kind{notify.Webhook}
	every := slices.Concat(hooks, bots)
	type want struct {
		code                 string
		permanent, throttled bool
		after                time.Duration
	}
	for name, tc := range map[string]struct {
		kinds  []notify.Kind
		answer http.HandlerFunc
		want   want
	}{
		"gone":             {every, say(404, ""), want{"http_404", true, false, 0}},
		"forbidden":        {every, say(403, "no"), want{"http_403", true, false, 0}},
		"broken":           {every, say(500, "oops"), want{"http_500", false, false, 0}},
		"unavailable":      {every, say(503, "", "Retry-After", "120"), want{"http_503", false, false, 2 * time.Minute}},
		"too fast":         {every, say(429, "", "Retry-After", noon.Add(time.Minute).Format(http.TimeFormat)), want{"http_429", false, true, time.Minute}},
		"too fast by far":  {every, say(429, "", "Retry-After", "99999999999"), want{"http_429", false, true, 0}},
		"a week of rest":   {every, say(429, "", "Retry-After", "604800"), want{"http_429", false, true, time.Hour}},
		"redirect":         {every, say(302, "", "Location", "https://10.0.0.1/"), want{notify.CodeRedirect, true, false, 0}},
		"no JSON":          {bots, say(200, "<html>login</html>"), want{notify.CodeAnswer, false, false, 0}},
		"no code":          {bots, say(200, "{}"), want{notify.CodeAnswer, false, false, 0}},
		"empty":            {bots, say(200, ""), want{notify.CodeAnswer, false, false, 0}},
		"huge":             {bots, say(200, strings.Repeat("x", 5<<20)), want{notify.CodeAnswer, false, false, 0}},
		"wecom too fast":   {bots[:1], say(200, `{"errcode":45009,"errmsg":"api freq out of limit"}`), want{"wecom_45009", false, true, time.Minute}},
		"wecom removed":    {bots[:1], say(200, `{"errcode":93000,"errmsg":"invalid webhook url"}`), want{"wecom_93000", true, false, 0}},
		"wecom busy":       {bots[:1], say(200, `{"errcode":-1,"errmsg":"system busy"}`), want{"wecom_-1", false, false, 0}},
		"dingtalk rate":    {bots[1:2], say(200, `{"errcode":130101,"errmsg":"send too fast"}`), want{"dingtalk_130101", false, true, 10 * time.Minute}},
		"dingtalk sign":    {bots[1:2], say(200, `{"errcode":310000,"errmsg":"sign not match"}`), want{"dingtalk_310000", true, false, 0}},
		"feishu rate":      {bots[2:], say(429, `{"code":11232,"msg":"frequency limited"}`), want{"feishu_11232", false, true, time.Minute}},
		"feishu sign":      {bots[2:], say(400, `{"code":19021,"msg":"sign match fail"}`), want{"feishu_19021", true, false, 0}},
		"feishu, old form": {bots[2:], say(200, `{"StatusCode":19001,"StatusMessage":"param invalid"}`), want{"feishu_19001", true, false, 0}},
	} {
		for _, kind := range tc.kinds {
			_, err := sender(t).Send(t.Context(), notify.Endpoint{Kind: kind, URL: serve(t, tc.answer), Secret: "s"}, message)
			f := failure(t, err)
			if name == "too fast by far" {
				f.After = 0
			}
			require.Equal(t, tc.want, want{f.Code, f.Permanent, f.Throttled, f.After}, "%s %s", name, kind)
		}
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// Endpoints that give no answer: none of them keeps a message for longer than allowed.
func TestEndpointsThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, tc := range map[string]struct {
		url       func(t *testing.T) string
		code      string
		permanent bool
	}{
		"refuses":            {func(*testing.T) string { return gone.URL }, notify.CodeRefused, false},
		"hangs":              {func(t *testing.T) string { t.Helper(); return serve(t, hang) }, notify.CodeTimeout, false},
		"hangs up":           {func(t *testing.T) string { t.Helper(); return serve(t, hangUp) }, notify.CodeBroken, false},
		"speaks no TLS":      {func(*testing.T) string { return "https" + strings.TrimPrefix(plain.URL, "http") }, notify.CodeTLS, false},
		"is not encrypted":   {func(*testing.T) string { return plain.URL }, notify.CodeBlocked, true},
		"is a private one":   {func(*testing.T) string { return "https://10.1.2.3/" }, notify.CodeBlocked, true},
		"is the cloud's own": {func(*testing.T) string { return "https://169.254.169.254/latest" }, notify.CodeBlocked, true},
		"is not an address":  {func(*testing.T) string { return "%%SECRETKEY" }, notify.CodeBlocked, true},
		"speaks old TLS only": {func(t *testing.T) string {
			t.Helper()
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
			s.StartTLS()
			t.Cleanup(s.Close)
			return s.URL
		}, notify.CodeTLS, false},
		"vouched for by none": {func(t *testing.T) string {
			t.Helper()
			return strings.Replace(serve(t, http.NotFound), "127.0.0.1", "localhost", 1)
		}, notify.CodeTLS, false},
	} {
		for _, kind := range append([]notify.Kind{notify.Webhook}, bots...) {
			send := sender(t)
			if tc.code == notify.CodeTimeout {
				send = hasty(t)
			}
			_, err := send.Send(t.Context(), notify.Endpoint{Kind: kind, URL: tc.url(t), Secret: "s"}, message)
			f := failure(t, err)
			require.Equal(t, tc.code, f.Code, "%s %s: %v", name, kind, err)
			require.Equal(t, tc.permanent, f.Permanent, name)
		}
	}
}

// A body that comes byte by byte is read no longer than allowed.
func TestASlowDripEndsInTime(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	_, err := hasty(t).Send(t.Context(), notify.Endpoint{Kind: notify.WeCom, URL: url}, message)
	require.Equal(t, notify.CodeTimeout, failure(t, err).Code)
}

func TestADefaultPolicyReachesNothingHere(t *testing.T) {
	t.Parallel()
	url := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	_, err := notify.New(outbound.Policy{}, time.Now, time.Minute).Send(t.Context(), notify.Endpoint{Kind: notify.Webhook, URL: url}, message)
	require.Equal(t, notify.CodeBlocked, failure(t, err).Code)
	_, err = sender(t).Send(t.Context(), notify.Endpoint{Kind: "pigeon"}, message)
	require.True(t, failure(t, err).Permanent)
}
