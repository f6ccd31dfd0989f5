package temporalx_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"zhengxiao/internal/config"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/temporalx"
)

func newRing(t *testing.T, ids ...string) *secret.Keyring {
	t.Helper()
	text := ""
	for i, id := range ids {
		entry, err := secret.Generate(id)
		require.NoError(t, err)
		if i > 0 {
			text += ","
		}
		text += entry
	}
	k, err := secret.ParseKeyring(text)
	require.NoError(t, err)
	return k
}

func payloads(t *testing.T, values ...any) []*commonpb.Payload {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayloads(values...)
	require.NoError(t, err)
	return p.GetPayloads()
}

func requireSame(t *testing.T, want, got []*commonpb.Payload) {
	t.Helper()
	require.True(t, proto.Equal(&commonpb.Payloads{Payloads: want}, &commonpb.Payloads{Payloads: got}))
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	c := temporalx.NewCodec(newRing(t, "k1"))
	plain := payloads(t, "envelope", 7, nil)
	sealed, err := c.Encode(plain)
	require.NoError(t, err)
	for _, p := range sealed {
		require.Equal(t, "binary/encrypted", string(p.GetMetadata()["encoding"]))
		require.Equal(t, "k1", string(p.GetMetadata()["encryption-key-id"]))
		require.NotContains(t, string(p.GetData()), "envelope")
	}
	again, err := c.Encode(sealed)
	require.NoError(t, err)
	requireSame(t, sealed, again)
	got, err := c.Decode(sealed)
	require.NoError(t, err)
	requireSame(t, plain, got)
}

// A new key comes first and the old one stays: what was sealed before opens still, what is
// sealed from then on needs the new one.
func TestCodecRotation(t *testing.T) {
	t.Parallel()
	first, err := secret.Generate("k1")
	require.NoError(t, err)
	second, err := secret.Generate("k2")
	require.NoError(t, err)
	ring := func(text string) converter.PayloadCodec {
		k, err := secret.ParseKeyring(text)
		require.NoError(t, err)
		return temporalx.NewCodec(k)
	}
	before, after := ring(first), ring(second+","+first)
	plain := payloads(t, "envelope")
	old, err := before.Encode(plain)
	require.NoError(t, err)
	got, err := after.Decode(old)
	require.NoError(t, err)
	requireSame(t, plain, got)

	renewed, err := after.Encode(plain)
	require.NoError(t, err)
	require.Equal(t, "k2", string(renewed[0].GetMetadata()["encryption-key-id"]))
	_, err = before.Decode(renewed)
	require.ErrorIs(t, err, secret.ErrUnknownKey, "whoever was not told of the new key yet")
}

func TestPlainPayloadsPassThrough(t *testing.T) {
	t.Parallel()
	plain := payloads(t, "before the keys came")
	got, err := temporalx.NewCodec(newRing(t, "k1")).Decode(plain)
	require.NoError(t, err)
	requireSame(t, plain, got)
	got, err = temporalx.NewCodec(nil).Encode(plain)
	require.NoError(t, err)
	requireSame(t, plain, got)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	ring := newRing(t, "k1")
	sealed, err := temporalx.NewCodec(ring).Encode(payloads(t, "x"))
	require.NoError(t, err)
	mutate := func(change func(*commonpb.Payload)) []*commonpb.Payload {
		p := proto.CloneOf(sealed[0])
		change(p)
		return []*commonpb.Payload{p}
	}
	for name, c := range map[string]struct {
		keys    *secret.Keyring
		in      []*commonpb.Payload
		unknown bool
	}{
		"no keys":     {nil, sealed, true},
		"another id":  {newRing(t, "k2"), sealed, true},
		"another key": {newRing(t, "k1"), sealed, false},
		"no key id":   {ring, mutate(func(p *commonpb.Payload) { delete(p.GetMetadata(), "encryption-key-id") }), true},
		"empty":       {ring, mutate(func(p *commonpb.Payload) { p.Data = nil }), false},
		"too short":   {ring, mutate(func(p *commonpb.Payload) { p.Data = p.GetData()[:11] }), false},
		"altered":     {ring, mutate(func(p *commonpb.Payload) { p.Data[len(p.GetData())-1] ^= 1 }), false},
	} {
		_, err := temporalx.NewCodec(c.keys).Decode(c.in)
		require.Error(t, err, name)
		require.Equal(t, c.unknown, errors.Is(err, secret.ErrUnknownKey), name)
	}
}

