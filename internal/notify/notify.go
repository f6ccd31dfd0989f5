// Package notify hands messages to the world outside: mail servers, group bots and webhooks.
// It knows what each of them answers and what an answer means for trying again; it keeps
// nothing and decides nothing about whom to tell.
package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhengxiao/internal/outbound"
)

// Kind is a kind of channel.
type Kind string

// The kinds of channels.
const (
	Mail     Kind = "mail"
	WeCom    Kind = "wecom"    // 企业微信 group bot
	DingTalk Kind = "dingtalk" // 钉钉 group bot
	Feishu   Kind = "feishu"   // 飞书 group bot
	Webhook  Kind = "webhook"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Mail, WeCom, DingTalk, Feishu, Webhook} }

// Endpoint is where a message goes.
type Endpoint struct {
	Kind Kind
	// URL is where bots and webhooks are asked. It may hold a key.
	URL string
	// Secret signs what goes to bots and webhooks, or is the password of a mail account.
	Secret string
	// Former is the webhook's secret before; both sign until it is dropped.
	Former string
	Server Server
	To     string // the address of a mail
}

// Message is what somebody is told. Nothing in it is personal data.
type Message struct {
	// ID is the same however often a message is sent: receivers leave out what they know.
	ID       string
	Kind     string // task, overdue, …
	KindName string
	Title    string
	Text     string
	Link     string // absolute; "" for none
	CaseID   string
	School   string
	At       time.Time
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	policy outbound.Policy
	client *http.Client
	now    func() time.Time
	within time.Duration
}

// Within is how long a message may take.
const Within = 20 * time.Second

// New returns a sender that keeps to a policy. Each message may take as long as within.
func New(policy outbound.Policy, now func() time.Time, within time.Duration) *Sender {
	return &Sender{policy: policy, client: policy.Client(within), now: now, within: within}
}

// Send hands over one message and returns what the other side said about it. Every error
// is a *SendError.
func (s *Sender) Send(ctx context.Context, to Endpoint, m Message) (receipt string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	switch to.Kind {
	case Mail:
		receipt, err = s.mail(ctx, to, m)
	case WeCom, DingTalk, Feishu:
		receipt, err = s.bot(ctx, to, m)
	case Webhook:
		receipt, err = s.webhook(ctx, to, m)
	default:
		err = permanent("channel_kind", fmt.Errorf("unknown kind %q", to.Kind))
	}
	if err == nil {
		return clean(receipt), nil
	}
	if f, ok := errors.AsType[*SendError](err); ok {
		return "", f
	}
	return "", classify(ctx, err)
}

// receiptMost is how much of an answer is kept, in bytes.
const receiptMost = 200

// clean makes a text of somebody else's fit to be stored and shown.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return cut(strings.Join(strings.Fields(text), " "), receiptMost)
}

// cut shortens a text to at most n bytes, never inside a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
