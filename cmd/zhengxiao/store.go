package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"zhengxiao/evidence"
	"zhengxiao/internal/app"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/config"
)

// objects prepares the object store for the product.
func (p *program) objects() *cobra.Command {
	c := &cobra.Command{Use: "store", Short: "准备对象存储：存储桶、api 与 worker 的账号及其权限", Args: cli.NoArgs, RunE: cli.NeedCommand}
	c.AddCommand(p.storeSetup(), p.storePolicy())
	return c
}

func (p *program) storeSetup() *cobra.Command {
	return &cobra.Command{
		Use: "setup", Short: "以存储的根密钥建立存储桶；设置了账号的（versitygw）还会建立账号并授权。可重复执行", Args: cli.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := p.load([]config.Need{config.NeedS3})
			if err != nil {
				return err
			}
			root, err := app.EvidenceConfig(cfg.S3)
			if err != nil {
				return err
			}
			accounts := storeAccounts(cfg.S3)
			if err := evidence.SetUp(c.Context(), root, accounts); err != nil {
				return err
			}
			for _, a := range accounts {
				fmt.Fprintf(c.OutOrStdout(), "%s 的账号已就绪：%s\n", a.Process, a.AccessKey)
			}
			fmt.Fprintf(c.OutOrStdout(), "存储桶 %s 已就绪。\n", cfg.S3.Bucket)
			return nil
		},
	}
}

func storeAccounts(s config.S3) []evidence.Account {
	var all []evidence.Account
	for _, a := range []evidence.Account{
		{Process: evidence.ProcessAPI, AccessKey: s.APIAccessKey, SecretKey: s.APISecretKey},
		{Process: evidence.ProcessWorker, AccessKey: s.WorkerAccessKey, SecretKey: s.WorkerSecretKey},
	} {
		if a.AccessKey != "" {
			all = append(all, a)
		}
	}
	return all
}

// storePolicy prints the rights for stores whose accounts are made by their own tools.
func (p *program) storePolicy() *cobra.Command {
	var bucket string
	names := make([]string, 0, len(evidence.Processes()))
	for _, process := range evidence.Processes() {
		names = append(names, string(process))
	}
	c := &cobra.Command{
		Use: "policy " + strings.Join(names, "|"), Short: "输出一个进程在对象存储中的权限（S3 策略文档），用于 MinIO 等自行建立账号的存储",
		Args: cobra.MaximumNArgs(1), ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			process, err := evidence.ParseProcess(strings.Join(args, ""))
			if err != nil {
				return &cli.UsageError{Err: fmt.Errorf("请写明是哪个进程的权限：%s", strings.Join(names, " 或 "))}
			}
			_, err = c.OutOrStdout().Write(evidence.PolicyFor(process, bucket).JSON())
			return err
		},
	}
	c.Flags().StringVar(&bucket, "bucket", config.Defaults().S3.Bucket, "存储桶")
	return c
}
