package config

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const prefix = "ZX_"

// key ties a dotted path to its field. target is a pointer to string, bool, int,
// float64, []string, time.Duration or slog.Level.
type key struct {
	path   string
	target any
	secret bool
	doc    string
}

func (k key) env() string {
	return prefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}

// keys is the table of every setting, in the order of the reference.
func (c *Config) keys() []key { return append(c.innerKeys(), c.outerKeys()...) }

// innerKeys are of the processes and what they stand on.
func (c *Config) innerKeys() []key {
	const secret = true
	return []key{
		{"http.addr", &c.HTTP.Addr, false, "监听地址；默认只接受本机访问，对外服务时改为 0.0.0.0:8080 或某个网卡的地址。"},
		{"http.tls_cert_file", &c.HTTP.TLSCertFile, false, "监听地址的证书文件（PEM）：设置后只接受 https，供反向代理到本进程这一段加密；更换后须重启。留空则不加密。"},
		{"http.tls_key_file", &c.HTTP.TLSKeyFile, false, "监听地址的证书的私钥文件。"},
		{"http.public_url", &c.HTTP.PublicURL, false, "浏览器访问本系统的地址；为 https 时会话 Cookie 只走加密连接。"},
		{"http.hosts", &c.HTTP.Hosts, false, "除 ZX_HTTP_PUBLIC_URL 外还可用于访问的 主机 或 主机:端口（如内网服务名），逗号分隔；设置了公布的地址后，其他名称一律拒绝（存活检查除外）。"},
		{"trusted_proxies", &c.HTTP.TrustedProxies, false, "可信反向代理的 IP 或网段，逗号分隔；只采信它们给出的客户端地址。"},
		{"http.limits", &c.HTTP.Limits, false, "请求频率上限的倍数（每个账号、每个客户端地址，各进程分别计算）：2 为放宽一倍，0 为不限。来自本机的请求不按地址计算。"},
		{"http.shutdown_timeout", &c.HTTP.ShutdownTimeout, false, "停机时等待进行中请求的最长时间。"},
		{"mysql.dsn", &c.MySQL.DSN, secret, "MySQL 连接串，形如 user:password@tcp(host:3306)/zhengxiao。"},
		{"mysql.tls", &c.MySQL.TLS, false, "是否用 TLS 连接 MySQL，并校验证书与主机名；为真时不会退回不加密的连接。"},
		{"mysql.tls_ca_file", &c.MySQL.TLSCAFile, false, "校验 MySQL 服务端证书的 CA 证书文件；留空用系统 CA。"},
		{"mysql.api_account", &c.MySQL.APIAccount, false, "只用于 migrate：api 在 MySQL 中的账号名，升级结构后授予它所需的权限；留空则不授权（api 使用库的属主）。"},
		{"mysql.worker_account", &c.MySQL.WorkerAccount, false, "只用于 migrate：worker 在 MySQL 中的账号名，同上。"},
		{"mysql.max_open", &c.MySQL.MaxOpen, false, "数据库连接数上限。"},
		{"mysql.conn_lifetime", &c.MySQL.ConnLifetime, false, "单个数据库连接的最长使用时间，应小于服务端的 wait_timeout。"},
		{"temporal.address", &c.Temporal.Address, false, "Temporal 前端服务地址。"},
		{"temporal.namespace", &c.Temporal.Namespace, false, "Temporal 命名空间。"},
		{"temporal.tls", &c.Temporal.TLS, false, "是否用 TLS 连接 Temporal。"},
		{"temporal.tls_ca_file", &c.Temporal.TLSCAFile, false, "校验 Temporal 服务端证书的 CA 证书文件；留空用系统 CA。"},
		{"temporal.tls_cert_file", &c.Temporal.TLSCertFile, false, "连接 Temporal 的客户端证书文件。"},
		{"temporal.tls_key_file", &c.Temporal.TLSKeyFile, false, "连接 Temporal 的客户端私钥文件。"},
		{"temporal.tls_server_name", &c.Temporal.TLSServerName, false, "校验 Temporal 服务端证书时使用的名称。"},
		{"temporal.deployment", &c.Temporal.Deployment, false, "部署名称；设置后按版本分派任务，新版本须用 zhengxiao promote 启用。留空则不区分版本。"},
		{"temporal.build_id", &c.Temporal.BuildID, false, "本程序的版本号，仅在设置部署名称时使用；留空取程序自身的版本。"},
		{"worker.workflow_tasks", &c.Worker.WorkflowTasks, false, "每个工作者同时处理的流程任务数，至少为 2。"},
		{"worker.activities", &c.Worker.Activities, false, "每个工作者同时执行的后台活动数（学时认定、开批次、周报等）。"},
		{"worker.local_activities", &c.Worker.LocalActivities, false, "每个工作者同时办理的决定数；每件占用一个数据库连接，应小于 ZX_MYSQL_MAX_OPEN。"},
		{"worker.cache", &c.Worker.Cache, false, "每个工作者内存中保留的进行中项目数，每个约 33 KB；不在其中的项目办理时先重放历史。"},
		{"worker.pollers", &c.Worker.Pollers, false, "每个工作者向流程引擎等待任务的请求数上限（流程任务、活动各一份），随负载自动增减，至少为 2。"},
		{"worker.drain", &c.Worker.Drain, false, "停机时等待进行中活动的最长时间；应短于容器的终止宽限期。"},
		{"s3.endpoint", &c.S3.Endpoint, false, "对象存储的内部地址 host:port，不带 http://。"},
		{"s3.public_url", &c.S3.PublicURL, false, "浏览器访问对象存储的地址；留空与内部地址相同。"},
		{"s3.access_key", &c.S3.AccessKey, secret, "对象存储访问密钥编号；api 与 worker 各用自己的，见“对象存储的账号”。"},
		{"s3.secret_key", &c.S3.SecretKey, secret, "对象存储访问密钥。"},
		{"s3.api_access_key", &c.S3.APIAccessKey, secret, "只用于 store setup：在 versitygw 上建立的 api 的账号；留空则不建立。"},
		{"s3.api_secret_key", &c.S3.APISecretKey, secret, "只用于 store setup：api 的账号的密钥。"},
		{"s3.worker_access_key", &c.S3.WorkerAccessKey, secret, "只用于 store setup：在 versitygw 上建立的 worker 的账号；留空则不建立。"},
		{"s3.worker_secret_key", &c.S3.WorkerSecretKey, secret, "只用于 store setup：worker 的账号的密钥。"},
		{"s3.bucket", &c.S3.Bucket, false, "存放证明材料的存储桶，须开启版本控制和对象锁定。"},
		{"s3.region", &c.S3.Region, false, "对象存储区域。"},
		{"s3.secure", &c.S3.Secure, false, "内部地址是否使用 https。"},
		{"s3.ca_file", &c.S3.CAFile, false, "校验对象存储内部地址的证书的 CA 证书文件；留空用系统 CA。"},
		{"clamav.address", &c.ClamAV.Address, false, "病毒检查服务 clamd 的地址：host:port，或 Unix 套接字的绝对路径；留空则不检查病毒。"},
		{"clamav.limit_attempts", &c.ClamAV.LimitAttempts, false, "大文件第几次查出超出 clamd 的上限时拒绝；间隔从 10 秒加长到 1 小时，24 次约 15 小时，其间可以调高上限。因其他原因失败的不算。"},
		{"data_keys", &c.DataKeys, secret, "个人信息加密密钥环，形如 k2:base64,k1:base64；第一个用于加密，其余只用于解密。"},
		{"codec_keys", &c.CodecKeys, secret, "Temporal 载荷加密密钥环，形式同上；留空则不加密。"},
		{"codec.addr", &c.Codec.Addr, false, "解密服务（zhengxiao codec）的监听地址；它不提供 TLS，对外须经反向代理。"},
		{"codec.token", &c.Codec.Token, secret, "解密服务的访问令牌，至少 32 个字符。"},
		{"codec.origin", &c.Codec.Origin, false, "允许从浏览器使用解密服务的网页来源，即 Temporal 管理界面的地址，如 https://temporal.example；留空则不允许。"},
		{"session.idle", &c.Session.Idle, false, "无操作多久后自动退出。"},
		{"session.absolute", &c.Session.Absolute, false, "一次登录的最长有效时间。"},
		{"session.most", &c.Session.Most, false, "一个账号最多同时有多少个登录；再登录时，最久没有使用的一个结束，并告知本人。"},
		{"login.max_failures", &c.Login.MaxFailures, false, "连续登录失败多少次后锁定账号。"},
		{"login.lock_for", &c.Login.LockFor, false, "账号锁定多久。"},
		{"password.profile", &c.Password.Profile, false, "密码要求：mlps 为等保（至少 8 位、四类字符中三类、90 天更换、最近 5 次不重复），asvs 为 OWASP ASVS（至少 12 位、不限字符种类、不定期更换、拒绝常见密码）。"},
		{"password.blocklist", &c.Password.Blocklist, false, "已泄露密码的清单文件，其中的密码不能使用：每行一个密码，或按摘要排序的 SHA-1 清单（Have I Been Pwned 的格式，不占内存）。留空则只用内置的常见密码。"},
		{"privacy.notice", &c.Privacy.Notice, false, "隐私政策开头部分的文本文件，一行一段，写明处理者名称等；留空用内置文字。个人信息的类别、目的、期限由系统列出。"},
		{"privacy.contact", &c.Privacy.Contact, false, "隐私政策中的个人信息保护负责人及联系方式。"},
		{"privacy.ask", &c.Privacy.Ask, false, "登录后是否须先阅读隐私政策，内容变化后须再次阅读；false 只在以其他方式逐人告知时使用。"},
		{"second_factor", &c.SecondFactor, false, "谁必须使用动态验证码（TOTP）：off 为自愿，privileged 为系统、安全、审计管理员和工程办、教育局，all 为所有人；没有启用的人登录后须先启用。"},
		{"sso_file", &c.SSOFile, false, "统一身份认证平台（OpenID Connect）的设置文件，JSON，写法见“经平台登录”；留空则只用账号和密码登录。"},
		{"admin.addr", &c.Admin.Addr, false, "监控与诊断的内部监听地址（指标、pprof、存活检查），不得对外开放；同一台机器上的各个进程须各用一个端口；off 为不监听。"},
		{"otel.endpoint", &c.Otel.Endpoint, false, "接收调用链的 OTLP/gRPC 地址，形如 http://127.0.0.1:4317；留空为不发送。"},
		{"otel.ratio", &c.Otel.Ratio, false, "记录调用链的请求所占的比例，0 到 1。"},
	}
}

