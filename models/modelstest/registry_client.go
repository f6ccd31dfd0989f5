package modelstest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/certtest"
	"zhengxiao/models"
)

// The pair by which a registry knows us is taken only if it would be good, its key is
// sealed, and it stays until it is replaced or taken away.
func testRegistryClient(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	until := w.Clock.Now().AddDate(1, 0, 0)
	certificate, key, _ := certtest.Client(t, until)
	_, strange, _ := certtest.Client(t, until)
	old, oldKey, _ := certtest.Client(t, w.Clock.Now().Add(-time.Second))
	put := func(url string, p *models.ClientPair) (*models.Registry, error) {
		reg, err := w.Store.RegistryOf(ctx, w.City.ID)
		require.NoError(t, err)
		n := models.NewRegistry{Mode: reg.Mode, Settings: reg.Settings, Client: p}
		n.Settings.Certificate = "not for whoever sets it"
		if url != "" {
			secret := "s3cret"
			n.Settings.URL, n.Secret = url, &secret
		}
		return w.Store.PutRegistry(ctx, w.City, n, b.one)
	}
	for _, c := range []struct {
		field, word string
		pair        models.ClientPair
	}{
		{"certificate", "同时", models.ClientPair{Key: key}},
		{"client_key", "同时", models.ClientPair{Certificate: certificate}},
		{"certificate", "PEM", models.ClientPair{Certificate: "x", Key: key}},
		{"certificate", "PEM", models.ClientPair{Certificate: key, Key: key}},
		{"client_key", "配套", models.ClientPair{Certificate: certificate, Key: strange}},
		{"client_key", "口令", models.ClientPair{
			Certificate: certificate, Key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
		}},
		{"certificate", "到期", models.ClientPair{Certificate: old, Key: oldKey}},
	} {
		_, err := put("", &c.pair)
		require.Equal(t, c.field, apperr.FieldOf(err), "%v", err)
		require.Contains(t, apperr.MessageOf(err), c.word)
	}
	reg, err := put("", &models.ClientPair{Certificate: certificate + "\n", Key: key})
	require.NoError(t, err)
	require.Equal(t, &models.RegistryCertificate{Subject: "CN=zhengxiao", Until: until.Truncate(time.Second)}, reg.ClientCertificate())
	reg, err = put("", nil)
	require.NoError(t, err)
	require.NotNil(t, reg.ClientCertificate(), "it stays")
	require.NotContains(t, *reg.ClientKey, "PRIVATE KEY")
	b.batch()
	page, err := w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(key), page.Endpoint.Key)
	reg, err = put("", &models.ClientPair{})
	require.NoError(t, err)
	require.Nil(t, reg.ClientCertificate())
	require.Nil(t, reg.ClientKey)
}

// A registry's rate is that of all its batches together; what waits for it is nobody's
// failure.
func testRegistryRate(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	reg, err := w.Store.RegistryOf(ctx, w.City.ID)
	require.NoError(t, err)
	n := models.NewRegistry{Mode: reg.Mode, Settings: reg.Settings}
	n.Settings.PerMinute = 60_001
	_, err = w.Store.PutRegistry(ctx, w.City, n, b.one)
	require.Equal(t, "per_minute", apperr.FieldOf(err))
	n.Settings.PerMinute, n.Settings.PageSize = 2, 1
	_, err = w.Store.PutRegistry(ctx, w.City, n, b.one)
	require.NoError(t, err)
	b.batch()
	var left []string
	next := func() bool {
		p, err := w.Store.NextRegistryPage(ctx)
		require.NoError(t, err)
		if p == nil {
			return false
		}
		for _, l := range p.Lines {
			left = append(left, l.No)
			_, err = w.Store.RegistryPageSent(ctx, p, nil)
			require.NoError(t, err)
		}
		return true
	}
	require.True(t, next())
	require.False(t, next(), "two a minute: one every thirty seconds")
	w.Clock.Advance(29 * time.Second)
	require.False(t, next())
	w.Clock.Advance(time.Second)
	require.True(t, next())
	require.Len(t, left, 2)
	require.NotEqual(t, left[0], left[1])
}
