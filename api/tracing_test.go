package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"zhengxiao/internal/telemetry"
)

// Which requests are traced is our choice alone: neither the flag nor the id of the trace
// that a client names, which it is free to choose, makes it more or less likely. The id
// itself is kept.
func TestTraces_are_chosen_by_the_server(t *testing.T) {
	t.Parallel()
	const low, high = "00000000000000000000000000000001", "ffffffffffffffffffffffffffffffff"
	for name, tc := range map[string]struct {
		ratio       float64
		trace       string
		least, most int // of 200 requests, with odds of a million to one
	}{
		"low, asked for":     {0.5, low + "-00f067aa0ba902b7-01", 60, 140},
		"low, not asked for": {0.5, low + "-00f067aa0ba902b7-00", 60, 140},
		"high, asked for":    {0.5, high + "-00f067aa0ba902b7-01", 60, 140},
		"none named":         {0.5, "", 60, 140},
		"never":              {0, low + "-00f067aa0ba902b7-01", 0, 0},
		"always":             {1, high + "-00f067aa0ba902b7-00", 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := newWorld(t)
			spans := tracetest.NewInMemoryExporter()
			told, err := telemetry.New(t.Context(), telemetry.Options{Process: "api", Ratio: tc.ratio, Spans: spans})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, told.Close(context.Background())) })
			r.deps.Telemetry = told
			r.build()
			server := httptest.NewServer(r.h)
			defer server.Close()
			for range 200 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/healthz", http.NoBody)
				require.NoError(t, err)
				if tc.trace != "" {
					req.Header.Set("Traceparent", "00-"+tc.trace)
				}
				res, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				require.Equal(t, http.StatusOK, res.StatusCode)
			}
			server.Close() // once every request has ended
			got := spans.GetSpans()
			require.GreaterOrEqual(t, len(got), tc.least)
			require.LessOrEqual(t, len(got), tc.most)
			for _, s := range got {
				if id, _, named := strings.Cut(tc.trace, "-"); named {
					require.Equal(t, id, s.SpanContext.TraceID().String())
				}
			}
		})
	}
}
