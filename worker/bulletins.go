package worker

import (
	"context"
	"time"
)

// bulletinPoll is how soon is looked again when no bulletin waits.
const bulletinPoll = 500 * time.Millisecond

// deliverBulletins works off what bulletins with many recipients leave to do, until ctx is
// done.
func deliverBulletins(ctx context.Context, d Deps) {
	for {
		more, err := d.Store.DeliverBulletins(ctx)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "deliver bulletin", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(bulletinPoll):
		}
	}
}
