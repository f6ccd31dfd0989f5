package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

const requestIDKey = "request_id"

// identify gives the request an id of ours; a client's own is never trusted.
func identify(c *gin.Context) {
	id := uuid.Must(uuid.NewV7()).String()
	c.Set(requestIDKey, id)
	c.Header("X-Request-ID", id)
	c.Next()
}

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// observe measures and traces requests by their route.
func (s *server) observe(spec *contract) gin.HandlerFunc {
	return func(c *gin.Context) {
		route := c.FullPath()
		ctx, seen := s.seen.Request(c.Request, route, spec.routes[c.Request.Method+" "+route].rule.stream)
		c.Request = c.Request.WithContext(ctx)
		defer func() { seen.End(c.Writer.Status()) }()
		c.Next()
	}
}

// logAccess writes one line a request, without anything personal: the route and not the
// path, no query, no body, no address, and the actor as an id.
func (s *server) logAccess(c *gin.Context) {
	start := time.Now()
	c.Next()
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
		slog.Int("status", c.Writer.Status()), slog.Duration("took", time.Since(start)),
		slog.String("request_id", requestID(c)),
	}
	if a := accessOf(c.Request.Context()); a != nil {
		attrs = append(attrs, slog.String("actor", a.user.ID))
	}
	level := slog.LevelInfo
	if len(c.Errors) > 0 {
		level, attrs = slog.LevelError, append(attrs, causes(c))
	}
	s.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

var errPanic = errors.New("panic")

// recoverPanics turns a panic into the answer internal.
func (s *server) recoverPanics(c *gin.Context) {
	client := c.Request.Context()
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // net/http panics with this very value
			panic(v)
		}
		err := fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		// On its way here the panic has cancelled the contexts of those it passed.
		if client.Err() == nil {
			c.Request = c.Request.WithContext(context.WithoutCancel(c.Request.Context())) //nolint:contextcheck // the request outlives the deadline
		}
		if c.Writer.Written() || client.Err() != nil {
			s.log.ErrorContext(client, "panic while nobody can be told", "error", err, "route", c.FullPath(), "request_id", requestID(c))
		}
		if c.Writer.Written() {
			panic(http.ErrAbortHandler) // half an answer must not look like a whole one
		}
		writeProblem(c, err)
	}()
	c.Next()
}

// secureHeaders are for an API that serves JSON only; the app puts its own over them.
func (s *server) secureHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if s.config.SecureCookie {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	c.Next()
}

// deadline bounds every request but those whose answer goes on.
func deadline(d time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		if op, ok := operationOf(c); ok && op.rule.stream {
			c.Next()
			return
		}
		ctx, cancel := context.WithTimeout(c.Request.Context(), d)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

// crossOrigin refuses writes that another site makes a browser send.
func crossOrigin(p *http.CrossOriginProtection) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := p.Check(c.Request); err != nil {
			writeProblem(c, errOrigin)
			return
		}
		c.Next()
	}
}
