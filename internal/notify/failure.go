package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"zhengxiao/internal/outbound"
)

// SendError is why a message was not taken. Its text holds no address, key or personal data:
// it is stored and shown.
type SendError struct {
	// Code is stable: refused, timeout, http_404, smtp_550, wecom_45009 …
	Code string
	// Permanent failures are not mended by trying again.
	Permanent bool
	// Throttled is an endpoint that works and wants fewer messages.
	Throttled bool
	// After is for how long the endpoint wants to be left alone.
	After time.Duration
	// Detail is what the other side said.
	Detail string

	cause error
}

func (f *SendError) Error() string {
	if f.Detail == "" {
		return "notify: " + f.Code
	}
	return "notify: " + f.Code + ": " + f.Detail
}

func (f *SendError) Unwrap() error { return f.cause }

func permanent(code string, cause error) *SendError {
	return &SendError{Code: code, Permanent: true, cause: cause}
}

func temporary(code string, cause error) *SendError { return &SendError{Code: code, cause: cause} }

// The codes of failures that have no number of their own.
const (
	CodeBlocked   = "blocked_address"
	CodeRedirect  = "redirect"
	CodeTimeout   = "timeout"
	CodeRefused   = "refused"
	CodeName      = "unknown_host"
	CodeTLS       = "tls"
	CodeBroken    = "disconnected"
	CodeAnswer    = "bad_answer"
	CodeAddress   = "bad_address"
	CodeNetwork   = "network"
	CodePlaintext = "not_encrypted"
	CodeAuth      = "login_refused"
)

// classify names what went wrong on the way.
func classify(ctx context.Context, err error) *SendError {
	var name *net.DNSError
	var wait net.Error
	switch {
	case errors.Is(err, outbound.ErrBlocked):
		return permanent(CodeBlocked, err)
	case errors.Is(err, outbound.ErrRedirect):
		return permanent(CodeRedirect, err)
	case isTLS(err):
		return temporary(CodeTLS, err)
	case errors.As(err, &name) && name.IsNotFound:
		return temporary(CodeName, err)
	case ctx.Err() != nil, errors.As(err, &wait) && wait.Timeout():
		return temporary(CodeTimeout, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return temporary(CodeRefused, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return temporary(CodeBroken, err)
	}
	return temporary(CodeNetwork, err)
}

func isTLS(err error) bool {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError // over TCP, alerts have no type of their own
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) ||
		errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
}

// afterMost bounds how long an endpoint may keep its messages waiting.
const afterMost = time.Hour

// httpFailure says what a status means, nil for one that means success.
func httpFailure(answer *http.Response, now time.Time) *SendError {
	code := "http_" + strconv.Itoa(answer.StatusCode)
	f := &SendError{Code: code, Permanent: true, After: retryAfter(answer.Header.Get("Retry-After"), now)}
	switch c := answer.StatusCode; {
	case c >= 200 && c < 300:
		return nil
	case c == http.StatusTooManyRequests:
		f.Permanent, f.Throttled = false, true
	case c >= 500, c == http.StatusRequestTimeout, c == http.StatusTooEarly, c == http.StatusLocked, c == http.StatusConflict:
		f.Permanent = false
	case c >= 300 && c < 400:
		f.Code = CodeRedirect
	}
	return f
}

// retryAfter reads seconds or a date; 0 for what is neither.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil {
		return bounded(time.Duration(min(n, int(afterMost/time.Second))) * time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return bounded(at.Sub(now))
	}
	return 0
}

func bounded(d time.Duration) time.Duration { return min(max(d, 0), afterMost) }

// answerMost is how much of an answer is read.
const answerMost = 16 << 10

// readAnswer reads a bounded part of an answer.
func readAnswer(answer *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerMost+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return body, nil
}
