package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/config"
	"zhengxiao/internal/telemetry"
)

// flushTimeout bounds sending out the last traces when a process ends.
const flushTimeout = 5 * time.Second

// OpenService is Open for a process that goes on: an operator can watch it at the private
// address and in traces. process is api or worker. It may take files in, so the scanner is
// looked at.
func OpenService(ctx context.Context, cfg config.Config, log *slog.Logger, process, version string, needs ...config.Need) (*App, error) {
	a := &App{Config: cfg, Logger: log, Clock: time.Now}
	err := a.openTelemetry(ctx, process, version)
	if err == nil {
		err = a.open(ctx, needs)
	}
	if err == nil && a.Evidence != nil {
		err = a.checkScanner(ctx)
	}
	if err == nil {
		err = a.observe(ctx)
	}
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) openTelemetry(ctx context.Context, process, version string) (err error) {
	a.Telemetry, err = telemetry.New(ctx, telemetry.Options{
		Process: process, Version: version, Endpoint: a.Config.Otel.Endpoint, Ratio: a.Config.Otel.Ratio,
	})
	if err != nil {
		return err
	}
	// A collector that is away is no reason to write anything but lines of the log.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { a.Logger.Warn("send traces", "error", err) }))
	a.closers = append(a.closers, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		if err := a.Telemetry.Close(ctx); err != nil {
			a.Logger.WarnContext(ctx, "close telemetry", "error", err)
		}
	})
	return nil
}

// observe watches what was opened and serves the private address until Close.
func (a *App) observe(ctx context.Context) error {
	if a.DB != nil {
		pool, err := a.DB.DB()
		if err := errors.Join(err, a.DB.Use(telemetry.SQL{})); err != nil {
			return err
		}
		if err := a.Telemetry.Pool(pool); err != nil {
			return err
		}
	}
	if !a.Config.Admin.Listens() {
		return nil
	}
	at, stop, err := ServeAdmin(ctx, a.Telemetry, a.Config.Admin.Addr, a.Logger)
	if err != nil {
		return apperr.Wrap(err, apperr.CodeOf(err), "内部地址 ZX_ADMIN_ADDR："+apperr.MessageOf(err))
	}
	a.Logger.InfoContext(ctx, "private address", "address", at)
	a.closers = append(a.closers, stop)
	return nil
}

// ServeAdmin serves what t tells at a private address, until stop is called.
func ServeAdmin(ctx context.Context, t *telemetry.Telemetry, addr string, log *slog.Logger) (at string, stop func(), err error) {
	l, err := Listen(ctx, addr)
	if err != nil {
		return "", nil, err
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := Serve(serving, t.Admin(), l, log, time.Second); err != nil {
			log.ErrorContext(serving, "serve private address", "error", err)
		}
	}()
	return l.Addr().String(), func() {
		end()
		<-ended
	}, nil
}
