package worker

import (
	"context"
	"errors"
	"time"

	"zhengxiao/internal/fault"
	"zhengxiao/internal/notify"
	"zhengxiao/models"
)

// Sender hands over messages; *notify.Sender is one.
type Sender interface {
	Send(ctx context.Context, to notify.Endpoint, m notify.Message) (receipt string, err error)
}

// sendPost sends one message and notes what came of it. A crash in between sends it again,
// under the same id.
func sendPost(ctx context.Context, d Deps, p models.Post) error {
	letter, failed, err := d.Store.Compose(ctx, p, d.PublicURL)
	if err != nil {
		return err
	}
	began, receipt := time.Now(), ""
	if failed == nil {
		var sent error
		receipt, sent = d.Sender.Send(ctx, letter.Endpoint, letter.Message)
		fault.Point(fault.AfterSending)
		if ctx.Err() != nil && sent != nil {
			return nil //nolint:nilerr // stopped amid it: nobody's failure
		}
		if f, ok := errors.AsType[*notify.SendError](sent); ok {
			failed = f
		}
	}
	if failed == nil {
		d.Telemetry.Notified(string(p.Channel.Kind), notified, time.Since(began))
		return d.Store.PostSent(ctx, p, receipt)
	}
	d.Telemetry.Notified(string(p.Channel.Kind), outcomeOf(failed), time.Since(began))
	d.Logger.WarnContext(ctx, "notice not taken", "channel", p.Channel.ID, "kind", p.Channel.Kind, "delivery", p.Items[0].ID, "code", failed.Code)
	return d.Store.PostFailed(ctx, p, failed)
}

// notified is what comes of a message that was taken.
const notified = "sent"

func outcomeOf(f *notify.SendError) string {
	switch {
	case f.Throttled:
		return "throttled"
	case f.Permanent:
		return "refused"
	}
	return "failed"
}
