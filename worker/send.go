package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// send puts a message of the system into a case's mailbox. Sending it twice is harmless:
// the case takes each action once.
func send(ctx context.Context, d Deps, row models.OutboxRow) error {
	var p models.SendPayload
	if err := json.Unmarshal([]byte(row.Payload), &p); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	c, err := d.Store.CaseByID(ctx, row.CaseID)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	err = d.Client.SignalWorkflow(ctx, c.WorkflowID, "", workflows.SignalAction, workflows.Envelope{
		ID: p.ActionID, Kind: p.Kind, Actor: domain.System(), Body: p.Body, At: d.Store.Now(),
	})
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		closed, failed := d.Store.AnswerClosed(ctx, row.CaseID, p.ActionID)
		if closed || failed != nil {
			return failed
		}
	}
	if err != nil {
		return fmt.Errorf("signal case: %w", err)
	}
	return nil
}
