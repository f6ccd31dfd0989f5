package drive

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
)

// Session is one person at the keyboard. It signs in when first needed, changes a
// one-time password and reads the privacy notice on that occasion, and signs in again when the login has expired.
type Session struct {
	Login string

	c        *Client
	mu       sync.Mutex
	password string
	first    bool // password is a one-time password
	token    string
	me       gen.Me
}

// Account is a person who has a password already.
func (c *Client) Account(login, password string) *Session {
	return &Session{Login: login, c: c, password: password}
}

// NewAccount is a person with a one-time password.
func (c *Client) NewAccount(login, oneTime string) *Session {
	return &Session{Login: login, c: c, password: oneTime, first: true}
}

// Password is what the person signs in with now.
func (s *Session) Password() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.password
}

// Token is what the person's requests carry; it signs in if need be.
func (s *Session) Token(ctx context.Context) (string, error) { return s.signedIn(ctx, "") }

// Me is the person as the server knows them; it signs in if need be.
func (s *Session) Me(ctx context.Context) (gen.Me, error) {
	if _, err := s.signedIn(ctx, ""); err != nil {
		return gen.Me{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me, nil
}

// signedIn returns a token other than the expired one.
func (s *Session) signedIn(ctx context.Context, expired string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && s.token != expired {
		return s.token, nil
	}
	if err := s.signIn(ctx, s.password); err != nil {
		return "", err
	}
	if s.first {
		if err := s.choosePassword(ctx); err != nil {
			return "", err
		}
	}
	return s.token, s.readNotice(ctx)
}

// readNotice reads the 隐私政策 where that is asked first.
func (s *Session) readNotice(ctx context.Context) error {
	if !s.me.PrivacyNotice {
		return nil
	}
	err := s.c.repeat(ctx, func() error {
		var n gen.PrivacyNotice
		if _, err := s.c.do(ctx, request{method: http.MethodGet, path: "/api/v1/privacy/notice"}, &n); err != nil {
			return err
		}
		_, err := s.c.do(ctx, request{
			method: http.MethodPost, path: "/api/v1/me/privacy-notice", token: s.token, body: gen.NoticeRead{Version: n.Version},
		}, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the privacy notice as %s: %w", s.Login, err)
	}
	s.me.PrivacyNotice = false
	return nil
}

func (s *Session) signIn(ctx context.Context, password string) error {
	var info gen.SessionInfo
	err := s.c.repeat(ctx, func() error {
		_, err := s.c.do(ctx, request{
			method: http.MethodPost, path: "/api/v1/sessions",
			body: gen.LoginRequest{Login: s.Login, Password: password, Bearer: true},
		}, &info)
		return err
	})
	if err != nil {
		return fmt.Errorf("sign in %s: %w", s.Login, err)
	}
	s.token, s.me = info.Token, info.Me
	return nil
}

// choosePassword is the forced first change. Whether an unanswered change took effect
// shows in which password is accepted.
func (s *Session) choosePassword(ctx context.Context) error {
	chosen := s.c.o.Password(s.Login)
	for {
		var next gen.NextToken
		_, err := s.c.do(ctx, request{
			method: http.MethodPost, path: "/api/v1/me/password", token: s.token,
			body: gen.PasswordChange{Current: s.password, Password: chosen},
		}, &next)
		again, lost := s.c.recovered(ctx, err)
		switch {
		case lost != nil:
			return lost
		case again:
			if err = s.signIn(ctx, chosen); err != nil {
				continue
			}
		case err != nil:
			return fmt.Errorf("choose first password of %s: %w", s.Login, err)
		}
		s.password, s.first = chosen, false
		if !again {
			s.token = next.Token
		}
		return nil
	}
}

// call sends a request as this person, once; an expired login is renewed.
func (s *Session) call(ctx context.Context, r request, out any) (int, error) {
	expired := ""
	for {
		token, err := s.signedIn(ctx, expired)
		if err != nil {
			return 0, err
		}
		r.token = token
		status, err := s.c.do(ctx, r, out)
		if Refused(err, apperr.StepUp) {
			if r.token, err = s.prove(ctx, token); err == nil {
				status, err = s.c.do(ctx, r, out)
			}
		}
		if expired != "" || !Refused(err, apperr.Unauthenticated) {
			if err != nil {
				err = fmt.Errorf("%s: %s %s: %w", s.Login, r.method, r.path, err)
			}
			return status, err
		}
		expired = token
	}
}

// prove gives the password again, for what is too sensitive for a login of long ago, and
// returns the token that the session has from then on.
func (s *Session) prove(ctx context.Context, token string) (string, error) {
	var next gen.NextToken
	_, err := s.c.do(ctx, request{
		method: http.MethodPost, path: "/api/v1/sessions/current/proof", token: token, body: gen.SessionProof{Password: s.Password()},
	}, &next)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = next.Token
	}
	return next.Token, nil
}

// get reads; q may be nil.
func get[T any](ctx context.Context, s *Session, path string, q url.Values) (T, error) {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return send[T](ctx, s, http.MethodGet, path, nil)
}

// send does what may be done twice.
func send[T any](ctx context.Context, s *Session, method, path string, body any) (T, error) {
	var out T
	err := s.c.repeat(ctx, func() error {
		_, err := s.call(ctx, request{method: method, path: path, body: body}, &out)
		return err
	})
	return out, err
}

// put is send for writes whose answer does not matter.
func put(ctx context.Context, s *Session, method, path string, body any) error {
	return s.c.repeat(ctx, func() error {
		_, err := s.call(ctx, request{method: method, path: path, body: body}, nil)
		return err
	})
}

// post creates; an unanswered attempt is looked for with find before the next.
func post[T any](ctx context.Context, s *Session, path string, body any, find func() (T, bool, error)) (T, error) {
	return once(ctx, s.c, func() (T, error) {
		var out T
		_, err := s.call(ctx, request{method: http.MethodPost, path: path, body: body}, &out)
		return out, err
	}, find)
}
