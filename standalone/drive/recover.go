package drive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhengxiao/internal/apperr"
)

// away reports whether err leaves open what became of the request, or says that the
// server could not take it.
func away(err error) bool {
	_, silent := errors.AsType[*NoAnswerError](err)
	return silent || Refused(err, apperr.Unavailable)
}

// recovered waits for the server after err, if err is of that sort and the options allow
// it. False means that err stands.
func (c *Client) recovered(ctx context.Context, err error) (bool, error) {
	if err == nil || c.o.Recover == nil || !away(err) {
		return false, nil
	}
	if err := c.o.Recover(ctx); err != nil {
		return false, fmt.Errorf("wait for the server: %w", err)
	}
	return true, nil
}

// repeat does what may be done twice until the server has answered.
func (c *Client) repeat(ctx context.Context, try func() error) error {
	for {
		err := try()
		again, lost := c.recovered(ctx, err)
		if lost != nil {
			return lost
		}
		if !again {
			return err
		}
	}
}

// once creates what must exist only once: when an attempt was not answered it is looked
// for before the next.
func once[T any](ctx context.Context, c *Client, create func() (T, error), find func() (T, bool, error)) (T, error) {
	for {
		v, err := create()
		again, lost := c.recovered(ctx, err)
		if lost != nil {
			return v, lost
		}
		if !again {
			return v, err
		}
		if v, there, err := find(); err != nil || there {
			return v, err
		}
	}
}

// await asks until done says so.
func (c *Client) await(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.Patience, fmt.Errorf("waited %s for %s", c.o.Patience, what))
	defer cancel()
	pause := 10 * time.Millisecond
	for {
		ok, err := done()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(2*pause, 250*time.Millisecond)
	}
}