// engine is a Temporal frontend that keeps what it is sent: enough to see the wire.
type engine struct {
	workflowservice.UnimplementedWorkflowServiceServer

	signals  chan *workflowservice.SignalWorkflowExecutionRequest
	failures int // how many signals to refuse before taking one
}

func (e *engine) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (e *engine) SignalWorkflowExecution(_ context.Context, r *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	if e.failures > 0 {
		e.failures--
		return nil, status.Error(codes.Unavailable, "try again")
	}
	e.signals <- r
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (e *engine) PollWorkflowTaskQueue(context.Context, *workflowservice.PollWorkflowTaskQueueRequest) (*workflowservice.PollWorkflowTaskQueueResponse, error) {
	signal := <-e.signals
	return &workflowservice.PollWorkflowTaskQueueResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{Input: signal.GetInput()},
		},
	}}}}, nil
}

func serve(t *testing.T, e *engine) config.Temporal {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, e)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return config.Temporal{Address: listener.Addr().String(), Namespace: "test"}
}

func TestSignalsTravelEncryptedAndAMissingKeyFailsThePoll(t *testing.T) {
	t.Parallel()
	e := &engine{signals: make(chan *workflowservice.SignalWorkflowExecutionRequest, 1), failures: 2}
	cfg := serve(t, e)
	ring := newRing(t, "k1")
	with, err := temporalx.Dial(t.Context(), cfg, ring, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer with.Close()
	without, err := temporalx.Dial(t.Context(), cfg, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer without.Close()

	require.NoError(t, with.SignalWorkflow(t.Context(), "case-1", "", "action", "同意备案"), "retries included")
	onWire := <-e.signals
	require.NotContains(t, onWire.String(), "同意备案")
	require.Equal(t, "binary/encrypted", string(onWire.GetInput().GetPayloads()[0].GetMetadata()["encoding"]))

	e.signals <- onWire
	task, err := with.WorkflowService().PollWorkflowTaskQueue(t.Context(), &workflowservice.PollWorkflowTaskQueueRequest{})
	require.NoError(t, err)
	input := task.GetHistory().GetEvents()[0].GetWorkflowExecutionSignaledEventAttributes().GetInput()
	requireSame(t, payloads(t, "同意备案"), input.GetPayloads())

	e.signals <- onWire
	_, err = without.WorkflowService().PollWorkflowTaskQueue(t.Context(), &workflowservice.PollWorkflowTaskQueueRequest{})
	require.ErrorIs(t, err, secret.ErrUnknownKey)
}

func TestFailuresAreEncodedOnlyWithKeys(t *testing.T) {
	t.Parallel()
	cause := temporal.NewApplicationError("张老师的材料有误", "invalid")
	for _, keys := range []*secret.Keyring{nil, newRing(t, "k1")} {
		opts, err := temporalx.Options(config.Temporal{}, keys, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		failure := opts.FailureConverter.ErrorToFailure(cause)
		require.Equal(t, keys != nil, failure.GetMessage() == "Encoded failure")
		back := opts.FailureConverter.FailureToError(failure)
		var app *temporal.ApplicationError
		require.ErrorAs(t, back, &app)
		require.Equal(t, "invalid", app.Type(), "the code stays readable")
		require.Contains(t, back.Error(), "张老师的材料有误")
	}
}

func TestLazyStartsWithoutAnEngine(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	cfg := config.Temporal{Address: listener.Addr().String(), Namespace: "test"}
	require.NoError(t, listener.Close())

	c, err := temporalx.Lazy(cfg, nil, slog.New(slog.DiscardHandler), nil)
	require.NoError(t, err)
	c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = temporalx.Dial(ctx, cfg, nil, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, cfg.Address)
}

func TestTLSFilesAreChecked(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, cfg := range []config.Temporal{
		{TLS: true, TLSCAFile: empty},
		{TLS: true, TLSCAFile: empty + ".missing"},
		{TLS: true, TLSCertFile: empty, TLSKeyFile: empty},
	} {
		_, err := temporalx.Options(cfg, nil, slog.New(slog.DiscardHandler))
		require.Error(t, err)
	}
	opts, err := temporalx.Options(config.Temporal{TLS: true, TLSServerName: "temporal"}, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, "temporal", opts.ConnectionOptions.TLS.ServerName)
}
