// Package app puts the parts of the product together: what a configuration names is
// opened here, an empty database gets its first rows, and a server runs until it is told
// to stop. The production and the embedded programs share it.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"gorm.io/gorm"

	"zhengxiao/evidence"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/config"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/outbound"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/telemetry"
	"zhengxiao/internal/temporalx"
	"zhengxiao/models"
)

// App holds a process's connections. Parts that the process does not need are nil.
type App struct {
	Config   config.Config
	Logger   *slog.Logger
	DB       *gorm.DB
	Store    *models.Store
	Evidence *evidence.Store
	Client   client.Client
	Clock    func() time.Time
	// Outbound is where channels may lead.
	Outbound outbound.Policy
	// Telemetry is nil but in a process that serves, see OpenService.
	Telemetry *telemetry.Telemetry

	scanner *clamav.Client // of uploads; nil when they are not checked
	closers []func()
}

// Open opens what needs names. The engine is not dialled yet, so that a server can start
// and serve reads while the engine is down; the database and the object store must
// answer. The configuration is expected to be valid.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger, needs ...config.Need) (*App, error) {
	a := &App{Config: cfg, Logger: log, Clock: time.Now}
	if err := a.open(ctx, needs); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context, needs []config.Need) error {
	steps := map[config.Need]func(context.Context) error{
		config.NeedMySQL: a.openStore, config.NeedTemporal: a.openClient, config.NeedS3: a.openEvidence,
	}
	for _, need := range []config.Need{config.NeedMySQL, config.NeedTemporal, config.NeedS3} {
		if !slices.Contains(needs, need) {
			continue
		}
		if err := steps[need](ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) openStore(ctx context.Context) error {
	keys, err := keyring(a.Config.DataKeys)
	if err != nil {
		return err
	}
	my := a.Config.MySQL
	client, err := my.Client()
	if err != nil {
		return err
	}
	db, err := models.OpenMySQL(models.MySQL{ //nolint:contextcheck // bounded by itself
		DSN: my.DSN, TLS: client, MaxOpen: my.MaxOpen, MaxLifetime: my.ConnLifetime, Logger: a.Logger,
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("open database pool: %w", err)
	}
	a.closers = append(a.closers, func() { _ = pool.Close() })
	a.DB, a.Store = db, models.New(db, a.Clock, keys)
	if a.Outbound, err = a.Config.Notify.Policy(); err != nil {
		return err
	}
	a.Store.Outbound(a.Outbound)
	return a.Store.Ping(ctx)
}

func (a *App) openClient(context.Context) error {
	keys, err := keyring(a.Config.CodecKeys)
	if err != nil {
		return err
	}
	a.Client, err = temporalx.Lazy(a.Config.Temporal, keys, a.Logger, a.Telemetry.Engine())
	if err != nil {
		return fmt.Errorf("open engine client: %w", err)
	}
	a.closers = append(a.closers, a.Client.Close)
	return nil
}

func (a *App) openEvidence(ctx context.Context) error {
	a.scanner = a.newScanner()
	c, err := EvidenceConfig(a.Config.S3)
	if err != nil {
		return err
	}
	c.Scanner = a.scanner
	a.Evidence, err = evidence.Open(ctx, c)
	return err
}

// EvidenceConfig is the object store as it is configured.
func EvidenceConfig(s3 config.S3) (evidence.Config, error) {
	roots, err := s3.Roots()
	return evidence.Config{
		Endpoint: s3.Endpoint, PublicURL: s3.PublicURL, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey,
		Bucket: s3.Bucket, Region: s3.Region, Secure: s3.Secure, Roots: roots,
	}, err
}

// Signer is the key that signs the audit log; nil when none is configured.
func (a *App) Signer() (*notary.Signer, error) {
	if a.Config.Audit.Key == "" {
		return nil, nil //nolint:nilnil // no key is configured
	}
	return notary.ParseSigner(a.Config.Audit.Key)
}

// AuditKeys verify what was signed, now and formerly.
func (a *App) AuditKeys() (notary.Keys, error) {
	list := a.Config.Audit.PublicKeys
	by, err := a.Signer()
	if err != nil {
		return nil, err
	}
	if by != nil {
		list = append(slices.Clone(list), by.Public())
	}
	return notary.ParseKeys(list)
}

// keyring reads a ring; none is nil.
func keyring(text string) (*secret.Keyring, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no keys are configured
	}
	return secret.ParseKeyring(text)
}

// Close gives the connections back, the last opened first.
func (a *App) Close() {
	for _, closer := range slices.Backward(a.closers) {
		closer()
	}
	a.closers = nil
}
