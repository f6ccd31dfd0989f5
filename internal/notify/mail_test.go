package notify_test

import (
	"net/mail"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/notify"
	"zhengxiao/internal/notify/notifytest"
	"zhengxiao/internal/outbound"
)

func mailbox(s *notifytest.MailServer, security notify.Security) notify.Endpoint {
	return notify.Endpoint{
		Kind: notify.Mail, To: "li@school.example", Secret: s.Password,
		Server: notify.Server{Host: "127.0.0.1", Port: s.Port(), Security: security, From: "zx@office.example", FromName: "整校"},
	}
}

func mailServer(t *testing.T, change func(*notifytest.MailServer)) *notifytest.MailServer {
	t.Helper()
	config, _ := notifytest.Certificate(t)
	return notifytest.NewMailServer(t, config, change)
}

func TestAMailArrives(t *testing.T) {
	t.Parallel()
	for _, security := range []notify.Security{notify.StartTLS, notify.TLS, notify.Plain} {
		s := mailServer(t, func(s *notifytest.MailServer) { s.Implicit, s.Password = security == notify.TLS, "word" })
		to := mailbox(s, security)
		to.Server.Username = "zx"
		receipt, err := sender(t).Send(t.Context(), to, message)
		require.NoError(t, err, security)
		require.Contains(t, receipt, "queued as 7")
		require.Len(t, s.Taken(), 1)
		l := s.Taken()[0]
		require.Equal(t, "zx@office.example", l.From)
		require.Equal(t, "li@school.example", l.To)
		require.Equal(t, message.Title, l.Subject)
		require.Contains(t, l.Body, message.Text)
		require.Contains(t, l.Body, message.Link)
		require.Equal(t, "<"+message.ID+"@office.example>", l.Header.Get("Message-Id"))
		require.Equal(t, message.ID, l.Header.Get(notify.HeaderDelivery))
		require.Equal(t, "auto-generated", l.Header.Get("Auto-Submitted"))
		require.True(t, l.Login)
		require.Equal(t, security != notify.Plain, l.Encrypted)
		from, err := mail.ParseAddress(l.Header.Get("From"))
		require.NoError(t, err)
		require.Equal(t, "整校", from.Name)
	}
}

func TestNothingInAMessageBecomesAHeader(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"\r\nBcc: evil@example.com", "\nBcc: evil@example.com", "\rBcc: evil@example.com", "\u2028Bcc: e@example.com", "\r\n\r\nbody"} {
		s := mailServer(t, nil)
		to := mailbox(s, notify.StartTLS)
		to.Server.FromName += evil
		m := message
		m.ID, m.Title, m.Text, m.Link = m.ID+evil, m.Title+evil, m.Text+evil, m.Link+evil
		_, err := sender(t).Send(t.Context(), to, m)
		if err != nil {
			require.True(t, failure(t, err).Permanent, "%q: %v", evil, err)
			continue
		}
		l := s.Taken()[0]
		require.Empty(t, l.Header.Get("Bcc"), "%q", evil)
		require.Contains(t, l.Subject, message.Title)
	}
	for _, evil := range []string{
		"a@b.example\r\nRCPT TO:<e@example.com>", "a@b.example, e@example.com", "A <a@b.example>", "a b@c.example", "", "nobody", "<a@b.example>", "a@b.example\x00",
	} {
		s := mailServer(t, nil)
		to := mailbox(s, notify.StartTLS)
		to.To = evil
		_, err := sender(t).Send(t.Context(), to, message)
		require.Equal(t, notify.CodeAddress, failure(t, err).Code, "%q", evil)
		to = mailbox(s, notify.StartTLS)
		to.Server.From = evil
		_, err = sender(t).Send(t.Context(), to, message)
		require.Equal(t, notify.CodeAddress, failure(t, err).Code, "%q", evil)
		require.Empty(t, s.Taken(), "%q", evil)
	}
}

