package worker

import (
	"context"
	"errors"
	"time"
)

// ShipAudit sends the audit log until ctx is done, and then what is left.
var ShipAudit = shipAudit

// Steps sends one batch of the audit log at each call.
func Steps(d Deps) func(context.Context) time.Duration { return newShipper(d).step }

// ShipHold is for how long nobody else sends, ShipAlarm after how long the operator is told.
const (
	ShipHold  = shipHold
	ShipAlarm = shipAlarm
)

// SendNotices makes one round over the channels with something due.
func SendNotices(ctx context.Context, d Deps) error {
	c := newCouriers(d)
	err := c.round(ctx)
	c.all.Wait()
	return errors.Join(err, c.failed())
}

// NewestHead looks which daily head is the newest.
var NewestHead = newestHead
