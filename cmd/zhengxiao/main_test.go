package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/cli"
)

type result struct {
	code      int
	out, errs string
}

func call(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, environ, &out, &errs)
	return result{code, out.String(), errs.String()}
}

func TestRun_usage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		code int
		out  string
		errs string
	}{
		"no command":       {nil, cli.Usage, "", "请给出要执行的命令"},
		"unknown command":  {[]string{"teleport"}, cli.Usage, "", "没有“teleport”这个命令"},
		"unknown flag":     {[]string{"api", "--port", "1"}, cli.Usage, "", "参数有误"},
		"stray argument":   {[]string{"worker", "now"}, cli.Usage, "", "命令 worker 不接受参数“now”"},
		"unknown format":   {[]string{"stuck", "--format", "xml"}, cli.Usage, "", "没有“xml”这种格式，可选：text、csv、json"},
		"no folder":        {[]string{"files", "export"}, cli.Usage, "", "请给出一个文件夹"},
		"help":             {[]string{"--help"}, cli.OK, "命令：", ""},
		"help of stuck":    {[]string{"stuck", "--help"}, cli.OK, "--overdue", ""},
		"version":          {[]string{"version"}, cli.OK, "zhengxiao ", ""},
		"missing file":     {[]string{"api", "--config", "absent.yaml"}, cli.Failure, "", "读取配置文件"},
		"engine without":   {[]string{"engine"}, cli.Usage, "", "请给出要执行的命令"},
		"engine to where":  {[]string{"engine", "start"}, cli.Usage, "", "没有“start”这个命令"},
		"short retention":  {[]string{"engine", "setup", "--retention", "0"}, cli.Usage, "", "至少为 1 天"},
		"ramp of 120":      {[]string{"promote", "--ramp", "120"}, cli.Usage, "", "0 到 100"},
		"rights of whom":   {[]string{"store", "policy", "root"}, cli.Usage, "", "api 或 worker"},
		"rights in what":   {[]string{"store", "policy", "api", "--bucket", "papers"}, cli.OK, "arn:aws:s3:::papers/cases/*", ""},
		"store of nothing": {[]string{"store", "setup"}, cli.Failure, "", "ZX_S3_ENDPOINT：必须设置"},
		"no configuration": {[]string{"migrate"}, cli.Failure, "", "config_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, nil, tc.args...)
			require.Equal(t, tc.code, r.code, r.errs)
			require.Contains(t, r.out, tc.out)
			require.Contains(t, r.errs, tc.errs)
			if tc.errs == "" {
				require.Empty(t, r.errs)
			} else {
				require.Empty(t, r.out)
			}
		})
	}
}

func TestRun_help_lists_every_command(t *testing.T) {
	t.Parallel()
	r := call(t, nil, "--help")
	for _, name := range []string{"api", "worker", "migrate", "engine", "store", "codec", "promote", "stuck", "reconcile", "files", "version"} {
		require.Contains(t, r.out, "\n  "+name+" ")
	}
}

func TestRun_reports_every_mistake_of_the_configuration_at_once(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte("htpp: {addr: x}\n"), 0o600))
	r := call(t, []string{"ZX_CONFIG=" + file, "ZX_HTTP_ADDR=nowhere", "ZX_MYSQL_MAX_OPEN=many", "ZX_DATA_KEYS=short"}, "api")
	require.Equal(t, cli.Failure, r.code)
	for _, want := range []string{
		"htpp.addr 不是已知的配置项", "ZX_MYSQL_MAX_OPEN（配置文件 mysql.max_open）：无法识别，应为整数", "ZX_HTTP_ADDR：应为",
		"ZX_MYSQL_DSN：必须设置", "ZX_S3_ENDPOINT：必须设置", "ZX_S3_ACCESS_KEY：必须设置", "ZX_DATA_KEYS：",
	} {
		require.Contains(t, r.errs, want)
	}
	require.NotContains(t, r.errs, "short", "secrets are not repeated")
}

func TestRun_names_a_database_that_is_away(t *testing.T) {
	t.Parallel()
	r := call(t, []string{"ZX_MYSQL_DSN=u:p4ssw0rd@tcp(127.0.0.1:1)/zhengxiao"}, "stuck")
	require.Equal(t, cli.Failure, r.code)
	require.Contains(t, r.errs, "错误（unavailable）：数据库暂时无法访问")
	require.NotContains(t, r.errs, "p4ssw0rd")
}

func TestRun_promote_needs_a_version(t *testing.T) {
	t.Parallel()
	r := call(t, nil, "promote")
	require.Equal(t, cli.Failure, r.code)
	require.Contains(t, r.errs, "没有设置 ZX_TEMPORAL_DEPLOYMENT")
	r = call(t, []string{"ZX_TEMPORAL_DEPLOYMENT=zhengxiao", "ZX_TEMPORAL_ADDRESS=127.0.0.1:1", "ZX_TEMPORAL_BUILD_ID=a"}, "promote", "--wait", "100ms")
	require.Equal(t, cli.Failure, r.code)
	require.Contains(t, r.errs, "版本 a 没有启用")
}
