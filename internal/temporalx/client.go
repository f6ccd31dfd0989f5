package temporalx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"

	"zhengxiao/internal/config"
	"zhengxiao/internal/secret"
)

// Dial connects and fails if the engine does not answer before ctx ends. keys may be nil:
// then payloads stay readable.
func Dial(ctx context.Context, cfg config.Temporal, keys *secret.Keyring, log *slog.Logger) (client.Client, error) {
	opts, err := Options(cfg, keys, log)
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("dial temporal at %s: %w", cfg.Address, err)
	}
	return c, nil
}

// Lazy returns a client that connects at its first call, so that a process can start and
// serve reads while the engine is down. metrics takes what client and workers measure; it
// may be nil.
func Lazy(cfg config.Temporal, keys *secret.Keyring, log *slog.Logger, metrics client.MetricsHandler) (client.Client, error) {
	opts, err := Options(cfg, keys, log)
	if err != nil {
		return nil, err
	}
	opts.MetricsHandler = metrics
	c, err := client.NewLazyClient(opts)
	if err != nil {
		return nil, fmt.Errorf("prepare temporal client for %s: %w", cfg.Address, err)
	}
	return c, nil
}

// Options returns the client options that every process of the system shares. The codec
// sits at the gRPC border and not in the DataConverter: there, a worker without the key
// would drop a signal as undecodable; here, its poll fails and the signal waits.
func Options(cfg config.Temporal, keys *secret.Keyring, log *slog.Logger) (client.Options, error) {
	tlsConfig, err := tlsOf(cfg)
	if err != nil {
		return client.Options{}, err
	}
	codec, err := converter.NewPayloadCodecGRPCClientInterceptor(converter.PayloadCodecGRPCClientInterceptorOptions{
		Codecs: []converter.PayloadCodec{NewCodec(keys)},
	})
	if err != nil {
		return client.Options{}, fmt.Errorf("create payload codec: %w", err)
	}
	return client.Options{
		HostPort:  cfg.Address,
		Namespace: cfg.Namespace,
		Logger:    sdklog.NewStructuredLogger(log),
		// Messages and stack traces become payloads, hence encrypted. Without keys they
		// stay readable in the engine's own tools.
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			EncodeCommonAttributes: keys != nil,
		}),
		ConnectionOptions: client.ConnectionOptions{
			TLS: tlsConfig,
			// The outermost interceptor: a chained one would sit inside the SDK's retries
			// and encode a retried request again.
			DialOptions: []grpc.DialOption{grpc.WithUnaryInterceptor(codec)},
		},
	}, nil
}

func tlsOf(cfg config.Temporal) (*tls.Config, error) {
	if !cfg.TLS {
		return nil, nil //nolint:nilnil // the SDK's own way to say: no TLS
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.TLSServerName}
	if cfg.TLSCAFile != "" {
		pem, err := os.ReadFile(cfg.TLSCAFile)
		if err != nil {
			return nil, fmt.Errorf("read temporal CA: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read temporal CA: no certificate in %s", cfg.TLSCAFile)
		}
	}
	if cfg.TLSCertFile != "" {
		pair, err := tls.LoadX509KeyPair(cfg.TLSCertFile, cfg.TLSKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read temporal client certificate: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, nil
}
