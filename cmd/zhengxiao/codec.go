package main

import (
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"zhengxiao/internal/app"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/temporalx"
)

// codec serves the engine's own tools: without it they show ciphertext only.
func (p *program) codec() *cobra.Command {
	return &cobra.Command{
		Use: "codec", Short: "运行解密服务，供 Temporal 的管理界面与命令行查看载荷", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			needs := []config.Need{config.NeedCodec}
			cfg, err := p.load(needs)
			if err != nil {
				return err
			}
			keys, err := secret.ParseKeyring(cfg.CodecKeys)
			if err != nil {
				return err
			}
			log := p.logger(cfg)
			h, err := temporalx.CodecServer{Keys: keys, Token: cfg.Codec.Token, Origin: cfg.Codec.Origin, Logger: log}.Handler()
			if err != nil {
				return err
			}
			ctx := c.Context()
			l, err := app.Listen(ctx, cfg.Codec.Addr)
			if err != nil {
				return err
			}
			log.InfoContext(ctx, "listening", "address", l.Addr().String())
			const patience, header = 30 * time.Second, 16 << 10
			s := &http.Server{Handler: h, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: time.Minute, MaxHeaderBytes: header}
			return app.Serve(ctx, s, l, log, cfg.HTTP.ShutdownTimeout)
		},
	}
}
