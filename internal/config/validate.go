package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"zhengxiao/internal/notary"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/syslog"
)

// Need is a part of the configuration that a program cannot do without.
type Need string

// The parts a program may need; what it does not need may stay empty.
const (
	NeedMySQL    Need = "mysql"
	NeedTemporal Need = "temporal"
	NeedS3       Need = "s3"
	NeedDataKeys Need = "data_keys"
	NeedCodec    Need = "codec"
)

// Validate reports every mistake at once: settings that make no sense, and needed ones
// that are empty.
func (c *Config) Validate(needs ...Need) error {
	errs := c.required(needs)
	errs = append(errs,
		bad("ZX_HTTP_ADDR", hostPort(c.HTTP.Addr)),
		bad("ZX_HTTP_LIMITS", factor(c.HTTP.Limits)),
		bad("ZX_HTTP_PUBLIC_URL", webURL(c.HTTP.PublicURL)),
		bad("ZX_MYSQL_DSN", dsn(c.MySQL.DSN)),
		bad("ZX_MYSQL_API_ACCOUNT", shape(mysqlAccount, c.MySQL.APIAccount)),
		bad("ZX_MYSQL_WORKER_ACCOUNT", shape(mysqlAccount, c.MySQL.WorkerAccount)),
		bad("ZX_MYSQL_MAX_OPEN", atLeastOne(c.MySQL.MaxOpen)),
		bad("ZX_TEMPORAL_ADDRESS", hostPort(c.Temporal.Address)),
		bad("ZX_TEMPORAL_DEPLOYMENT", shape(deploymentName, c.Temporal.Deployment)),
		bad("ZX_TEMPORAL_BUILD_ID", shape(buildID, c.Temporal.BuildID)),
		bad("ZX_WORKER_WORKFLOW_TASKS", atLeast(2, c.Worker.WorkflowTasks)),
		bad("ZX_WORKER_ACTIVITIES", atLeastOne(c.Worker.Activities)),
		bad("ZX_WORKER_LOCAL_ACTIVITIES", atLeastOne(c.Worker.LocalActivities)),
		bad("ZX_WORKER_CACHE", atLeastOne(c.Worker.Cache)),
		bad("ZX_WORKER_POLLERS", atLeast(2, c.Worker.Pollers)),
		bad("ZX_WORKER_DRAIN", positive(c.Worker.Drain)),
		bad("ZX_S3_ENDPOINT", hostPort(c.S3.Endpoint)),
		bad("ZX_S3_PUBLIC_URL", webURL(c.S3.PublicURL)),
		bad("ZX_CLAMAV_ADDRESS", socket(c.ClamAV.Address)),
		bad("ZX_CLAMAV_LIMIT_ATTEMPTS", atLeastOne(c.ClamAV.LimitAttempts)),
		bad("ZX_DATA_KEYS", keyring(c.DataKeys)),
		bad("ZX_CODEC_KEYS", keyring(c.CodecKeys)),
		bad("ZX_CODEC_ADDR", hostPort(c.Codec.Addr)),
		bad("ZX_CODEC_TOKEN", token(c.Codec.Token)),
		bad("ZX_CODEC_ORIGIN", origin(c.Codec.Origin)),
		bad("ZX_LOGIN_MAX_FAILURES", atLeastOne(c.Login.MaxFailures)),
		bad("ZX_DIGEST", cron(c.Digest)),
		bad("ZX_AUDIT_KEY", auditKey(c.Audit.Key)),
		bad("ZX_AUDIT_PUBLIC_KEYS", publicKeys(c.Audit.PublicKeys)),
		bad("ZX_AUDIT_RETENTION", atLeast(AuditRetention, c.Audit.Retention)),
		bad("ZX_SYSLOG_ADDRESS", receiver(c.Syslog.Address)),
		bad("ZX_SYSLOG_FACILITY", facility(c.Syslog.Facility)),
		bad("ZX_SYSLOG_MAX_MESSAGE", atLeast(leastMessage, c.Syslog.MaxMessage)),
		bad("ZX_ADMIN_ADDR", c.adminAddr()),
		bad("ZX_OTEL_ENDPOINT", webURL(c.Otel.Endpoint)),
		bad("ZX_OTEL_RATIO", share(c.Otel.Ratio)),
		bad("ZX_HTTP_SHUTDOWN_TIMEOUT", positive(c.HTTP.ShutdownTimeout)),
		bad("ZX_MYSQL_CONN_LIFETIME", positive(c.MySQL.ConnLifetime)),
		bad("ZX_SESSION_IDLE", positive(c.Session.Idle)),
		bad("ZX_SESSION_ABSOLUTE", positive(c.Session.Absolute)),
		bad("ZX_SESSION_MOST", atLeastOne(c.Session.Most)),
		bad("ZX_SECOND_FACTOR", oneOf(c.SecondFactor, "off", "privileged", "all")),
		bad("ZX_PASSWORD_PROFILE", oneOf(c.Password.Profile, "mlps", "asvs")),
		bad("ZX_LOGIN_LOCK_FOR", positive(c.Login.LockFor)),
	)
	for _, h := range c.HTTP.Hosts {
		errs = append(errs, bad("ZX_HTTP_HOSTS", hostName(h)))
	}
	for _, p := range c.Notify.Allow {
		errs = append(errs, bad("ZX_NOTIFY_ALLOW", prefixOnly(p)))
	}
	if c.Notify.HTTP && len(c.Notify.Allow) == 0 {
		errs = append(errs, errors.New("ZX_NOTIFY_HTTP：只用于 ZX_NOTIFY_ALLOW 中的网段，请先设置"))
	}
	for _, p := range c.HTTP.TrustedProxies {
		errs = append(errs, bad("ZX_TRUSTED_PROXIES", network(p)))
	}
	if c.Session.Idle > c.Session.Absolute {
		errs = append(errs, errors.New("ZX_SESSION_IDLE：不能比 ZX_SESSION_ABSOLUTE 更长"))
	}
	if c.SSOFile != "" && c.HTTP.PublicURL == "" {
		errs = append(errs, errors.New("ZX_SSO_FILE：平台登录后要回到本系统，请同时设置 ZX_HTTP_PUBLIC_URL"))
	}
	errs = append(errs, c.halves()...)
	if !strings.HasPrefix(c.Syslog.Address, "tls:") && c.Syslog.CAFile+c.Syslog.CertFile != "" {
		errs = append(errs, errors.New("ZX_SYSLOG_ADDRESS：设置了证书，地址却不是 tls:// 开头"))
	}
	if !c.Temporal.TLS && c.Temporal.TLSCAFile+c.Temporal.TLSCertFile+c.Temporal.TLSServerName != "" {
		errs = append(errs, errors.New("ZX_TEMPORAL_TLS：设置了证书却没有启用 TLS，请设为 true"))
	}
	return wrap(errs)
}

