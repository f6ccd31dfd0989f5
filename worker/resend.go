package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

	"zhengxiao/internal/apperr"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

const (
	// resendPoll is how soon is looked again for actions that wait.
	resendPoll = 20 * time.Second
	// resendTimeout bounds sending one.
	resendTimeout = 5 * time.Second
)

// resendPending sends again what waits for its decision, until ctx is done.
func resendPending(ctx context.Context, d Deps) {
	begun := false
	for {
		if !begun {
			err := d.Store.BeginEnvelopes(ctx)
			if begun = err == nil; err != nil && ctx.Err() == nil {
				d.Logger.WarnContext(ctx, "begin to look at who received actions", "error", err)
			}
		}
		if err := Resend(ctx, d); err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "send pending actions again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(resendPoll):
		}
	}
}

// Resend sends each action again that was received and should have been decided by now:
// the process that received it may have died before it was sent. The case takes each
// action once, however often it arrives. It stops when the engine or the database fails;
// that action and the others have their turn later. One that can not be sent for a reason of
// its own does not hold up the others.
func Resend(ctx context.Context, d Deps) error {
	var own []error
	for {
		row, err := d.Store.ClaimPending(ctx)
		if err != nil || row == nil {
			return errors.Join(append(own, err)...)
		}
		err = errors.Join(d.Store.NotePending(ctx, *row), resend(ctx, d, *row))
		if err != nil {
			err = fmt.Errorf("send action %s again: %w", row.ID, err)
		}
		switch {
		case errors.Is(err, errUnsendable):
			own = append(own, err)
		case err != nil:
			return errors.Join(append(own, err)...)
		}
	}
}

// errUnsendable is an action that nobody could send.
var errUnsendable = errors.New("it can not be sent")

func resend(ctx context.Context, d Deps, row models.ActionRow) error {
	if row.Envelope == nil || !json.Valid([]byte(*row.Envelope)) {
		return fmt.Errorf("%w: it has no readable message", errUnsendable)
	}
	c, err := d.Store.CaseByID(ctx, row.CaseID)
	if apperr.Is(err, apperr.NotFound) {
		return fmt.Errorf("%w: %w", errUnsendable, err)
	}
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, resendTimeout)
	defer cancel()
	// As it was stored: what a later release has put in, this one need not know.
	err = d.Client.SignalWorkflow(bounded, c.WorkflowID, "", workflows.SignalAction, json.RawMessage(*row.Envelope))
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		closed, err := d.Store.RefuseClosed(ctx, row.CaseID, row.ID)
		if err != nil || closed {
			return err //nolint:wrapcheck // says what was done
		}
		return d.Store.Raise(ctx, models.MissingRun(c)) //nolint:wrapcheck // says what was done
	}
	if err != nil {
		return fmt.Errorf("signal case: %w", err)
	}
	d.Logger.InfoContext(ctx, "sent pending action again", "action", row.ID, "kind", row.Kind, "case", row.CaseID)
	return nil
}