// outerKeys are of what goes outside, and of the record.
func (c *Config) outerKeys() []key {
	const secret = true
	return []key{
		{"notify.allow", &c.Notify.Allow, false, "通知渠道可以使用的内网网段，逗号分隔，如 10.8.0.0/16；留空则只能发往外网。云主机元数据等地址始终禁止。"},
		{"notify.http", &c.Notify.HTTP, false, "通知渠道在上述网段内是否可以使用不加密的 http。"},
		{"notify.ca_file", &c.Notify.CAFile, false, "除系统 CA 外，校验通知渠道的邮件服务器和网址时采信的 CA 证书文件。"},
		{"audit.key", &c.Audit.Key, secret, "审计签名密钥：32 字节的 Ed25519 种子，base64；只给工作者（worker）。留空则不封存、不签名。"},
		{"audit.public_keys", &c.Audit.PublicKeys, false, "历次审计签名密钥的公钥，base64，逗号分隔；更换密钥后用于校验旧签名，现用密钥的公钥不必写。"},
		{"audit.retention", &c.Audit.Retention, false, "审计日志至少保留多少天，不得少于 184（六个月）；更早的每天清除一次，以签名的凭证代替。"},
		{"syslog.address", &c.Syslog.Address, false, "接收审计日志的 syslog 服务器（RFC 5424）：tls://主机:端口，或不加密的 tcp://主机:端口；只由 worker 外送。留空则不外送。"},
		{"syslog.ca_file", &c.Syslog.CAFile, false, "校验 syslog 服务器证书的 CA 证书文件；留空用系统 CA。"},
		{"syslog.cert_file", &c.Syslog.CertFile, false, "连接 syslog 服务器的客户端证书文件。"},
		{"syslog.key_file", &c.Syslog.KeyFile, false, "连接 syslog 服务器的客户端私钥文件。"},
		{"syslog.facility", &c.Syslog.Facility, false, "外送所用的 facility：audit（13）、auth、authpriv 或 local0 至 local7。"},
		{"syslog.max_message", &c.Syslog.MaxMessage, false, "syslog 服务器接受的一条消息的最大字节数，至少 4096；更长的记录略去各行的校验值（stated），再略去详情（detail），并注明（omitted）。"},
		{"digest", &c.Digest, false, "督办周报的发送时间：五段 cron 表达式，按北京时间；off 为不发。"},
		{"log.level", &c.LogLevel, false, "日志级别：debug、info、warn、error。"},
	}
}

