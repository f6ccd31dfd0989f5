package config_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/config"
)

const ring = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestDefaultsAreValidAndLocal(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", nil)
	require.NoError(t, err)
	require.Equal(t, config.Defaults(), c)
	require.NoError(t, c.Validate())
	require.Equal(t, "127.0.0.1:8080", c.HTTP.Addr)
}

func TestEnvironmentOverFileOverDefaults(t *testing.T) {
	t.Parallel()
	file := write(t, "zx.yaml", `
http: {addr: "127.0.0.1:1", shutdown_timeout: 5s}
trusted_proxies: [10.0.0.1, 10.1.0.0/16]
s3: {secure: false, bucket: from-file}
log: {level: warn}
`)
	c, err := config.Load(file, []string{
		"ZX_HTTP_ADDR=127.0.0.1:2", "ZX_S3_SECURE=true", "ZX_SESSION_IDLE=10m", "ZX_MYSQL_MAX_OPEN=7",
		"ZX_MYSQL_DSN=u:p=q@tcp(db:3306)/zx?parseTime=true", "ZX_S3_BUCKET=", "PATH=/bin",
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", c.HTTP.Addr)
	require.Equal(t, 5*time.Second, c.HTTP.ShutdownTimeout)
	require.Equal(t, []string{"10.0.0.1", "10.1.0.0/16"}, c.HTTP.TrustedProxies)
	require.True(t, c.S3.Secure)
	require.Equal(t, "from-file", c.S3.Bucket, "an empty variable is unset")
	require.Equal(t, slog.LevelWarn, c.LogLevel)
	require.Equal(t, 10*time.Minute, c.Session.Idle)
	require.Equal(t, 7, c.MySQL.MaxOpen)
	require.Equal(t, "u:p=q@tcp(db:3306)/zx?parseTime=true", c.MySQL.DSN)
	require.NoError(t, c.Validate(config.NeedMySQL))
}

func TestListsAndUnknownVariables(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", []string{
		"ZX_TRUSTED_PROXIES=10.0.0.1, 10.1.0.0/16", "ZX_HTTP_ADR=x", "ZX_TEST_MYSQL_DSN=x", "ZX_CACHE=/x",
		"ZX_HTTP_ADDR_FILE=/not/a/secret",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.1", "10.1.0.0/16"}, c.HTTP.TrustedProxies)
	require.Equal(t, []string{"ZX_HTTP_ADDR_FILE", "ZX_HTTP_ADR"}, c.Unknown)
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	path := write(t, "keys", ring+"\n")
	c, err := config.Load("", []string{"ZX_DATA_KEYS_FILE=" + path})
	require.NoError(t, err)
	require.Equal(t, ring, c.DataKeys)

	_, err = config.Load("", []string{"ZX_DATA_KEYS_FILE=" + path, "ZX_DATA_KEYS=" + ring})
	require.ErrorContains(t, err, "ZX_DATA_KEYS_FILE 同时设置")
	_, err = config.Load("", []string{"ZX_S3_SECRET_KEY_FILE=" + path + ".missing"})
	require.ErrorContains(t, err, "ZX_S3_SECRET_KEY_FILE")
}

func TestLoadReportsEveryMistake(t *testing.T) {
	t.Parallel()
	file := write(t, "zx.yaml", "http: {adr: x}\nmysql: {dsn: [very-secret]}\nsession: {absolute: 30}\n")
	_, err := config.Load(file, []string{
		"ZX_SESSION_IDLE=soon", "ZX_MYSQL_MAX_OPEN=many", "ZX_S3_SECURE=perhaps", "ZX_LOG_LEVEL=loud",
	})
	for _, want := range []string{
		"http.adr", "ZX_MYSQL_DSN", "ZX_SESSION_ABSOLUTE", "ZX_SESSION_IDLE", "ZX_MYSQL_MAX_OPEN", "ZX_S3_SECURE", "ZX_LOG_LEVEL",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "very-secret")

	_, err = config.Load(write(t, "bad.yaml", "http: ["), nil)
	require.ErrorContains(t, err, "YAML")
	_, err = config.Load("missing.yaml", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestValidateReportsEveryMistake(t *testing.T) {
	t.Parallel()
	c := config.Defaults()
	c.HTTP = config.HTTP{Addr: "8080", TLSKeyFile: "key.pem", PublicURL: "zx.example", TrustedProxies: []string{"10.0.0.0/33", "proxy"}, Hosts: []string{"https://zx.example", "a b"}, Limits: -1}
	c.MySQL = config.MySQL{DSN: "root:very-secret@nowhere", TLSCAFile: "ca.pem"}
	c.S3.Secure, c.S3.CAFile = false, "ca.pem"
	c.Temporal = config.Temporal{Address: "host", TLSCertFile: "cert.pem", Deployment: "整校", BuildID: "1:2"}
	c.Worker = config.Worker{WorkflowTasks: 1, Pollers: 1}
	c.S3.Endpoint, c.S3.PublicURL = "http://store", "ftp://store"
	c.S3.APIAccessKey, c.S3.WorkerSecretKey = "api", "very-secret"
	c.ClamAV = config.ClamAV{Address: "clamd.ctl"}
	c.DataKeys, c.CodecKeys = "a:short", "b"
	c.Session = config.Session{Idle: time.Hour, Absolute: time.Minute}
	c.Codec = config.Codec{Addr: "codec", Token: "very-secret", Origin: "https://ui.example/namespaces"}
	c.Login, c.Audit.Retention = config.Login{}, 183
	c.Admin.Addr, c.Otel = "9090", config.Otel{Endpoint: "collector:4317", Ratio: 5}
	err := c.Validate(config.NeedTemporal, config.NeedS3)
	for _, want := range []string{
		"ZX_HTTP_ADDR：", "ZX_HTTP_TLS_CERT_FILE 与 ZX_HTTP_TLS_KEY_FILE：须同时设置", "ZX_HTTP_LIMITS：", "ZX_HTTP_PUBLIC_URL：", `"10.0.0.0/33"`, `"proxy"`, `ZX_HTTP_HOSTS："https://zx.example"`, `"a b"`, "ZX_HTTP_SHUTDOWN_TIMEOUT：",
		"ZX_MYSQL_DSN：", "ZX_MYSQL_TLS：", "ZX_S3_SECURE：", "ZX_MYSQL_MAX_OPEN：", "ZX_MYSQL_CONN_LIFETIME：",
		"ZX_TEMPORAL_ADDRESS：", "ZX_TEMPORAL_NAMESPACE：必须设置", "ZX_TEMPORAL_TLS_CERT_FILE", "ZX_TEMPORAL_TLS：",
		"ZX_S3_ENDPOINT：", "ZX_S3_PUBLIC_URL：", "ZX_S3_ACCESS_KEY：必须设置", "ZX_S3_SECRET_KEY：必须设置",
		"ZX_S3_API_ACCESS_KEY 与 ZX_S3_API_SECRET_KEY：须同时设置", "ZX_S3_WORKER_ACCESS_KEY 与 ZX_S3_WORKER_SECRET_KEY：须同时设置",
		"ZX_DATA_KEYS：", "ZX_CODEC_KEYS：", "ZX_SESSION_IDLE：",
		"ZX_TEMPORAL_DEPLOYMENT：", "ZX_TEMPORAL_BUILD_ID：", "ZX_WORKER_WORKFLOW_TASKS：必须至少为 2", "ZX_WORKER_ACTIVITIES：",
		"ZX_WORKER_LOCAL_ACTIVITIES：", "ZX_WORKER_CACHE：", "ZX_WORKER_POLLERS：必须至少为 2", "ZX_WORKER_DRAIN：",
		"ZX_CODEC_ADDR：", "ZX_CODEC_TOKEN：应至少有 32 个字符", "ZX_CODEC_ORIGIN：", "ZX_LOGIN_MAX_FAILURES：", "ZX_LOGIN_LOCK_FOR：",
		"ZX_CLAMAV_ADDRESS：", "ZX_CLAMAV_LIMIT_ATTEMPTS：必须至少为 1", "ZX_AUDIT_RETENTION：必须至少为 184",
		"ZX_ADMIN_ADDR：", "ZX_OTEL_ENDPOINT：", "ZX_OTEL_RATIO：",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "very-secret")
}

func TestReferenceCoversEveryField(t *testing.T) {
	t.Parallel()
	fields := leaves(reflect.TypeFor[config.Config]()) - 1 // Unknown is not a setting
	ref := config.Reference()
	require.Len(t, ref, fields)
	seen := map[string]bool{}
	table := config.Markdown()
	for _, k := range ref {
		require.False(t, seen[k.Env], k.Env)
		seen[k.Env] = true
		require.NotEmpty(t, k.Doc, k.Env)
		require.Contains(t, table, "`"+k.Path+"`")
	}
	for _, env := range []string{"ZX_HTTP_ADDR", "ZX_TRUSTED_PROXIES", "ZX_LOG_LEVEL", "ZX_S3_ACCESS_KEY", "ZX_DATA_KEYS"} {
		require.True(t, seen[env], env)
	}
}

// A default, written as the reference shows it, reads back as itself.
func TestReferenceDefaultsReadBack(t *testing.T) {
	t.Parallel()
	var environ []string
	for _, k := range config.Reference() {
		environ = append(environ, k.Env+"="+k.Default)
	}
	c, err := config.Load("", environ)
	require.NoError(t, err)
	require.Equal(t, config.Defaults(), c)
}

func leaves(t reflect.Type) int {
	n := 0
	for f := range t.Fields() {
		if f.Type.Kind() == reflect.Struct {
			n += leaves(f.Type)
		} else {
			n++
		}
	}
	return n
}

func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	c := config.Defaults()
	c.MySQL.DSN, c.DataKeys, c.S3.SecretKey = "very-secret", "very-secret", "very-secret"
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "config", c)
	require.NotContains(t, out.String(), "very-secret")
	require.Contains(t, out.String(), "config.http.addr=127.0.0.1:8080")
	require.Equal(t, 1, strings.Count(out.String(), "config.data_keys=***"))
}

func TestSecureCookies(t *testing.T) {
	t.Parallel()
	require.True(t, config.HTTP{PublicURL: "https://zx.example"}.SecureCookies())
	require.False(t, config.HTTP{PublicURL: "http://zx.example"}.SecureCookies())
	require.False(t, config.HTTP{}.SecureCookies())
}

func TestTheDigestsTimeIsACronExpressionOrOff(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"0 8 * * 1": true, "30 7 * * MON,FRI": true, "*/5 8-9 * * *": true, "off": true, "": false, "8:00": false, "0 8 * * 1 2026": false, "0 8 * * 星期一": false,
	} {
		c := config.Defaults()
		c.Digest = text
		if valid {
			require.NoError(t, c.Validate(), text)
			continue
		}
		require.ErrorContains(t, c.Validate(), "ZX_DIGEST", text)
	}
}

func TestThePrivateAddressIsNotThePublicOne(t *testing.T) {
	t.Parallel()
	for addr, valid := range map[string]bool{
		"127.0.0.1:9090": true, "off": true, "": true, "0.0.0.0:9090": true, "127.0.0.2:8080": true,
		"127.0.0.1:8080": false, "0.0.0.0:8080": false, ":8080": false, "[::]:8080": false, "9090": false,
	} {
		c := config.Defaults()
		c.Admin.Addr = addr
		if valid {
			require.NoError(t, c.Validate(), addr)
			continue
		}
		require.ErrorContains(t, c.Validate(), "ZX_ADMIN_ADDR", addr)
	}
	c := config.Defaults()
	c.HTTP.Addr, c.Admin.Addr = "127.0.0.1:0", "127.0.0.1:0"
	require.NoError(t, c.Validate(), "both take any free port")
}

// The receiver of the audit log is checked as a whole before anything runs.
func TestSyslog(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"":                       {"ZX_SYSLOG_ADDRESS=tls://logs.example:6514", "ZX_SYSLOG_FACILITY=local3"},
		"ZX_SYSLOG_ADDRESS：应为":   {"ZX_SYSLOG_ADDRESS=logs.example:6514"},
		"ZX_SYSLOG_FACILITY":     {"ZX_SYSLOG_FACILITY=kern"},
		"ZX_SYSLOG_MAX_MESSAGE":  {"ZX_SYSLOG_MAX_MESSAGE=2048"},
		"ZX_SYSLOG_KEY_FILE：须同时": {"ZX_SYSLOG_ADDRESS=tls://logs.example:6514", "ZX_SYSLOG_CERT_FILE=/a"},
		"ZX_SYSLOG_ADDRESS：设置了":  {"ZX_SYSLOG_ADDRESS=tcp://logs.example:514", "ZX_SYSLOG_CA_FILE=/a"},
	} {
		c, err := config.Load("", environ)
		require.NoError(t, err)
		if err = c.Validate(); want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	to, err := config.Syslog{Address: "tls://logs.example:6514", Facility: "audit"}.Target()
	require.NoError(t, err)
	require.Equal(t, "logs.example", to.TLS.ServerName)
	require.Equal(t, 13, to.Facility)
	_, err = config.Syslog{Address: "tls://logs.example:6514", Facility: "audit", CAFile: "/nowhere"}.Target()
	require.ErrorContains(t, err, "ZX_SYSLOG_CA_FILE")
	to, err = config.Syslog{}.Target()
	require.NoError(t, err)
	require.Nil(t, to)
}
