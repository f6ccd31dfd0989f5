// Package config reads the settings of the programs: defaults, then an optional YAML
// file, then the environment. Every setting has one dotted key (mysql.dsn), one variable
// (ZX_MYSQL_DSN) and, if it is a secret, a variable that names a file holding it
// (ZX_MYSQL_DSN_FILE). The table in keys.go is the only list of them.
package config

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"time"

	"zhengxiao/internal/outbound"
	"zhengxiao/internal/syslog"
)

// Config is every setting. The zero value is not useful; start from Defaults or Load.
type Config struct { //nolint:recvcheck // LogValue must work on a copy, too
	HTTP     HTTP
	MySQL    MySQL
	Temporal Temporal
	Worker   Worker
	Codec    Codec
	S3       S3
	ClamAV   ClamAV
	Session  Session
	Login    Login
	Password Password
	Privacy  Privacy
	Admin    Admin
	Otel     Otel
	Notify   Notify

	// DataKeys is the keyring of encrypted columns, in the form of secret.ParseKeyring.
	DataKeys string
	// CodecKeys is the keyring of Temporal payloads; "" leaves payloads readable.
	CodecKeys string
	Audit     Audit
	// Syslog is where the audit log is sent.
	Syslog Syslog

	// Digest is when the weekly digest goes out: a cron expression in China's time, or off.
	Digest string
	// SSOFile describes the OpenID providers that people may sign in through; "" is none.
	SSOFile string
	// SecondFactor is who must have a second factor: off, privileged or all.
	SecondFactor string
	// LogLevel is the least level that is logged.
	LogLevel slog.Level

	// Unknown names the ZX_ variables that no setting answers to: probably misspelt, worth
	// a warning, but no error, since orchestrators inject variables of their own.
	Unknown []string
}

// HTTP is the API's own server.
type HTTP struct {
	// Addr is the host:port to listen on. An empty host listens on every interface.
	Addr string
	// TLSCertFile and TLSKeyFile have the server speak TLS; both or neither.
	TLSCertFile, TLSKeyFile string
	// PublicURL is where browsers reach the server; https makes cookies Secure.
	PublicURL string
	// Hosts are names by which clients reach the server besides PublicURL's.
	Hosts []string
	// TrustedProxies are the addresses or networks whose X-Forwarded-For is believed.
	TrustedProxies []string
	// Limits widens (or below 1 narrows) how much one account or address may ask for; 0 is
	// no limits.
	Limits float64
	// ShutdownTimeout is how long running requests may take to finish.
	ShutdownTimeout time.Duration
}

// SecureCookies reports whether browsers reach the server over https.
func (h HTTP) SecureCookies() bool {
	u, err := url.Parse(h.PublicURL)
	return err == nil && u.Scheme == "https"
}

