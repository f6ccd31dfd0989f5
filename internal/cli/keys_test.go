package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/cli"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A key is added, everything is moved to it, and only then may the former one go.
func TestKeysAreChanged(t *testing.T) {
	t.Parallel()
	db, clock := testkit.SQLite(t), testkit.NewClock()
	entry := func(id string) string {
		text, err := secret.Generate(id)
		require.NoError(t, err)
		return text
	}
	k1, k2, index := entry("k1"), entry("k2"), entry("index")
	ring := k1 + "," + index
	run := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := cli.Main(t.Context(), cli.Keys(func(context.Context) (*models.Store, func(), error) {
			keys, err := secret.ParseKeyring(ring)
			require.NoError(t, err)
			return models.New(db, clock.Now, keys), func() {}, nil
		}), args, &out, &errs)
		return code, out.String() + errs.String()
	}
	keys, err := secret.ParseKeyring(ring)
	require.NoError(t, err)
	store := models.New(db, clock.Now, keys)
	w := testkit.NewWorld(t, store, clock)
	u := w.User(w.School)
	require.NoError(t, store.UpdateUser(t.Context(), u.ID, "甲", models.Personal{IDNumber: "11010519491231002X", Phone: "13812345678"}))

	code, text := run("status")
	require.Equal(t, cli.OK, code, text)
	require.Contains(t, text, "users.phone：1 个值，密钥 k1 1 个\n")
	ring = k2 + "," + k1 + "," + index
	code, text = run("status")
	require.Equal(t, cli.Findings, code, text)
	code, text = run("drop", "k1")
	require.Equal(t, cli.Failure, code)
	require.Contains(t, text, "key_in_use")
	code, text = run("rotate")
	require.Equal(t, cli.OK, code, text)
	require.Contains(t, text, "users.id_number：1 个值，密钥 k2 1 个；本次改写 1 个\n")
	require.NotContains(t, text, "13812345678")
	code, text = run("drop", "k1")
	require.Equal(t, cli.OK, code, text)
	ring = k2 + "," + index
	code, _ = run("status", "--json")
	require.Equal(t, cli.OK, code)

	ring = entry("k3") + "," + index
	code, text = run("status")
	require.Equal(t, cli.Findings, code, "a key is missing")
	require.Contains(t, text, u.ID)
	code, text = run("new", "k4")
	require.Equal(t, cli.OK, code)
	require.True(t, strings.HasPrefix(text, "k4:"))
	code, _ = run("new", "Bad Key")
	require.Equal(t, cli.Usage, code)
	code, _ = run("drop")
	require.Equal(t, cli.Usage, code)
}
