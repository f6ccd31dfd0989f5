package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// Security is how the connection to a mail server is encrypted.
type Security string

// The ways to reach a mail server. Without encryption only those of the operator's own
// networks are reached.
const (
	StartTLS Security = "starttls"
	TLS      Security = "tls"
	Plain    Security = "none"
)

// Server is a mail server that takes messages of ours.
type Server struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security Security `json:"security"`
	Username string   `json:"username,omitempty"`
	From     string   `json:"from"`
	FromName string   `json:"from_name,omitempty"`
}

// CheckAddress refuses what is not one plain address of a mailbox.
func CheckAddress(text string) error {
	const most = 254 // RFC 5321
	a, err := netmail.ParseAddress(text)
	switch {
	case err != nil:
		return errors.New("not an address")
	case a.Name != "" || a.Address != text || len(text) > most || strings.ContainsAny(text, "\r\n\t \"<>,;:"):
		return errors.New("not a plain address")
	}
	return nil
}

// subjectMost keeps a subject within what programs show, in bytes.
const subjectMost = 200

func (s *Sender) mail(ctx context.Context, to Endpoint, m Message) (string, error) {
	msg, err := compose(to, m)
	if err != nil {
		return "", permanent(CodeAddress, err)
	}
	client, err := s.mailer(ctx, to)
	if err != nil {
		return "", permanent(CodeAddress, err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return "", mailFailure(ctx, err)
	}
	err = client.SendWithSMTPClient(conn, msg)
	_ = conn.Close() // whether it says goodbye changes nothing
	// What fails after the server has taken the message is no reason to send it again.
	if !msg.IsDelivered() {
		return "", mailFailure(ctx, err)
	}
	return msg.ServerResponse(), nil
}

func compose(to Endpoint, m Message) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithNoDefaultUserAgent())
	if err := CheckAddress(to.To); err != nil {
		return nil, err
	}
	if err := msg.To(to.To); err != nil {
		return nil, errors.New("recipient")
	}
	if err := msg.FromFormat(line(to.Server.FromName), to.Server.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	_, domain, _ := strings.Cut(to.Server.From, "@")
	msg.SetMessageIDWithValue(line(m.ID) + "@" + domain)
	msg.SetDateWithValue(m.At)
	msg.SetGenHeader(mail.Header(HeaderDelivery), line(m.ID))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.Subject(cut(line(m.Title), subjectMost))
	text := m.Text
	if m.Link != "" {
		text += "\r\n\r\n" + m.Link
	}
	msg.SetBodyString(mail.TypeTextPlain, text+"\r\n\r\n本邮件由整校系统自动发出，请勿回复。接收方式可在“通知设置”中修改。\r\n")
	return msg, nil
}

// line is a text that cannot become two headers.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 }), " ")
}

func (s *Sender) mailer(ctx context.Context, to Endpoint) (*mail.Client, error) {
	srv := to.Server
	dialer := s.policy.Dialer(srv.Security == Plain)
	dial := dialer.DialContext
	policy := mail.TLSMandatory
	switch srv.Security {
	case StartTLS:
	case Plain:
		policy = mail.NoTLS
	case TLS:
		policy = mail.NoTLS
		dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			return (&tls.Dialer{NetDialer: dialer, Config: s.policy.TLS(srv.Host)}).DialContext(ctx, network, address)
		}
	default:
		return nil, fmt.Errorf("unknown security %q", srv.Security)
	}
	options := []mail.Option{
		// Two limits of the same length would race, and only the context's end is told apart
		// from a connection that broke.
		mail.WithPort(srv.Port), mail.WithTimeout(2 * s.within), mail.WithHELO("localhost"),
		mail.WithTLSConfig(s.policy.TLS(srv.Host)),
		mail.WithTLSPolicy(policy), mail.WithoutNoop(),
		mail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return bound(ctx, conn)
		}),
	}
	if srv.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthPlain), mail.WithUsername(srv.Username), mail.WithPassword(to.Secret))
		if srv.Security == Plain {
			options = append(options, mail.WithSMTPAuth(mail.SMTPAuthPlainNoEnc))
		}
	}
	return mail.NewClient(srv.Host, options...)
}

// bound ends a connection with its context: a server that drips bytes keeps nobody.
func bound(ctx context.Context, conn net.Conn) (net.Conn, error) {
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}

// mailFailure says what a mail server's refusal means. The server's own words may repeat
// the address: only the numbers are kept.
func mailFailure(ctx context.Context, err error) *SendError {
	if err == nil {
		return temporary(CodeAnswer, nil)
	}
	code := 0
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		code = reply.Code
	} else if sent, ok := errors.AsType[*mail.SendError](err); ok {
		code = sent.ErrorCode()
	}
	switch {
	case code == 0 && strings.Contains(err.Error(), "STARTTLS"):
		return permanent(CodePlaintext, err)
	case code == 0:
		return broken(ctx, err)
	case code == 421 || code == 450 || code == 452 || code == 451:
		return &SendError{Code: "smtp_" + strconv.Itoa(code), cause: err}
	case code == 535 || code == 534 || code == 530 || code == 538:
		return permanent(CodeAuth, err)
	}
	return &SendError{Code: "smtp_" + strconv.Itoa(code), Permanent: code >= 500, cause: err}
}

// broken is a conversation that ended before its time: the library hides how.
func broken(ctx context.Context, err error) *SendError {
	if _, hidden := errors.AsType[*mail.SendError](err); hidden && ctx.Err() == nil {
		return temporary(CodeBroken, err)
	}
	return classify(ctx, err)
}
