// Package notifytest has endpoints on this machine that take messages, and that fail in
// every way an endpoint can.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Letter is one mail that a server has taken.
type Letter struct {
	From, To  string
	Header    mail.Header
	Subject   string
	Body      string
	Encrypted bool
	Login     bool
}

// MailServer speaks as much SMTP as a client needs.
type MailServer struct {
	// Say answers a command with a line of its own instead, "" for the usual answer. "hang"
	// says nothing any more, "drop" hangs up, "drip" sends a byte now and then.
	Say func(command string) string
	// NoStartTLS does not offer encryption.
	NoStartTLS bool
	// Implicit encrypts from the first byte.
	Implicit bool
	// Password, if set, must be given before any mail.
	Password string

	t      testing.TB
	tls    *tls.Config
	listen net.Listener
	mu     sync.Mutex
	taken  []Letter
}

// NewMailServer starts a server with a certificate that a test's own authority vouches for.
func NewMailServer(t testing.TB, config *tls.Config, change func(*MailServer)) *MailServer {
	t.Helper()
	s := &MailServer{t: t, tls: config, Say: func(string) string { return "" }}
	if change != nil {
		change(s)
	}
	var l net.ListenConfig
	listen, err := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listen = listen
	t.Cleanup(func() { _ = listen.Close() })
	go s.serve()
	return s
}

// Port is where it listens on 127.0.0.1.
func (s *MailServer) Port() int { return s.listen.Addr().(*net.TCPAddr).Port }

// Taken are the mails taken so far, in their order.
func (s *MailServer) Taken() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.taken...)
}

func (s *MailServer) serve() {
	for {
		conn, err := s.listen.Accept()
		if err != nil {
			return
		}
		go s.talk(conn)
	}
}

// session is one conversation.
type session struct {
	*MailServer

	conn   net.Conn
	in     *bufio.Reader
	letter Letter
}

func (s *MailServer) talk(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // ours alone
	c := &session{MailServer: s, conn: conn}
	if s.Implicit {
		c.encrypt()
	}
	c.in = bufio.NewReader(c.conn)
	if !c.answer("CONNECT", "220 test") {
		return
	}
	for {
		text, err := c.in.ReadString('\n')
		if err != nil || !c.command(strings.TrimSpace(text)) {
			return
		}
	}
}

func (c *session) encrypt() {
	c.conn = tls.Server(c.conn, c.tls)
	c.in, c.letter.Encrypted = bufio.NewReader(c.conn), true
}

// answer says the line, or what the test wants said; false ends the conversation.
func (c *session) answer(command, line string) bool {
	if own := c.Say(command); own != "" {
		line = own
	}
	switch line {
	case "hang":
		_, _ = io.Copy(io.Discard, c.in)
		return false
	case "drop":
		return false
	case "drip":
		for range time.Tick(20 * time.Millisecond) {
			if _, err := c.conn.Write([]byte("2")); err != nil {
				return false
			}
		}
	}
	_, err := fmt.Fprintf(c.conn, "%s\r\n", line)
	return err == nil
}

func (c *session) command(text string) bool {
	verb, rest, _ := strings.Cut(text, " ")
	verb = strings.ToUpper(verb)
	switch verb {
	case "EHLO":
		if c.Say(verb) != "" {
			return c.answer(verb, "")
		}
		offers := []string{"test"}
		if !c.NoStartTLS && !c.letter.Encrypted {
			offers = append(offers, "STARTTLS")
		}
		if c.Password != "" {
			offers = append(offers, "AUTH PLAIN LOGIN")
		}
		for _, o := range offers {
			_, _ = fmt.Fprintf(c.conn, "250-%s\r\n", o)
		}
		return c.answer(verb, "250 8BITMIME")
	case "STARTTLS":
		if !c.answer(verb, "220 go on") {
			return false
		}
		c.encrypt()
		return true
	case "AUTH":
		return c.answer(verb, c.login(rest))
	case "MAIL":
		c.letter.From = address(rest)
		if c.Password != "" && !c.letter.Login {
			return c.answer(verb, "530 log in first")
		}
		return c.answer(verb, "250 ok")
	case "RCPT":
		c.letter.To = address(rest)
		return c.answer(verb, "250 ok")
	case "DATA":
		return c.data()
	case "QUIT":
		c.answer(verb, "221 bye")
		return false
	}
	return c.answer(verb, "250 ok")
}

func address(rest string) string {
	_, a, _ := strings.Cut(rest, "<")
	a, _, _ = strings.Cut(a, ">")
	return a
}

func (c *session) login(rest string) string {
	_, token, _ := strings.Cut(rest, " ")
	if c.letter.Login = strings.HasSuffix(decode64(token), "\x00"+c.Password); c.letter.Login {
		return "235 ok"
	}
	return "535 wrong"
}

func (c *session) data() bool {
	if said := c.Say("DATA"); said != "" {
		return c.answer("DATA", "")
	}
	if !c.answer("", "354 go on") {
		return false
	}
	var b strings.Builder
	for {
		text, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		if c.Say("BODY") == "drop" {
			return false
		}
		if text == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(text, "."))
	}
	said := c.Say("END")
	if said == "" || strings.HasPrefix(said, "2") || said == "drop" { // taken, even if the answer is lost
		c.take(b.String())
	}
	return c.answer("END", "250 queued as 7")
}

func (c *session) take(raw string) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		c.t.Errorf("mail cannot be read: %v", err)
		return
	}
	l := c.letter
	l.Header = m.Header
	l.Subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	body, _ := io.ReadAll(m.Body)
	l.Body = decodeBody(m.Header.Get("Content-Transfer-Encoding"), string(body))
	c.mu.Lock()
	c.taken = append(c.taken, l)
	c.mu.Unlock()
}
