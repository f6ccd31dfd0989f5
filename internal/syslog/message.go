// Package syslog sends messages of RFC 5424 to one receiver, over TLS (RFC 5425) or plain
// TCP, each counted in octets (RFC 6587, 3.4.1). The protocol has no answers: what stands
// for one is that the receiver closes, in order, after everything was sent; see Send.
package syslog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Severity is how grave a message is.
type Severity int

// The severities in use.
const (
	Warning Severity = 4
	Info    Severity = 6
)

// facilities are those that an audit log may go under, by the names that receivers use.
var facilities = map[string]int{
	"auth": 4, "authpriv": 10, "audit": 13,
	"local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

// Facility is the number of a facility.
func Facility(name string) (int, error) {
	n, known := facilities[name]
	if !known {
		return 0, fmt.Errorf("unknown facility %q", name)
	}
	return n, nil
}

// Param is one value of the structured data of a message.
type Param struct{ Name, Value string }

// Message is one message.
type Message struct {
	Severity Severity
	At       time.Time
	ID       string // what kind of message it is
	Data     []Param
	Text     string
}

// Source is who sends, the same in all messages.
type Source struct {
	Facility int
	Host     string
	App      string
	// DataID names the structured data: name@enterprise.
	DataID string
}

// The lengths of fields in the header; RFC 5424, 6.
const (
	maxHost = 255
	maxApp  = 48
	maxID   = 32
	maxName = 32
)

// stamp is a timestamp with as many digits as one may have.
const stamp = "2006-01-02T15:04:05.000000Z07:00"

// Encode writes a message as RFC 5424 has it. The text goes without a byte order mark:
// receivers that read it as JSON stumble over one.
func (s Source) Encode(m Message) string {
	var b strings.Builder
	const severities, version = 8, 1
	fmt.Fprintf(&b, "<%d>%d %s %s %s - %s ", s.Facility*severities+int(m.Severity), version, m.At.Format(stamp),
		field(s.Host, maxHost), field(s.App, maxApp), field(m.ID, maxID))
	if len(m.Data) == 0 {
		b.WriteByte('-')
	} else {
		b.WriteString("[" + s.DataID)
		for _, p := range m.Data {
			b.WriteString(" " + name(p.Name) + `="` + value(p.Value) + `"`)
		}
		b.WriteByte(']')
	}
	if m.Text != "" {
		b.WriteString(" " + strings.ToValidUTF8(m.Text, "\uFFFD"))
	}
	return b.String()
}

// Frame is a message with its length before it.
func Frame(encoded string) string { return strconv.Itoa(len(encoded)) + " " + encoded }

// field is a text as a field of the header: visible ASCII, "-" for none.
func field(text string, most int) string {
	text = visible(text)
	if text == "" {
		return "-"
	}
	return text[:min(len(text), most)]
}

func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, text)
}

// name is a text as the name of a value.
func name(text string) string {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`="]`, r) {
			return '_'
		}
		return r
	}, visible(text))
	if text == "" {
		return "_"
	}
	return text[:min(len(text), maxName)]
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)

func value(text string) string { return escaped.Replace(strings.ToValidUTF8(text, "\uFFFD")) }
