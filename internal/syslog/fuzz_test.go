package syslog_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leodido/go-syslog/v4/rfc5424"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/syslog"
)

// Whatever an entry says, what is sent is one message whose values are read back as they were.
func FuzzEncode(f *testing.F) {
	f.Add("host", "audit", "seq", `1"]\`, "text")
	f.Add("主机 ", "", "a=b]", "\x00\n\xff", "<13>1 - - - - - - 7 forged")
	f.Add(strings.Repeat("h", 300), strings.Repeat("i", 40), strings.Repeat("n", 40), "", "")
	f.Fuzz(func(t *testing.T, host, id, name, value, text string) {
		s := syslog.Source{Facility: 13, Host: host, App: "zhengxiao", DataID: "zhengxiao@32473"}
		encoded := s.Encode(syslog.Message{Severity: syslog.Info, At: noon, ID: id, Data: []syslog.Param{{Name: name, Value: value}}, Text: text})
		require.True(t, utf8.ValidString(encoded))
		m, err := rfc5424.NewParser().Parse([]byte(encoded))
		require.NoError(t, err, "%q", encoded)
		got, ok := m.(*rfc5424.SyslogMessage)
		require.True(t, ok)
		require.Len(t, *got.StructuredData, 1)
		for _, is := range (*got.StructuredData)["zhengxiao@32473"] {
			require.Equal(t, strings.ToValidUTF8(value, "\uFFFD"), is)
		}
		if text == "" {
			require.Nil(t, got.Message)
		} else {
			require.Equal(t, strings.ToValidUTF8(text, "\uFFFD"), *got.Message)
		}
	})
}
