package engine

import (
	"context"
	"log/slog"
	"os"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// silent is above every level the server logs at.
const silent = slog.LevelError + 1

// logger passes the server's log on to slog, from a level that can be moved: coming up and
// going down, the services complain about each other.
type logger struct{ l *slog.Logger }

func newLogger(l *slog.Logger, level *slog.LevelVar) logger {
	return logger{l: slog.New(leveled{l.Handler(), level})}
}

func (l logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if l.l.Enabled(context.Background(), level) {
		l.l.LogAttrs(context.Background(), level, msg, attrs(tags)...) //nolint:sloglint // the server's own words
	}
}

func (l logger) Debug(msg string, tags ...tag.Tag)  { l.log(slog.LevelDebug, msg, tags) }
func (l logger) Info(msg string, tags ...tag.Tag)   { l.log(slog.LevelInfo, msg, tags) }
func (l logger) Warn(msg string, tags ...tag.Tag)   { l.log(slog.LevelWarn, msg, tags) }
func (l logger) Error(msg string, tags ...tag.Tag)  { l.log(slog.LevelError, msg, tags) }
func (l logger) DPanic(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }

func (l logger) Panic(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal must not return: the server is in a state it cannot continue from.
func (l logger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	os.Exit(1)
}

// With implements log.WithLogger.
func (l logger) With(tags ...tag.Tag) log.Logger {
	return logger{l: slog.New(l.l.Handler().WithAttrs(attrs(tags)))}
}

// SLog implements log.SLogWrapper: the server's own clients log through it.
func (l logger) SLog() *slog.Logger { return l.l }

func attrs(tags []tag.Tag) []slog.Attr {
	out := make([]slog.Attr, len(tags))
	for i, t := range tags {
		out[i] = slog.Any(t.Key(), t.Value())
	}
	return out
}

// leveled drops records below level.
type leveled struct {
	slog.Handler

	level *slog.LevelVar
}

func (h leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level.Level() && h.Handler.Enabled(ctx, level)
}

func (h leveled) WithAttrs(a []slog.Attr) slog.Handler {
	return leveled{h.Handler.WithAttrs(a), h.level}
}

func (h leveled) WithGroup(name string) slog.Handler {
	return leveled{h.Handler.WithGroup(name), h.level}
}

// quiet is a client logger that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
