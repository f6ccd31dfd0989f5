package activities

import (
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"zhengxiao/evidence"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
)

// Activities holds what activities work with.
type Activities struct {
	Store     *models.Store
	Client    client.Client // starts the cases of a cohort
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry // may be nil
	Evidence  *evidence.Store      // keeps the daily heads
	Signer    *notary.Signer       // signs them; nil keeps none
	AuditKeys notary.Keys          // have signed them
	// Retention is for how long the audit log is kept; 0 is for ever.
	Retention time.Duration
	// Shipping says that the audit log is sent elsewhere: what was not is not removed.
	Shipping bool
}

// Envelope is one message to a case. Body is what the actor sent; BodySHA256 is its
// digest, by which a reused key is told from a repeated request. Trace is the W3C
// traceparent of the request that sent it, if that is traced; nothing is decided by it.
type Envelope struct {
	ID         string       `json:"id"`
	Kind       domain.Kind  `json:"kind"`
	Actor      domain.Actor `json:"actor"`
	Visit      int          `json:"visit"`
	Body       domain.Body  `json:"body"`
	BodySHA256 string       `json:"sha,omitempty"`
	At         time.Time    `json:"at"`
	Trace      string       `json:"trace,omitempty"`
}

// Received is the envelope as the store takes it.
func (e Envelope) Received() models.Received {
	return models.Received{
		Action:     domain.Action{ID: e.ID, Kind: e.Kind, Actor: e.Actor, Visit: e.Visit, Body: e.Body, At: e.At},
		BodySHA256: e.BodySHA256,
	}
}
