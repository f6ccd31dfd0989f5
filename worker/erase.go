package worker

import (
	"context"
	"time"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// erasePoll is how soon is looked again when no erasure waits.
const erasePoll = 2 * time.Second

// erase lists what is due for erasure, and erases what two persons agreed on, until ctx is
// done.
func erase(ctx context.Context, d Deps) {
	for {
		more, err := d.Store.Erase(ctx, d.discard)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "erase personal data", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(erasePoll):
		}
	}
}

// discard removes one version of an object, or all of them, unless it is locked.
func (d Deps) discard(ctx context.Context, key, version string) (locked bool, err error) {
	if version == "" {
		err = d.Evidence.Erase(ctx, key)
	} else {
		err = d.Evidence.Discard(ctx, key, version)
	}
	if apperr.CodeOf(err) == evidence.FileLocked {
		return true, nil
	}
	return false, err
}
