package app

import (
	"context"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
)

// newScanner is what checks uploads for malware, nil when nothing does. It is asked nothing
// before its first file, so a command that takes no file in does not need it.
func (a *App) newScanner() *clamav.Client {
	if a.Config.ClamAV.Address == "" {
		return nil
	}
	c := clamav.New(a.Config.ClamAV.Address, a.Logger, a.Clock)
	c.Observe, c.Proved = a.Telemetry.Scan, a.Telemetry.ScannerProved
	return c
}

// checkScanner looks at the scanner before a process takes files in. One that is away only
// holds uploads up, and is looked at until it is there; one that would let through what it did not look at must not be started
// with.
func (a *App) checkScanner(ctx context.Context) error {
	if a.scanner == nil {
		a.Logger.WarnContext(ctx, "uploads are not checked for malware: ZX_CLAMAV_ADDRESS is not set")
		return nil
	}
	err := a.scanner.Check(ctx)
	if apperr.Is(err, apperr.Unavailable) {
		a.Logger.WarnContext(ctx, "virus scanner does not answer; uploads wait until it does", "address", a.Config.ClamAV.Address, "error", err)
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		a.closers = append(a.closers, cancel)
		go func() {
			if a.scanner.Await(ctx) == nil {
				a.Logger.InfoContext(ctx, "virus scanner answers now", "address", a.Config.ClamAV.Address)
			}
		}()
		return nil
	}
	return err
}