// Names are the hosts that requests may be addressed to; none while PublicURL is not set:
// then nobody knows them.
func (h HTTP) Names() []string {
	u, err := url.Parse(h.PublicURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return append([]string{u.Host}, h.Hosts...)
}

// MySQL is the database of record.
type MySQL struct {
	// DSN is in the form of go-sql-driver/mysql.
	DSN string
	// TLS encrypts the connection and verifies the server, whatever the DSN says.
	TLS bool
	// TLSCAFile verifies the server instead of the system's authorities.
	TLSCAFile string
	// APIAccount and WorkerAccount are the accounts of those processes, to which migrate
	// gives their rights; empty where they use the owner's.
	APIAccount, WorkerAccount string
	// MaxOpen bounds the connection pool; as many are kept idle.
	MaxOpen int
	// ConnLifetime bounds the age of a connection; stay below the server's wait_timeout
	// and any middlebox's.
	ConnLifetime time.Duration
}

// Temporal is the workflow engine's frontend.
type Temporal struct {
	// Address is the host:port of the frontend.
	Address string
	// Namespace holds the cases.
	Namespace string
	// TLS encrypts the connection; the files below imply nothing without it.
	TLS bool
	// TLSCAFile verifies the server instead of the system's authorities.
	TLSCAFile string
	// TLSCertFile and TLSKeyFile authenticate this client; both or neither.
	TLSCertFile string
	TLSKeyFile  string
	// TLSServerName is verified instead of the address's host.
	TLSServerName string
	// Deployment is the name shared by the versions of this program that run side by side;
	// "" is no versions: any worker takes any task.
	Deployment string
	// BuildID is this version's; "" is the program's own.
	BuildID string
}

// Worker bounds what one worker process does at a time.
type Worker struct {
	WorkflowTasks   int
	Activities      int
	LocalActivities int
	// Cache is how many running workflows stay in memory.
	Cache int
	// Pollers is how many requests for tasks may wait at the engine, of each kind.
	Pollers int
	// Drain is how long running activities may take to finish when the worker stops.
	Drain time.Duration
}

// Codec is the server that decodes payloads for the engine's own tools.
type Codec struct {
	// Addr is the host:port to listen on.
	Addr string
	// Token is what every request must carry.
	Token string
	// Origin is the one web page that may ask; "" is none.
	Origin string
}

// S3 is the object store of the evidence.
type S3 struct {
	// Endpoint is the host:port the server itself uses.
	Endpoint string
	// PublicURL is the store as browsers reach it; "" is Endpoint.
	PublicURL string
	AccessKey string
	SecretKey string
	// APIAccessKey to WorkerSecretKey are the accounts of those processes, which store setup
	// makes; empty where the store's own tools do.
	APIAccessKey, APISecretKey, WorkerAccessKey, WorkerSecretKey string
	// Bucket must have versioning and object lock.
	Bucket string
	// Region signs requests.
	Region string
	// Secure uses https to Endpoint.
	Secure bool
	// CAFile verifies Endpoint instead of the system's authorities.
	CAFile string
}

// ClamAV checks uploads for malware.
type ClamAV struct {
	// Address is clamd's host:port, or the absolute path of its Unix socket; "" checks nothing.
	Address string
	// LimitAttempts is how often a large file is found beyond clamd's limits until it is rejected.
	LimitAttempts int
}

// Session bounds how long a login lasts.
type Session struct {
	// Idle ends a session without requests.
	Idle time.Duration
	// Absolute ends any session.
	Absolute time.Duration
	// Most is how many sessions an account has at a time.
	Most int
}

// Login bounds password guessing.
type Login struct {
	// MaxFailures in a row lock an account.
	MaxFailures int
	// LockFor is how long it stays locked.
	LockFor time.Duration
}

// Password says which passwords people may choose.
type Password struct {
	// Profile is mlps (GB/T 22239) or asvs (OWASP ASVS 5.0).
	Profile string
	// Blocklist is a file of passwords that became known, or of their hashes; "" is none.
	Blocklist string
}

// Privacy is what the operator says in the 隐私政策.
type Privacy struct {
	// Notice is a file with the beginning of the text, a paragraph a line; "" is the usual one.
	Notice string
	// Contact is who answers for the protection of personal data (PIPL art. 17, 52).
	Contact string
	// Ask has people read each version before they go on.
	Ask bool
}

// Admin is the private server of an operator: metrics, pprof, a sign of life.
type Admin struct {
	// Addr is the host:port to listen on; "" or Off for none.
	Addr string
}

// Audit is how the audit log is proved.
type Audit struct {
	// Key signs, in the form of notary.ParseSigner; "" signs and seals nothing.
	Key string
	// PublicKeys verify what former keys have signed, in the form of notary.ParseKeys.
	PublicKeys []string
	// Retention is for how many days entries are kept at least.
	Retention int
}

// Keeps is Retention as a duration.
func (a Audit) Keeps() time.Duration { return time.Duration(a.Retention) * 24 * time.Hour }

// AuditRetention is for how many days the audit log must be kept: six months.
const AuditRetention = 184

// Syslog is the receiver of the audit log.
type Syslog struct {
	// Address is tls://host:port or tcp://host:port; "" sends nothing.
	Address string
	// CAFile verifies the receiver instead of the system's authorities.
	CAFile string
	// CertFile and KeyFile authenticate us; both or neither.
	CertFile string
	KeyFile  string
	// Facility is what messages go under.
	Facility string
	// MaxMessage is how many bytes the receiver takes as one message.
	MaxMessage int
}

// leastMessage is what a message needs without what it may leave out.
const leastMessage = 4096

// dataID names the structured data of messages. The number is the one that IANA keeps for
// those without one of their own (RFC 5612).
const dataID = "zhengxiao@32473"

// Target is the receiver that the settings name, nil for none.
func (s Syslog) Target() (*syslog.Target, error) {
	if s.Address == "" {
		return nil, nil //nolint:nilnil // nothing is sent
	}
	address, encrypted, err := syslog.ParseAddress(s.Address)
	if err != nil {
		return nil, fmt.Errorf("ZX_SYSLOG_ADDRESS：%w", err)
	}
	facility, err := syslog.Facility(s.Facility)
	if err != nil {
		return nil, fmt.Errorf("ZX_SYSLOG_FACILITY：%w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name of this machine: %w", err)
	}
	t := &syslog.Target{Source: syslog.Source{Facility: facility, Host: host, App: "zhengxiao", DataID: dataID}, Address: address}
	if !encrypted {
		return t, nil
	}
	if t.TLS, err = syslog.ClientTLS(address, s.CAFile, s.CertFile, s.KeyFile); err != nil {
		return nil, fmt.Errorf("ZX_SYSLOG_CA_FILE、ZX_SYSLOG_CERT_FILE、ZX_SYSLOG_KEY_FILE：%w", err)
	}
	return t, nil
}

// Off in place of an address keeps something from being served.
const Off = "off"

// Listens reports whether the private server is wanted.
func (a Admin) Listens() bool { return a.Addr != "" && a.Addr != Off }

// Notify bounds where notices go outside.
type Notify struct {
	// Allow are networks of one's own that channels may lead to, besides public addresses.
	Allow []string
	// HTTP permits http:// within those networks.
	HTTP bool
	// CAFile has authorities to believe besides the system's, for servers within them.
	CAFile string
}

// Policy is what the settings permit. They are validated.
func (n Notify) Policy() (outbound.Policy, error) {
	p := outbound.Policy{PlainHTTP: n.HTTP}
	for _, text := range n.Allow {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return p, fmt.Errorf("ZX_NOTIFY_ALLOW：%w", err)
		}
		p.Allow = append(p.Allow, prefix)
	}
	if n.CAFile == "" {
		return p, nil
	}
	var err error
	if p.Roots, err = x509.SystemCertPool(); err != nil {
		p.Roots = x509.NewCertPool()
	}
	return p, believe(p.Roots, "ZX_NOTIFY_CA_FILE", n.CAFile)
}

