package telemetry_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"zhengxiao/internal/telemetry"
)

// sink takes traces as a collector does.
type sink struct {
	collector.UnimplementedTraceServiceServer

	got chan *collector.ExportTraceServiceRequest
}

func (s sink) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.got <- r
	return &collector.ExportTraceServiceResponse{}, nil
}

func TestTraces_go_to_the_collector_before_the_process_ends(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := sink{got: make(chan *collector.ExportTraceServiceRequest, 1)}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, s)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)

	out, err := telemetry.New(t.Context(), telemetry.Options{Process: "worker", Version: "v1", Endpoint: "http://" + l.Addr().String(), Ratio: 1})
	require.NoError(t, err)
	_, seen := out.Request(request(t, http.MethodGet, "/"), "/x", false)
	seen.End(http.StatusOK)
	require.NoError(t, out.Close(t.Context()))
	sent := (<-s.got).GetResourceSpans()[0]
	require.Equal(t, "GET /x", sent.GetScopeSpans()[0].GetSpans()[0].GetName())
	require.Contains(t, sent.GetResource().String(), "zhengxiao-worker")
}
