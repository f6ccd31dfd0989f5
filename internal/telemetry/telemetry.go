// Package telemetry lets an operator see what a process does: metrics for Prometheus,
// traces for OpenTelemetry, and the handler of a private address that serves the metrics,
// pprof and a sign of life. Nothing that it hands out names a person: labels and
// attributes are codes, routes and ids.
package telemetry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.temporal.io/sdk/client"
)

// Options say what a process tells of itself. The zero value keeps metrics and no traces.
type Options struct {
	Process string // api or worker
	Version string
	// Endpoint takes traces by OTLP over gRPC, such as http://127.0.0.1:4317; "" for none.
	Endpoint string
	// Ratio is how many of the requests are traced, from 0 to 1.
	Ratio float64
	// Spans takes each span as soon as it has ended, in place of Endpoint: for tests.
	Spans sdktrace.SpanExporter
}

// Telemetry is what a process tells of itself. A nil one tells nothing and may be used
// like any other.
type Telemetry struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	lost      prometheus.Counter
	streams   prometheus.Gauge
	decisions *prometheus.HistogramVec
	scans     scans
	notices   *prometheus.HistogramVec
	tracer    trace.Tracer
	engine    client.MetricsHandler
	closers   []func(context.Context) error
}

const scope = "zhengxiao"

// New returns the telemetry of a process. Close it at the end.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	t := &Telemetry{registry: prometheus.NewRegistry(), tracer: noop.NewTracerProvider().Tracer(scope)}
	t.register(o)
	meters, err := engineMeters(t.registry)
	if err != nil {
		return nil, err
	}
	t.engine = engineHandler(meters)
	t.closers = append(t.closers, meters.Shutdown)
	if o.Spans == nil && o.Endpoint == "" {
		return t, nil
	}
	tracers, err := tracing(ctx, o)
	if err != nil {
		return nil, err
	}
	t.tracer = tracers.Tracer(scope)
	t.closers = append(t.closers, tracers.Shutdown)
	return t, nil
}

func (t *Telemetry) register(o Options) {
	t.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "zhengxiao_build_info", Help: "1, with what the process is.",
			ConstLabels: prometheus.Labels{"process": o.Process, "version": o.Version},
		}, func() float64 { return 1 }),
	)
	t.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zhengxiao_http_request_duration_seconds", Help: "How long answering a request took, live streams aside.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"route", "method", "code"})
	t.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "zhengxiao_http_requests_in_flight", Help: "Requests that are being answered, live streams aside.",
	})
	t.streams = prometheus.NewGauge(prometheus.GaugeOpts{Name: "zhengxiao_live_streams", Help: "Browsers that follow changes live."})
	t.decisions = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zhengxiao_decision_duration_seconds", Help: "From the receipt of an action to its stored outcome.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	}, []string{"kind", "outcome"})
	t.registry.MustRegister(t.requests, t.inFlight, t.streams, t.decisions)
	t.scans = newScans(t.registry)
	t.notices = newNotices(t.registry)
	t.lost = newLost(t.registry)
}

// tracing sends spans out. The process decides which requests are traced; what a traced
// request sets going is traced too.
func tracing(ctx context.Context, o Options) (*sdktrace.TracerProvider, error) {
	var out sdktrace.TracerProviderOption
	if o.Spans != nil {
		out = sdktrace.WithSyncer(o.Spans)
	} else {
		exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(o.Endpoint))
		if err != nil {
			return nil, fmt.Errorf("open trace exporter: %w", err)
		}
		out = sdktrace.WithBatcher(exporter)
	}
	return sdktrace.NewTracerProvider(out,
		// Browsers never ask for a trace, see Request: their id is looked at like a new one.
		sdktrace.WithSampler(sdktrace.ParentBased(share(o.Ratio), sdktrace.WithRemoteParentNotSampled(share(o.Ratio)))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.namespace", "zhengxiao"),
			attribute.String("service.name", "zhengxiao-"+o.Process), attribute.String("service.version", o.Version),
		)),
	), nil
}

// Pool adds the connections of a database to the metrics.
func (t *Telemetry) Pool(db *sql.DB) error {
	if t == nil {
		return nil
	}
	return t.registry.Register(collectors.NewDBStatsCollector(db, "zhengxiao"))
}

// Gatherer is where the metrics are read.
func (t *Telemetry) Gatherer() prometheus.Gatherer { return t.registry }

// Close sends out what is left.
func (t *Telemetry) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	var errs []error
	for _, closer := range t.closers {
		errs = append(errs, closer(ctx))
	}
	return errors.Join(errs...)
}
