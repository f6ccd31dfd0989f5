package hygiene_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/hygiene"
)

func TestTextShowsWhatItSays(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"NUL": "a\x00b", "escape": "\x1b[31m", "delete": "\x7f", "C1": "\u0085", "broken UTF-8": "\xff\xfe", "surrogate": "\xed\xa0\x80",
		"replacement": "\ufffd", "override": "合格\u202e证明", "isolate": "\u2066x", "mark": "\u200f", "Arabic mark": "\u061c",
		"tag": "\U000e0041", "no character": "\ufdd0", "last of a plane": "\U0001ffff",
	} {
		_, bad := hygiene.Text(s)
		require.True(t, bad, name)
		_, bad = hygiene.Line(s)
		require.True(t, bad, name)
	}
	for name, s := range map[string]string{
		"breaks": "一\r\n二\t三", "zero width space": "实验\u200b小学", "byte order mark": "\ufeff一小", "soft hyphen": "a\u00adb",
		"Hangul filler": "\u3164", "line separator": "a\u2028b", "word joiner": "a\u2060b",
	} {
		_, bad := hygiene.Text(s)
		require.False(t, bad, name)
		_, bad = hygiene.Line(s)
		require.True(t, bad, name)
	}
	for _, s := range []string{"", "广州市第一中学（东校区）", "阿依古丽·买买提", "𠮷田", "👩\u200d🏫", "Ünïcödé", "①②③ “引号” —— …"} {
		_, bad := hygiene.Line(s)
		require.False(t, bad, s)
	}
}

func lines(property string) bool { return property == "name" }

func TestJSONIsReadInOneWayOnly(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{"a":1,"a":2}`: "a", `{"x":[{"b":1,"b":2}]}`: "x.0.b", `{"a":1,"\u0061":2}`: "a",
		`{"n":1e400}`: "n", `{"n":9007199254740993}`: "n", `{"n":0.` + strings.Repeat("1", 40) + `}`: "n",
		`{"name":"a\nb"}`: "name", `{"name":["a\u200b"]}`: "name.0", `{"text":"\u0000"}`: "text", `{"text":"\ud800"}`: "text", `{"text":"\u202e"}`: "text",
		`{"\u202e":1}`: "", strings.Repeat("[", 17) + strings.Repeat("]", 17): "", `{"a":` + strings.Repeat(`{"a":`, 10000): "",
		``: "", `{`: "", `{"a":1}}`: "", `{"a":1} {"b":2}`: "", `{'a':1}`: "", `[1,]`: "", `NaN`: "", "{\"a\":1}\x00": "", `{"a":1,}`: "", `01`: "",
	} {
		err := hygiene.JSON([]byte(body), lines)
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), body)
		require.Equal(t, field, apperr.FieldOf(err), body)
		require.NotEmpty(t, apperr.MessageOf(err))
	}
	for _, body := range []string{
		`{}`, `[]`, `null`, `"x"`, ` {"a":[1,2.5,-3,1e3],"b":{"a":null,"c":true}} `, `{"text":"第一段\n第二段","name":"一小"}`,
		strings.Repeat("[", 16) + strings.Repeat("]", 16), `{"n":9007199254740991}`,
	} {
		require.NoError(t, hygiene.JSON([]byte(body), lines), body)
	}
}
