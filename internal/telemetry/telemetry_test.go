package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"zhengxiao/internal/telemetry"
)

// watched is a telemetry with everything it tells.
type watched struct {
	*telemetry.Telemetry

	t     *testing.T
	spans *tracetest.InMemoryExporter
}

func newWatched(t *testing.T, ratio float64) watched {
	t.Helper()
	w := watched{t: t, spans: tracetest.NewInMemoryExporter()}
	var err error
	w.Telemetry, err = telemetry.New(t.Context(), telemetry.Options{Process: "api", Version: "v1", Ratio: ratio, Spans: w.spans})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close(context.Background())) })
	return w
}

// page is what the private address answers.
func (w watched) page(path string) *httptest.ResponseRecorder {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.Admin().Handler.ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, http.NoBody))
	return rec
}

func (w watched) metrics() string {
	w.t.Helper()
	rec := w.page("/metrics")
	require.Equal(w.t, http.StatusOK, rec.Code)
	return rec.Body.String()
}

func (w watched) names() []string {
	var names []string
	for _, s := range w.spans.GetSpans() {
		names = append(names, s.Name)
	}
	return names
}

func request(t *testing.T, method, path string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestRequests_are_counted_by_route_method_and_class(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 0)
	_, a := w.Request(request(t, http.MethodGet, "/api/v1/cases/7?text=王芳"), "/api/v1/cases/:caseId", false)
	require.Contains(t, w.metrics(), "zhengxiao_http_requests_in_flight 1\n")
	a.End(http.StatusNoContent)
	_, b := w.Request(request(t, "BREW", "/pot"), "", false)
	b.End(http.StatusNotFound)
	_, live := w.Request(request(t, http.MethodGet, "/api/v1/live"), "/api/v1/live", true)

	text := w.metrics()
	require.Contains(t, text, `zhengxiao_http_request_duration_seconds_count{code="2xx",method="GET",route="/api/v1/cases/:caseId"} 1`)
	require.Contains(t, text, `zhengxiao_http_request_duration_seconds_count{code="4xx",method="other",route="other"} 1`)
	require.Contains(t, text, "zhengxiao_live_streams 1\n")
	require.Contains(t, text, "zhengxiao_http_requests_in_flight 0\n")
	live.End(http.StatusOK)
	text = w.metrics()
	require.Contains(t, text, "zhengxiao_live_streams 0\n")
	require.NotContains(t, text, `route="/api/v1/live"`, "how long somebody looks on is no latency")
	require.NotContains(t, text, "王芳")
}

func TestThePrivateAddress(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 0)
	require.Equal(t, "ok\n", w.page("/healthz").Body.String())
	require.Equal(t, http.StatusOK, w.page("/debug/pprof/goroutine?debug=1").Code)
	require.Equal(t, http.StatusNotFound, w.page("/").Code)
	text := w.metrics()
	for _, name := range []string{`zhengxiao_build_info{process="api",version="v1"} 1`, "go_goroutines ", "process_open_fds "} {
		require.Contains(t, text, name)
	}
}

const parent = "4bf92f3577b34da6a3ce929d0e0e4736"

func TestTraces_go_on_from_the_browser_by_our_own_choice(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ratio  float64
		flags  string
		traced bool
	}{
		"not asked for, chosen":     {1, "00", true},
		"asked for, chosen":         {1, "01", true},
		"asked for, but not chosen": {0, "01", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t, tc.ratio)
			r := request(t, http.MethodGet, "/", "traceparent", "00-"+parent+"-00f067aa0ba902b7-"+tc.flags)
			ctx, seen := w.Request(r, "/x", false)
			carried := telemetry.Carry(ctx)
			seen.End(http.StatusOK)
			if !tc.traced {
				require.Empty(t, w.spans.GetSpans())
				require.Empty(t, carried)
				return
			}
			spans := w.spans.GetSpans()
			require.Len(t, spans, 1)
			require.Equal(t, parent, spans[0].SpanContext.TraceID().String())
			require.Contains(t, carried, parent)
		})
	}
}