// halves names the settings that stand without the one they belong to.
func (c *Config) halves() (errs []error) {
	for _, p := range []struct{ name, value, otherName, other string }{
		{"ZX_HTTP_TLS_CERT_FILE", c.HTTP.TLSCertFile, "ZX_HTTP_TLS_KEY_FILE", c.HTTP.TLSKeyFile},
		{"ZX_TEMPORAL_TLS_CERT_FILE", c.Temporal.TLSCertFile, "ZX_TEMPORAL_TLS_KEY_FILE", c.Temporal.TLSKeyFile},
		{"ZX_SYSLOG_CERT_FILE", c.Syslog.CertFile, "ZX_SYSLOG_KEY_FILE", c.Syslog.KeyFile},
		{"ZX_S3_API_ACCESS_KEY", c.S3.APIAccessKey, "ZX_S3_API_SECRET_KEY", c.S3.APISecretKey},
		{"ZX_S3_WORKER_ACCESS_KEY", c.S3.WorkerAccessKey, "ZX_S3_WORKER_SECRET_KEY", c.S3.WorkerSecretKey},
	} {
		if (p.value == "") != (p.other == "") {
			errs = append(errs, fmt.Errorf("%s 与 %s：须同时设置", p.name, p.otherName))
		}
	}
	if !c.MySQL.TLS && c.MySQL.TLSCAFile != "" {
		errs = append(errs, errors.New("ZX_MYSQL_TLS：设置了证书却没有启用 TLS，请设为 true"))
	}
	if !c.S3.Secure && c.S3.CAFile != "" {
		errs = append(errs, errors.New("ZX_S3_SECURE：设置了证书却没有启用 https，请设为 true"))
	}
	return errs
}

