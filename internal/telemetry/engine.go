package telemetry

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// engineMeters turns what the engine's SDK measures into metrics of the registry, named
// temporal_….
func engineMeters(to prometheus.Registerer) (*metric.MeterProvider, error) {
	exporter, err := otelprom.New(otelprom.WithRegisterer(to), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("open metrics of the engine's client: %w", err)
	}
	seconds := metric.NewView(metric.Instrument{Kind: metric.InstrumentKindHistogram}, metric.Stream{
		Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}},
	})
	return metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(seconds)), nil
}

func engineHandler(meters *metric.MeterProvider) client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: meters.Meter(scope), UseMonotonicCounters: true,
		OnError: func(error) {}, // a metric that cannot be kept ends no workflow
	})
}

// Engine takes what the engine's SDK measures; nil for the SDK's own default.
func (t *Telemetry) Engine() client.MetricsHandler {
	if t == nil {
		return nil
	}
	return t.engine
}
