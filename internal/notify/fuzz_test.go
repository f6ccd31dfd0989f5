package notify

import (
	"bytes"
	netmail "net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An address that is taken is one mailbox, and a message to it has one recipient and the
// headers that it has, whatever stands in it.
func FuzzMail(f *testing.F) {
	f.Add("a@example.org", "待办提醒", "请审核", "zx")
	f.Add("a@example.org\r\nBcc: b@evil.example", "x\r\nBcc: b@evil.example", "\r\n.\r\nMAIL FROM:<x>", "a\nb")
	f.Add("\"a b\"@example.org", "=?utf-8?B?DQpCY2M6IGI=?=", "", "\u2028")
	f.Add("a@[127.0.0.1]", strings.Repeat("长", 500), "x", "名\"<b@evil.example>")
	f.Fuzz(func(t *testing.T, to, title, text, sender string) {
		err := CheckAddress(to)
		if err != nil {
			return
		}
		require.False(t, strings.ContainsAny(to, "\r\n,;<>"))
		msg, err := compose(Endpoint{To: to, Server: Server{Host: "mail.example.org", From: "zx@example.org", FromName: sender}},
			Message{ID: "d1", Title: title, Text: text, At: time.Unix(1_800_000_000, 0)})
		if err != nil {
			return
		}
		var b bytes.Buffer
		_, err = msg.WriteTo(&b)
		require.NoError(t, err)
		read, err := netmail.ReadMessage(&b)
		require.NoError(t, err)
		for name := range read.Header {
			require.Contains(t, []string{"To", "From", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding",
				"Auto-Submitted", HeaderDelivery}, name)
		}
		list, err := read.Header.AddressList("To")
		require.NoError(t, err)
		require.Len(t, list, 1)
		from, err := read.Header.AddressList("From")
		require.NoError(t, err)
		require.Len(t, from, 1)
		require.Equal(t, "zx@example.org", from[0].Address)
	})
}

// A vendor's answer is success only where it says so.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"errcode":0,"errmsg":"ok"}`, `{"code":0}`, `{"StatusCode":0}`, `{"errcode":"0"}`, `{}`, `null`, `{"errcode":0}x`, `{"code":1e30}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for kind, v := range vendors {
			code, _, err := v.code(body)
			if err != nil || code != 0 {
				continue
			}
			require.True(t, bytes.Contains(body, []byte("0")), "%s took %q for success", kind, body)
		}
	})
}

// A signed address leads where the address led.
func FuzzSignedAddress(f *testing.F) {
	f.Add("https://oapi.dingtalk.example/robot/send?access_token=a", "SEC1")
	f.Add("https://a/?sign=x&timestamp=1#f", "s")
	f.Add("https://a\\@b/", "s")
	f.Fuzz(func(t *testing.T, address, secret string) {
		signed, err := signDingTalk(address, secret, time.Unix(1_800_000_000, 0))
		if err != nil {
			return
		}
		before, err := url.Parse(address)
		if err != nil {
			return
		}
		after, err := url.Parse(signed)
		require.NoError(t, err)
		require.Equal(t, before.Scheme, after.Scheme)
		require.Equal(t, before.Host, after.Host)
		require.Equal(t, before.Path, after.Path)
		if secret != "" {
			require.Len(t, after.Query()["sign"], 1)
		}
	})
}

// Nothing in a notice calls everybody in a group.
func FuzzPlain(f *testing.F) {
	f.Add("@all 请审核", "<at user_id=\"all\">所有人</at>")
	f.Add("<<@at", "<\u0000at")
	f.Fuzz(func(t *testing.T, title, text string) {
		s := plain(Message{Title: title, Text: text})
		require.NotContains(t, s, "@")
		require.NotContains(t, s, "<at")
	})
}