func (c *Config) required(needs []Need) []error {
	type pair struct{ name, value string }
	parts := map[Need][]pair{
		NeedMySQL:    {{"ZX_MYSQL_DSN", c.MySQL.DSN}},
		NeedTemporal: {{"ZX_TEMPORAL_ADDRESS", c.Temporal.Address}, {"ZX_TEMPORAL_NAMESPACE", c.Temporal.Namespace}},
		NeedS3: {
			{"ZX_S3_ENDPOINT", c.S3.Endpoint},
			{"ZX_S3_BUCKET", c.S3.Bucket},
			{"ZX_S3_ACCESS_KEY", c.S3.AccessKey},
			{"ZX_S3_SECRET_KEY", c.S3.SecretKey},
		},
		NeedDataKeys: {{"ZX_DATA_KEYS", c.DataKeys}},
		NeedCodec:    {{"ZX_CODEC_KEYS", c.CodecKeys}, {"ZX_CODEC_TOKEN", c.Codec.Token}},
	}
	var errs []error
	for _, need := range needs {
		for _, p := range parts[need] {
			if p.value == "" {
				errs = append(errs, fmt.Errorf("%s：必须设置", p.name))
			}
		}
	}
	return errs
}

func bad(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s：%w", name, err)
}

func auditKey(s string) error {
	if s == "" {
		return nil
	}
	if _, err := notary.ParseSigner(s); err != nil {
		return errors.New("须为 32 字节随机数的 base64，可用 openssl rand -base64 32 生成")
	}
	return nil
}

func publicKeys(list []string) error {
	if _, err := notary.ParseKeys(list); err != nil {
		return errors.New("每项须为 Ed25519 公钥（32 字节）的 base64，用逗号分隔")
	}
	return nil
}

func receiver(s string) error {
	if s == "" {
		return nil
	}
	if _, _, err := syslog.ParseAddress(s); err != nil {
		return errors.New("应为 tls://主机:端口 或 tcp://主机:端口，例如 tls://logs.example:6514")
	}
	return nil
}

func facility(s string) error {
	if _, err := syslog.Facility(s); err != nil {
		return errors.New("应为 audit、auth、authpriv 或 local0 至 local7")
	}
	return nil
}

func hostPort(s string) error {
	if s == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		return errors.New("应为 主机:端口，例如 127.0.0.1:8080")
	}
	return nil
}

// adminAddr keeps the private server off the public address.
func (c *Config) adminAddr() error {
	if !c.Admin.Listens() {
		return nil
	}
	if err := hostPort(c.Admin.Addr); err != nil {
		return fmt.Errorf("%w；不监听请写 off", err)
	}
	host, port, _ := net.SplitHostPort(c.Admin.Addr)
	publicHost, publicPort, err := net.SplitHostPort(c.HTTP.Addr)
	if err == nil && port != "0" && port == publicPort && (host == publicHost || everywhere(host) || everywhere(publicHost)) {
		return errors.New("不能与 ZX_HTTP_ADDR 相同：指标与诊断不对外提供，请换一个端口")
	}
	return nil
}

// everywhere reports whether a host to listen on stands for every interface.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

func share(f float64) error {
	if f >= 0 && f <= 1 {
		return nil
	}
	return errors.New("应为 0 到 1 之间的小数，例如 0.05")
}

