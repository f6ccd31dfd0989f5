package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"zhengxiao/api"
	"zhengxiao/internal/app"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/stuck"
	"zhengxiao/standalone/demo"
)

// demoCommand shows the product on drawn schools of real numbers.
func (p *program) demoCommand() *cobra.Command {
	o := demo.Options{Stdout: p.out, Clock: p.clock, Start: p.startDemo}
	c := &cobra.Command{
		Use: "demo", Short: "用真实规模的示例数据演示全部环节", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return demo.Run(c.Context(), o) },
	}
	c.Flags().IntVar(&o.Schools, "schools", 24, "学校数，至少 14")
	c.Flags().IntVar(&o.Teachers, "teachers", 24, "每校教师数的上限，至少 8")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "抽取学校与教师的种子")
	c.Flags().StringVar(&o.Data, "data", "./demo-data", "演示数据文件夹；以前的演示数据会被清空")
	c.Flags().StringVar(&o.Addr, "addr", "127.0.0.1:8080", "监听地址；默认只接受本机访问")
	c.Flags().BoolVar(&o.Exit, "exit", false, "演示完即退出，不再继续运行")
	return c
}

// startDemo runs an edition on the demo's own folder and clock.
func (p *program) startDemo(ctx context.Context, data, addr string, now func() time.Time) (*demo.Edition, error) {
	a, err := Open(ctx, Options{Data: data, Addr: addr, Clock: now, Logger: p.log, API: api.Config{PasswordPolicy: lasting()}})
	if err != nil {
		return nil, err
	}
	if len(a.Accounts) == 0 {
		a.Close()
		return nil, fmt.Errorf("start demo: the folder %s is not fresh", data)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return &demo.Edition{
		URL: a.URL(), Founders: app.Announce(a.Accounts, ""), Engine: a.Client,
		Board: func(ctx context.Context, out io.Writer) error {
			ledger, err := stuck.Collect(ctx, a.Store, stuck.Query{})
			if err != nil {
				return err
			}
			return ledger.Write(out, "text")
		},
		Stop: func() error {
			cancel()
			err := <-ended
			a.Close()
			return err
		},
	}, nil
}

// lasting are passwords that do not age: the demo's people live through months in a minute.
func lasting() auth.PasswordPolicy {
	p := auth.MLPS()
	p.MaxAge = 0
	return p
}
