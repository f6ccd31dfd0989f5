package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/push"
)

var at = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func client(t *testing.T, h http.HandlerFunc) *push.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &push.Client{
		URL: s.URL + "/api/", Auth: push.AuthHMAC, Secret: "s3cret", HTTP: &http.Client{Timeout: 5 * time.Second}, Now: func() time.Time { return at },
	}
}

var line = registry.Line{
	No: "ZX2026-A", Name: "张三", IDNumber: "11010519491231002X", OrgCode: "440106001", OrgName: "一小", Project: "P", Cohort: "2002", Year: 2026, Hours: 105,
}

func TestWhatIsSentIsSignedAndNamedByItsRecords(t *testing.T) {
	t.Parallel()
	var keys []string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/api/records" || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		key := r.Header.Get(push.HeaderKey)
		if r.Header.Get(push.HeaderSignature) != push.Signature("s3cret", r.Header.Get(push.HeaderTimestamp), key, body) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var sent struct {
			Records []map[string]any `json:"records"`
		}
		if json.Unmarshal(body, &sent) != nil || sent.Records[0]["hours"] != "10.5" || sent.Records[0]["id_number"] != "11010519491231002X" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		keys = append(keys, key)
		_, _ = io.WriteString(w, `{"results":[{"no":"ZX2026-A","status":"acknowledged","hours":10.5,"receipt":"R1"}]}`)
	})
	for range 2 {
		res, err := c.Send(t.Context(), "B1", []registry.Line{line})
		require.NoError(t, err)
		require.Equal(t, []registry.Answer{{No: "ZX2026-A", State: registry.Acknowledged, Hours: 105, Receipt: "R1"}}, res.Answers)
	}
	require.Len(t, keys, 2)
	require.Equal(t, keys[0], keys[1], "the same records have the same key")
	c.Secret = "wrong"
	_, err := c.Send(t.Context(), "B1", []registry.Line{line})
	f, ok := errors.AsType[*push.FailureError](err)
	require.True(t, ok)
	require.True(t, f.Permanent)
	require.Contains(t, f.Text, "凭据")
}

func TestReceiptsComeInSignedPages(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		want := push.Signature("s3cret", r.Header.Get(push.HeaderTimestamp), "", []byte(r.URL.RequestURI()))
		switch {
		case r.Header.Get(push.HeaderSignature) != want:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Query().Get("after") == "":
			_, _ = io.WriteString(w, `{"results":[{"no":"A","status":"acknowledged","hours":"25","receipt":"R"}],"next":"p 2"}`)
		case r.URL.Query().Get("after") == "p 2":
			_, _ = io.WriteString(w, `{"results":[{"no":"B","status":"refused","reason":"查无此人"},{"no":"C","status":"pending"}]}`)
		}
	})
	one, err := c.Receipts(t.Context(), "", 1)
	require.NoError(t, err)
	two, err := c.Receipts(t.Context(), one.Next, 1)
	require.NoError(t, err)
	require.Empty(t, two.Next)
	require.Equal(t, []registry.Answer{
		{No: "A", State: registry.Acknowledged, Hours: 250, Receipt: "R"},
		{No: "B", State: registry.Refused, Reason: "查无此人"},
		{No: "C", State: registry.Sent},
	}, append(one.Answers, two.Answers...))
}

func TestOneBadLineSpoilsNoOther(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"results":[7,{"no":"","status":"acknowledged"},{"no":"A","status":"ok"},
			{"no":"A","status":"acknowledged","hours":"many","receipt":"R"},{"no":"A","status":"acknowledged","hours":2.55,"receipt":"R"},
			{"no":"A","status":"acknowledged","hours":25},{"no":"B","status":"refused","reason":"`+strings.Repeat("长", 500)+`"}]}`)
	})
	res, err := c.Send(t.Context(), "B1", []registry.Line{line})
	require.NoError(t, err)
	require.Len(t, res.Strange, 6)
	require.Len(t, res.Answers, 1)
	require.Len(t, []rune(res.Answers[0].Reason), 200)
}

func TestEveryWayAnEndpointFails(t *testing.T) {
	t.Parallel()
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
	}
	for name, c := range map[string]struct {
		h         http.HandlerFunc
		permanent bool
		after     time.Duration
		says      string
	}{
		"500":             {status(500), false, 0, "HTTP 500"},
		"503 later":       {status(503, "Retry-After", "120"), false, 2 * time.Minute, "HTTP 503"},
		"429 for ever":    {status(429, "Retry-After", "99999999"), false, time.Hour, "放慢"},
		"429 nonsense":    {status(429, "Retry-After", "-5"), false, 0, "放慢"},
		"408":             {status(408), false, 0, "HTTP 408"},
		"400":             {status(400), true, 0, "HTTP 400"},
		"403":             {status(403), true, 0, "凭据"},
		"413":             {status(413), true, 0, "HTTP 413"},
		"elsewhere":       {status(302, "Location", "http://127.0.0.1:1/"), true, 0, "HTTP 302"},
		"not JSON":        {text("<html>维护中</html>"), false, 0, "约定的格式"},
		"a list":          {text(`[1]`), false, 0, "约定的格式"},
		"nothing":         {text(""), false, 0, "约定的格式"},
		"too much":        {text(strings.Repeat(" ", 5<<20)), false, 0, "过大"},
		"cursor too long": {text(`{"next":"` + strings.Repeat("x", 201) + `"}`), false, 0, "翻页"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"results":[`)
		}, false, 0, "没有收完"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, 0, "连接不上"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, c.h).Send(t.Context(), "B1", []registry.Line{line})
			f, ok := errors.AsType[*push.FailureError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.permanent, f.Permanent)
			require.Equal(t, c.after, f.After)
			require.Contains(t, f.Text, c.says)
			require.NotContains(t, err.Error(), line.IDNumber)
		})
	}
}

func TestASilentEndpointIsGivenUp(t *testing.T) {
	t.Parallel()
	asked, done := make(chan struct{}), make(chan struct{})
	c := client(t, func(http.ResponseWriter, *http.Request) { close(asked); <-done })
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := c.Send(ctx, "B1", []registry.Line{line})
	require.ErrorIs(t, err, context.Canceled)

	c.URL = "http://127.0.0.1:0"
	_, err = c.Receipts(t.Context(), "", 10)
	f, ok := errors.AsType[*push.FailureError](err)
	require.True(t, ok)
	require.False(t, f.Permanent)
}

func TestAcceptedWithoutWords(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" || r.Header.Get(push.HeaderSignature) != "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	c.Auth = push.AuthBearer
	res, err := c.Send(t.Context(), "B1", []registry.Line{line})
	require.NoError(t, err)
	require.Empty(t, res.Answers)
}
