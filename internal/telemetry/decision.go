package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Decision is one message of a case being decided. End it with what came of it.
type Decision struct {
	t    *Telemetry
	span trace.Span
	kind string
}

// Decision begins to observe the decision on a message of a kind. traceparent is what the
// message carries of the request that sent it, received when that was; the time between
// the two is shown as the wait in the mailbox.
func (t *Telemetry) Decision(ctx context.Context, traceparent, kind, caseID string, received time.Time) (context.Context, *Decision) {
	if t == nil {
		return ctx, nil
	}
	ctx = carried(ctx, traceparent)
	if trace.SpanContextFromContext(ctx).IsValid() {
		_, wait := t.tracer.Start(ctx, "mailbox", trace.WithTimestamp(received), trace.WithSpanKind(trace.SpanKindConsumer))
		wait.End()
	}
	d := &Decision{t: t, kind: kind}
	ctx, d.span = t.tracer.Start(ctx, "decide "+kind, trace.WithAttributes( //nolint:spancheck // ended by End
		attribute.String("zhengxiao.case_id", caseID), attribute.String("zhengxiao.kind", kind)))
	return ctx, d
}

// The outcomes of a decision, as its metric tells them apart.
const (
	Accepted = "accepted"
	Refused  = "refused"
	Known    = "known"   // it was decided before, and is not counted again
	Waiting  = "waiting" // the database was away, or rows await repair: it is tried again
)

// End notes the outcome, and how long after its receipt the message has it.
func (d *Decision) End(outcome string, took time.Duration) {
	if d == nil {
		return
	}
	switch outcome {
	case Accepted, Refused:
		d.t.decisions.WithLabelValues(d.kind, outcome).Observe(took.Seconds())
	case Waiting:
		d.span.SetStatus(codes.Error, "")
	}
	d.span.SetAttributes(attribute.String("zhengxiao.outcome", outcome))
	d.span.End()
}
