package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/sso"
	"zhengxiao/internal/testkit/ssotest"
	"zhengxiao/standalone/attack"
	"zhengxiao/standalone/drive"
	"zhengxiao/standalone/internal/netaddr"
)

// liar is a provider that says what it must not.
type liar struct{ *ssotest.Issuer }

func (l liar) Lie(what string) { l.Misbehave(ssotest.Fault(what)) }

func (liar) Lies() (all []string) {
	for _, f := range ssotest.WrongTokens {
		all = append(all, string(f))
	}
	return all
}

func (l liar) Ended(sub, sid, wrong string) string {
	return l.Issuer.Ended(sub, sid, ssotest.Fault(wrong))
}

func (liar) WrongEnds() (all []string) {
	for _, f := range ssotest.WrongEnds {
		all = append(all, string(f))
	}
	return all
}

// make attack: the demo's city is attacked over HTTP, and nothing gets through.
func TestAttack_gets_nowhere(t *testing.T) { //nolint:paralleltest // one object store in a process
	dir := filepath.Join(t.TempDir(), "demo-data")
	code, out, errs := call(t, "demo", "--schools", "14", "--teachers", "8", "--exit", "--data", dir, "--addr", "127.0.0.1:0")
	require.Equal(t, cli.OK, code, "%s\n%s", errs, out)

	addr, err := netaddr.Resolve(t.Context(), "127.0.0.1:0", "API")
	require.NoError(t, err)
	began := time.Now()
	ticking := func() time.Time { return clock().Add(time.Since(began)) } // budgets fill again
	issuer := ssotest.New(t, ticking)
	a, err := Open(t.Context(), Options{
		Data: dir, Addr: addr, Clock: ticking, Logger: slog.New(slog.DiscardHandler),
		SSO: []sso.Settings{attack.SSO(ssotest.Settings("", issuer.URL))},
		API: api.Config{TrustedProxies: []string{"127.0.0.1"}, Hosts: []string{addr}, PasswordPolicy: lasting()},
	})
	require.NoError(t, err)
	defer a.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()

	report, err := attack.Run(t.Context(), attack.Target{URL: a.URL(), Store: a.Store, Password: drive.DefaultPassword, Provider: liar{issuer}})
	stop()
	require.NoError(t, <-ended)
	if report != nil {
		var table bytes.Buffer
		require.NoError(t, report.Write(&table))
		t.Log("\n" + table.String())
		for _, what := range report.Through() {
			t.Log(what)
		}
	}
	require.NoError(t, err)
	require.Empty(t, report.Through())
	total, by := report.Tried()
	require.Greater(t, total, 6000)
	for class, n := range by {
		require.Greater(t, n, 5, class)
	}
}