func TestTraces_go_on_through_the_mailbox(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 1)
	ctx, seen := w.Request(request(t, http.MethodPost, "/"), "/x", false)
	ctx, signal := telemetry.Start(ctx, "signal case")
	message := telemetry.Carry(ctx)
	signal.End()
	seen.End(http.StatusOK)

	// The other process is told to trace nothing of its own.
	other := watched{t: t, spans: w.spans}
	var err error
	other.Telemetry, err = telemetry.New(t.Context(), telemetry.Options{Process: "worker", Spans: w.spans})
	require.NoError(t, err)
	_, d := other.Decision(context.Background(), message, "submit_team", "c1", time.Now())
	d.End(telemetry.Accepted, 2*time.Second)
	_, d = other.Decision(context.Background(), "", "submit_team", "c1", time.Now())
	d.End(telemetry.Waiting, time.Hour)

	require.ElementsMatch(t, []string{"POST /x", "signal case", "mailbox", "decide submit_team"}, w.names())
	spans := w.spans.GetSpans()
	for _, s := range spans[1:] {
		require.Equal(t, spans[0].SpanContext.TraceID(), s.SpanContext.TraceID())
	}
	text := other.metrics()
	require.Contains(t, text, `zhengxiao_decision_duration_seconds_sum{kind="submit_team",outcome="accepted"} 2`)
	require.Contains(t, text, `zhengxiao_decision_duration_seconds_count{kind="submit_team",outcome="accepted"} 1`)
	require.NotContains(t, text, `outcome="waiting"`, "what is tried again has no outcome yet")
}

func TestScans_are_counted_by_outcome(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 0)
	require.Contains(t, w.metrics(), `zhengxiao_scan_last_timestamp_seconds{outcome="failed"} 0`, "before the first: an alert compares")
	require.Contains(t, w.metrics(), `zhengxiao_scan_last_timestamp_seconds{outcome="proven"} 0`)
	w.ScannerProved(nil)
	require.NotContains(t, w.metrics(), `zhengxiao_scan_last_timestamp_seconds{outcome="proven"} 0`, "a sign of life")
	require.Contains(t, w.metrics(), `zhengxiao_scan_last_timestamp_seconds{outcome="failed"} 0`)
	w.ScannerProved(io.EOF)
	require.NotContains(t, w.metrics(), `zhengxiao_scan_last_timestamp_seconds{outcome="failed"} 0`)
	require.Contains(t, w.metrics(), `zhengxiao_scan_duration_seconds_count{outcome="failed"} 0`, "a proof is no check of a file")
	require.NotContains(t, w.metrics(), `zhengxiao_scan_duration_seconds_count{outcome="proven"}`)
	w.Scan("failed", time.Second)
	w.Scan("clean", 2*time.Second)
	w.Scan("clean", 3*time.Second)
	text := w.metrics()
	require.Contains(t, text, `zhengxiao_scan_duration_seconds_count{outcome="failed"} 1`)
	require.Contains(t, text, `zhengxiao_scan_duration_seconds_sum{outcome="clean"} 5`)
	require.Contains(t, text, `zhengxiao_scan_duration_seconds_count{outcome="infected"} 0`)
	require.NotContains(t, text, `zhengxiao_scan_last_timestamp_seconds{outcome="clean"} 0`)
}

func TestNoTelemetry_tells_nothing(t *testing.T) {
	t.Parallel()
	var none *telemetry.Telemetry
	ctx, seen := none.Request(request(t, http.MethodGet, "/"), "/x", false)
	seen.End(http.StatusOK)
	ctx, d := none.Decision(ctx, "", "k", "c", time.Now())
	d.End(telemetry.Accepted, time.Second)
	require.Empty(t, telemetry.Carry(ctx))
	none.Scan("clean", time.Second)
	none.ScannerProved(nil)
	require.Nil(t, none.Engine())
	require.NoError(t, none.Pool(nil))
	require.NoError(t, none.Watch(nil, nil))
	require.NoError(t, none.Close(ctx))
}
