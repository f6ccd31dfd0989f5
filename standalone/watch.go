package main

import (
	"context"
	"errors"

	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/telemetry"
)

// openTelemetry begins to measure, if somebody is to see it. There are no traces: who tries
// the edition out has no collector.
func (a *App) openTelemetry(ctx context.Context) (err error) {
	if a.opts.Admin == "" {
		return nil
	}
	a.told, err = telemetry.New(ctx, telemetry.Options{Process: "standalone", Version: cli.Release()})
	if err == nil {
		a.onClose(func() { _ = a.told.Close(context.WithoutCancel(ctx)) })
	}
	return err
}

// observe serves the private address.
func (a *App) observe(ctx context.Context) error {
	if a.told == nil {
		return nil
	}
	pool, err := a.Store.DB(ctx).DB()
	if err != nil {
		return err
	}
	if err := errors.Join(a.told.Pool(pool), a.told.Watch(a.Store.Vitals, a.opts.Logger)); err != nil {
		return err
	}
	at, stop, err := app.ServeAdmin(ctx, a.told, a.opts.Admin, a.opts.Logger)
	if err != nil {
		return apperr.Wrap(err, apperr.CodeOf(err), "内部地址 --admin："+apperr.MessageOf(err))
	}
	a.Admin = at
	a.onClose(stop)
	return nil
}