// Otel is where traces go.
type Otel struct {
	// Endpoint takes OTLP over gRPC, as a URL; "" for no traces.
	Endpoint string
	// Ratio is how many of the requests are traced, from 0 to 1.
	Ratio float64
}

// Defaults returns the settings that hold when nothing else is said. They reach no
// database, engine or store that needs a secret.
func Defaults() Config {
	return Config{
		HTTP:     HTTP{Addr: "127.0.0.1:8080", Limits: 1, ShutdownTimeout: 15 * time.Second},
		MySQL:    MySQL{MaxOpen: 32, ConnLifetime: 3 * time.Minute},
		Temporal: Temporal{Address: "127.0.0.1:7233", Namespace: "zhengxiao"},
		Worker:   Worker{WorkflowTasks: 100, Activities: 8, LocalActivities: 24, Cache: 4000, Pollers: 16, Drain: 20 * time.Second},
		Codec:    Codec{Addr: "127.0.0.1:8081"},
		S3:       S3{Bucket: "zhengxiao-evidence", Region: "us-east-1", Secure: true},
		ClamAV:   ClamAV{LimitAttempts: 24},
		Session:  Session{Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Most: 5},
		Login:    Login{MaxFailures: 5, LockFor: 15 * time.Minute},
		Password: Password{Profile: "mlps"},
		Privacy:  Privacy{Ask: true},
		Admin:    Admin{Addr: "127.0.0.1:9090"},
		Otel:     Otel{Ratio: 0.05},
		Audit:    Audit{Retention: AuditRetention},
		Syslog:   Syslog{Facility: "audit", MaxMessage: 8192},
		Digest:   "0 8 * * 1", SecondFactor: "off",
		LogLevel: slog.LevelInfo,
	}
}