// Key describes one setting for people.
type Key struct {
	Path    string // in the YAML file, dots nest: s3.bucket
	Env     string // ZX_S3_BUCKET
	Secret  bool   // also readable from the file named by Env + "_FILE"
	Default string // as it would be written; "" for none
	Doc     string // Simplified Chinese
}

// Reference lists every setting, in reading order.
func Reference() []Key {
	c := Defaults()
	keys := c.keys()
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = Key{Path: k.path, Env: k.env(), Secret: k.secret, Default: text(k.target), Doc: k.doc}
	}
	return out
}

// Markdown returns the reference as a table, for docs/operations.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| 环境变量 | 配置文件 | 默认值 | 说明 |\n|---|---|---|---|\n")
	for _, k := range Reference() {
		value, env := "—", "`"+k.Env+"`"
		if k.Default != "" {
			value = "`" + k.Default + "`"
		}
		if k.Secret {
			env += "（或 `_FILE`）"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", env, k.Path, value, k.Doc)
	}
	return b.String()
}

// LogValue lists the settings without their secrets.
func (c Config) LogValue() slog.Value {
	keys := c.keys()
	attrs := make([]slog.Attr, len(keys))
	for i, k := range keys {
		value := text(k.target)
		if k.secret && value != "" {
			value = "***"
		}
		attrs[i] = slog.String(k.path, value)
	}
	return slog.GroupValue(attrs...)
}

// text writes a setting the way it is read.
func text(target any) string {
	switch v := target.(type) {
	case *string:
		return *v
	case *[]string:
		return strings.Join(*v, ",")
	case *time.Duration:
		s := v.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	case *slog.Level:
		return strings.ToLower(v.String())
	case *bool:
		return fmt.Sprint(*v)
	case *int:
		return fmt.Sprint(*v)
	case *float64:
		return fmt.Sprint(*v)
	}
	panic(fmt.Sprintf("config: no text for %T", target))
}
