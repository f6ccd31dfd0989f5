package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

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
	for {
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
// action once, however often it arrives. It stops at the first that cannot be sent; that
// and the others have their turn later.
func Resend(ctx context.Context, d Deps) error {
	for {
		row, err := d.Store.ClaimPending(ctx)
		if err != nil || row == nil {
			return err //nolint:wrapcheck // says what was done
		}
		if err := errors.Join(d.Store.NotePending(ctx, *row), resend(ctx, d, *row)); err != nil {
			return fmt.Errorf("send action %s again: %w", row.ID, err)
		}
	}
}

func resend(ctx context.Context, d Deps, row models.ActionRow) error {
	var e workflows.Envelope
	if row.Envelope == nil {
		return errors.New("it has no message")
	}
	if err := json.Unmarshal([]byte(*row.Envelope), &e); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	c, err := d.Store.CaseByID(ctx, row.CaseID)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, resendTimeout)
	defer cancel()
	err = d.Client.SignalWorkflow(bounded, c.WorkflowID, "", workflows.SignalAction, e)
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
