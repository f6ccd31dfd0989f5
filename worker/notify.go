package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"zhengxiao/internal/fault"
	"zhengxiao/internal/notify"
	"zhengxiao/models"
)

const (
	// notifyPoll is how soon is looked again for messages to send.
	notifyPoll = time.Second
	// notifyAtOnce is how many channels a worker serves at a time, each with few messages:
	// one that hangs keeps the others waiting for no longer than one message may take.
	notifyAtOnce, notifyEach = 8, 5
	// notifyHold is how long a worker may keep what it has claimed: all of it, one after the
	// other, and some.
	notifyHold = notifyEach*notify.Within + 30*time.Second
)

// Sender hands over messages; *notify.Sender is one.
type Sender interface {
	Send(ctx context.Context, to notify.Endpoint, m notify.Message) (receipt string, err error)
}

// sendNotices sends to channels what is due, until ctx is done.
func sendNotices(ctx context.Context, d Deps) {
	for d.Sender != nil {
		n, err := SendNotices(ctx, d)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "send notices", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(notifyPoll):
		}
	}
}

// SendNotices makes one round over the channels with something due and returns how many
// messages it has dealt with.
func SendNotices(ctx context.Context, d Deps) (int, error) {
	channels, err := d.Store.DueChannels(ctx, 4*notifyAtOnce)
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex
	var total int
	var all error
	var running sync.WaitGroup
	slots := make(chan struct{}, notifyAtOnce)
	for _, id := range channels {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			n, err := sendChannel(ctx, d, id)
			mu.Lock()
			defer mu.Unlock()
			total, all = total+n, errors.Join(all, err)
		})
	}
	running.Wait()
	return total, all
}

func sendChannel(ctx context.Context, d Deps, id string) (int, error) {
	posts, err := d.Store.ClaimPosts(ctx, id, notifyEach, notifyHold)
	if err != nil {
		return 0, err
	}
	for i, p := range posts {
		if ctx.Err() != nil {
			return i, nil //nolint:nilerr // due again when the time of the claim is over
		}
		if err := sendPost(ctx, d, p); err != nil {
			return i, err
		}
	}
	return len(posts), nil
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