// At every command a server may refuse for now, refuse for good, say nothing, drip, or
// hang up.
func TestAMailServerFailsAtEveryCommand(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END"} {
		for say, want := range map[string]struct {
			code      string
			permanent bool
		}{
			"451 later li@school.example": {"smtp_451", false},
			"421 busy":                    {"smtp_421", false},
			"550 no li@school.example":    {"smtp_550", true},
			"drop":                        {notify.CodeBroken, false},
			"hang":                        {notify.CodeTimeout, false},
			"drip":                        {notify.CodeTimeout, false},
		} {
			t.Run(at+" "+say, func(t *testing.T) {
				t.Parallel()
				s := mailServer(t, func(s *notifytest.MailServer) {
					s.Password = "word"
					s.Say = func(command string) string {
						if command == at || at == "EHLO" && command == "HELO" {
							return say
						}
						return ""
					}
				})
				to := mailbox(s, notify.StartTLS)
				to.Server.Username = "zx"
				send := sender(t)
				if say == "hang" || say == "drip" {
					send = hasty(t)
				}
				_, err := send.Send(t.Context(), to, message)
				f := failure(t, err)
				require.NotContains(t, f.Error(), "li@school.example")
				require.Equal(t, want.permanent, f.Permanent, "%s: %v", f.Code, err)
				if at == "MAIL" || at == "RCPT" || at == "END" {
					require.Equal(t, want.code, f.Code, "%v", f.Unwrap())
				}
				if at != "END" {
					require.Empty(t, s.Taken())
				}
			})
		}
	}
}

func TestAMailServerThatHangsUpAmidTheMail(t *testing.T) {
	t.Parallel()
	s := mailServer(t, func(s *notifytest.MailServer) {
		s.Say = func(command string) string {
			if command == "BODY" {
				return "drop"
			}
			return ""
		}
	})
	_, err := sender(t).Send(t.Context(), mailbox(s, notify.StartTLS), message)
	f := failure(t, err)
	require.False(t, f.Permanent, f.Code)
	require.Empty(t, s.Taken())
}

// What goes wrong after the server has taken a mail does not send it again.
func TestATakenMailIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"RSET", "QUIT"} {
		for _, say := range []string{"drop", "500 what", "hang"} {
			s := mailServer(t, func(s *notifytest.MailServer) {
				s.Say = func(command string) string {
					if command == at {
						return say
					}
					return ""
				}
			})
			send := sender(t)
			if say == "hang" {
				send = notify.New(notifytest.Policy(t), time.Now, 2*time.Second)
			}
			_, err := send.Send(t.Context(), mailbox(s, notify.StartTLS), message)
			require.NoError(t, err, "%s %s", at, say)
			require.Len(t, s.Taken(), 1)
		}
	}
}

func TestMailIsEncryptedUnlessTheServerIsOurs(t *testing.T) {
	t.Parallel()
	s := mailServer(t, func(s *notifytest.MailServer) { s.NoStartTLS = true })
	_, err := sender(t).Send(t.Context(), mailbox(s, notify.StartTLS), message)
	f := failure(t, err)
	require.Equal(t, notify.CodePlaintext, f.Code)
	require.True(t, f.Permanent)

	good := mailServer(t, nil)
	strangers := notify.New(outbound.Policy{Allow: notifytest.Policy(t).Allow}, time.Now, time.Minute)
	_, err = strangers.Send(t.Context(), mailbox(good, notify.StartTLS), message)
	require.Equal(t, notify.CodeTLS, failure(t, err).Code, "nobody vouches for the certificate")

	public := notify.New(outbound.Policy{}, time.Now, time.Minute)
	for _, security := range []notify.Security{notify.StartTLS, notify.TLS, notify.Plain} {
		_, err = public.Send(t.Context(), mailbox(good, security), message)
		require.Equal(t, notify.CodeBlocked, failure(t, err).Code, security)
	}
	require.Empty(t, good.Taken())

	wrong := mailServer(t, func(s *notifytest.MailServer) { s.Password = "word" })
	to := mailbox(wrong, notify.StartTLS)
	to.Server.Username, to.Secret = "zx", "other"
	_, err = sender(t).Send(t.Context(), to, message)
	require.Equal(t, notify.CodeAuth, failure(t, err).Code)
}
