package worker

import (
	"context"
	"errors"
)

// SendNotices makes one round over the channels with something due.
func SendNotices(ctx context.Context, d Deps) error {
	c := newCouriers(d)
	err := c.round(ctx)
	c.all.Wait()
	return errors.Join(err, c.failed())
}