func factor(f float64) error {
	const widest = 1000
	if f >= 0 && f <= widest {
		return nil
	}
	return fmt.Errorf("应为 0 到 %d 之间的数", widest)
}

// socket is host:port or a path.
func socket(s string) error {
	if strings.HasPrefix(s, "/") {
		return nil
	}
	if err := hostPort(s); err != nil {
		return fmt.Errorf("%w；或 Unix 套接字的绝对路径，例如 /run/clamav/clamd.ctl", err)
	}
	return nil
}

func webURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("应为以 http:// 或 https:// 开头的地址")
	}
	return nil
}

// origin is a web address of scheme and host only, as browsers send it.
func origin(s string) error {
	if u, err := url.Parse(s); webURL(s) != nil || err != nil || s != "" && s != u.Scheme+"://"+u.Host {
		return errors.New("应为 https://主机 或 https://主机:端口，后面不带路径")
	}
	return nil
}

// tokenSize is how many characters are too many to guess.
const tokenSize = 32

func token(s string) error {
	if s != "" && len(s) < tokenSize {
		return fmt.Errorf("应至少有 %d 个字符，例如用 openssl rand -hex 32 生成", tokenSize)
	}
	return nil
}

// dsn never repeats the text: it holds a password.
func dsn(s string) error {
	if s == "" {
		return nil
	}
	if d, err := mysql.ParseDSN(s); err != nil || d.DBName == "" {
		return errors.New("应为 用户:密码@tcp(主机:端口)/库名 形式的 MySQL 连接串")
	}
	return nil
}

func network(s string) error {
	_, errAddr := netip.ParseAddr(s)
	_, errNet := netip.ParsePrefix(s)
	if errAddr != nil && errNet != nil {
		return fmt.Errorf("%q 不是 IP 地址或网段", s)
	}
	return nil
}

// hostName takes what a Host header may hold.
func hostName(s string) error {
	if u, err := url.Parse("http://" + s); err != nil || s == "" || u.Host != s || u.Hostname() == "" {
		return fmt.Errorf("%q 应为 主机 或 主机:端口", s)
	}
	return nil
}

// prefixOnly takes a network with its length, never a single address.
func prefixOnly(s string) error {
	if _, err := netip.ParsePrefix(s); err != nil {
		return fmt.Errorf("%q 不是网段，例如 10.8.0.0/16", s)
	}
	return nil
}

func keyring(s string) error {
	if s == "" {
		return nil
	}
	_, err := secret.ParseKeyring(s)
	return err
}

func positive(d time.Duration) error {
	if d <= 0 {
		return errors.New("必须大于零")
	}
	return nil
}

func atLeastOne(n int) error { return atLeast(1, n) }

func atLeast(least, n int) error {
	if n < least {
		return fmt.Errorf("必须至少为 %d", least)
	}
	return nil
}

// What the engine takes for names of deployments and of their versions.
var (
	deploymentName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	mysqlAccount   = regexp.MustCompile(`^[A-Za-z0-9_]{1,32}$`)
	buildID        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`)
)

func shape(pattern *regexp.Regexp, s string) error {
	if s == "" || pattern.MatchString(s) {
		return nil
	}
	return fmt.Errorf("只能用字母、数字、-、_ 等，不超过 64 个字符，应符合 %s", pattern)
}

var cronField = regexp.MustCompile(`^[0-9A-Za-z*/,-]+$`)

// cron looks at the shape only: the engine reads the expression.
func cron(text string) error {
	fields := strings.Fields(text)
	const five = 5
	if text == "off" || len(fields) == five && !slices.ContainsFunc(fields, func(f string) bool { return !cronField.MatchString(f) }) {
		return nil
	}
	return fmt.Errorf("“%s”不是五段的 cron 表达式，例如每周一 8 点为 0 8 * * 1；不发周报请写 off", text)
}

func oneOf(value string, choices ...string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return errors.New("只能是 " + strings.Join(choices, "、") + " 之一")
}
