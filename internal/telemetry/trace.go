package telemetry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var w3c propagation.TraceContext

// share is how many of the traces are kept, by chance. The usual sampler goes by the id of
// the trace, which a client is free to choose.
type share float64

// ShouldSample implements sdktrace.Sampler.
func (s share) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if rand.Float64() < float64(s) { //nolint:gosec // a sample, not a secret
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

// Description implements sdktrace.Sampler.
func (s share) Description() string { return fmt.Sprintf("share %g", float64(s)) }

// Request is one request being answered. End it with its status.
type Request struct {
	t      *Telemetry
	span   trace.Span
	begun  time.Time
	route  string
	method string
	stream bool
}

// otherRoute stands for every address that is not the API's.
const otherRoute = "other"

// Request begins to observe a request and returns its context from now on. route is the
// template and not the address; a stream goes on until the browser leaves and is counted
// apart. The trace that a browser names goes on here, whether or not the browser wants it.
func (t *Telemetry) Request(r *http.Request, route string, stream bool) (context.Context, *Request) {
	ctx := r.Context()
	if t == nil {
		return ctx, nil
	}
	if route == "" {
		route = otherRoute
	}
	o := &Request{t: t, begun: time.Now(), route: route, method: method(r.Method), stream: stream}
	o.gauge().Inc()
	if parent := trace.SpanContextFromContext(w3c.Extract(ctx, propagation.HeaderCarrier(r.Header))); parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent.WithTraceFlags(0).WithTraceState(trace.TraceState{}))
	}
	attrs := trace.WithAttributes(attribute.String("http.request.method", o.method), attribute.String("http.route", route))
	ctx, o.span = t.tracer.Start(ctx, o.method+" "+route, trace.WithSpanKind(trace.SpanKindServer), attrs) //nolint:spancheck // ended by End
	return ctx, o
}

// End notes the answer's status.
func (o *Request) End(status int) {
	if o == nil {
		return
	}
	o.gauge().Dec()
	if !o.stream {
		o.t.requests.WithLabelValues(o.route, o.method, class(status)).Observe(time.Since(o.begun).Seconds())
	}
	o.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		o.span.SetStatus(codes.Error, "")
	}
	o.span.End()
}

func (o *Request) gauge() interface {
	Inc()
	Dec()
} {
	if o.stream {
		return o.t.streams
	}
	return o.t.inFlight
}

// class is 2xx for 200; 1xx to 5xx in all.
func class(status int) string { return string(rune('0'+status/100)) + "xx" }

// method keeps clients from inventing labels.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// Start begins a part of what is traced in ctx; without a trace it costs nothing.
func Start(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	tracer := trace.SpanFromContext(ctx).TracerProvider().Tracer(scope)
	return tracer.Start(ctx, name, trace.WithAttributes(attrs...)) //nolint:spancheck // the caller ends it
}

// Carry writes the trace of ctx as a W3C traceparent, for a message that goes on with it;
// "" when ctx is not traced.
func Carry(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	h := propagation.MapCarrier{}
	w3c.Inject(ctx, h)
	return h["traceparent"]
}

// carried is ctx in the trace that Carry wrote.
func carried(ctx context.Context, traceparent string) context.Context {
	return w3c.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}
