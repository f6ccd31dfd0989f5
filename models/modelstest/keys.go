package modelstest

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// aged seals an account's numbers as the first releases did: bound to their columns only.
func aged(t *testing.T, w *testkit.World, k *secret.Keyring, u *models.User, p models.Personal) {
	t.Helper()
	old := func(column, plain string) string {
		id, raw := k.Encrypt(column, []byte(plain))
		return id + ":" + base64.RawStdEncoding.EncodeToString(raw)
	}
	require.NoError(t, w.Store.DB(t.Context()).Exec(`UPDATE users SET id_number_enc = ?, id_number_index = ?, phone_enc = ?, phone_index = ? WHERE id = ?`,
		old("users.id_number", p.IDNumber), k.Index("users.id_number", p.IDNumber), old("users.phone", p.Phone), k.Index("users.phone", p.Phone), u.ID).Error)
}

func ringOf(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	k, err := secret.ParseKeyring(text)
	require.NoError(t, err)
	return k
}

func key(t *testing.T, id string) string {
	t.Helper()
	text, err := secret.Generate(id)
	require.NoError(t, err)
	return text
}

const otherNumber = "440524188001010014"

// testRotateKeys changes both keys while accounts are found, changed and added.
func testRotateKeys(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	k1, k2, i1, i2 := key(t, "k1"), key(t, "k2"), key(t, "index"), key(t, "index")
	former := ringOf(t, k1+","+i1)
	over := func(text string) *models.Store { return models.New(w.Store.DB(ctx), w.Clock.Now, ringOf(t, text)) }
	first := w.User(w.School, domain.RoleTeacher)
	second := w.User(w.School, domain.RoleTeacher)
	aged(t, w, former, first, models.Personal{IDNumber: idNumber, Phone: phone})
	require.NoError(t, over(k1+","+i1).UpdateUser(ctx, second.ID, "乙", models.Personal{IDNumber: otherNumber}))

	moving := over(k2 + "," + k1 + "," + i2 + ",index-old:" + strings.TrimPrefix(i1, "index:"))
	found := func(number string) string {
		u, err := moving.UserByIDNumber(ctx, number)
		require.NoError(t, err)
		return u.ID
	}
	require.Equal(t, first.ID, found(idNumber), "found under the former index")
	_, err := moving.CreateUser(ctx, models.NewUser{Login: "again", Name: "丙", OrgID: w.School.ID, IDNumber: idNumber})
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err), "nobody gets a second account during the move")
	require.Equal(t, models.CodeKeyInUse, apperr.CodeOf(moving.CheckDroppable(ctx, "k1")))
	require.Equal(t, models.CodeKeyInUse, apperr.CodeOf(moving.CheckDroppable(ctx, "k2")), "it seals")
	require.Equal(t, models.CodeKeyInUse, apperr.CodeOf(moving.CheckDroppable(ctx, secret.OldIndexKeyID)))

	uses, err := moving.KeyUses(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, models.KeyUse{Column: "users.id_number", Rows: 2, Keys: map[string]int{"k1": 2}, Unbound: 1, Indexes: 2}, uses[0])

	// Cut off after the first column, and taken up again.
	cut, stop := context.WithCancel(ctx)
	_, err = moving.RotateKeys(cut, func(models.KeyUse) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	done, err := moving.RotateKeys(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"k2": 2}, done[0].Keys)
	require.Zero(t, done[0].Unbound+done[0].Indexes+done[0].Rewritten, "what was done before the cut stays done")
	require.Equal(t, 1, done[1].Rewritten)
	for _, id := range []string{"k1", secret.OldIndexKeyID} {
		require.NoError(t, moving.CheckDroppable(ctx, id))
	}
	again, err := moving.RotateKeys(ctx, nil)
	require.NoError(t, err)
	for _, u := range again {
		require.Zero(t, u.Rewritten)
		require.Zero(t, u.Left("k2"))
	}

	after := over(k2 + "," + i2)
	u, err := after.UserByIDNumber(ctx, idNumber)
	require.NoError(t, err)
	data, err := after.Personal(u)
	require.NoError(t, err)
	require.Equal(t, models.Personal{IDNumber: idNumber, Phone: phone}, data)

	// Values that are swapped between rows do not open, and are told.
	require.NoError(t, w.Store.DB(ctx).Exec("UPDATE users SET id_number_enc = ? WHERE id = ?", u.IDNumberEnc, second.ID).Error)
	swapped, err := after.User(ctx, second.ID)
	require.NoError(t, err)
	_, err = after.Personal(swapped)
	require.Equal(t, apperr.Corrupt, apperr.CodeOf(err))
	told, err := after.KeyUses(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, second.ID, told[0].Faults[0].Row)
}

// Every column that the store seals is moved to the next key.
func testSealedColumns(w *testkit.World) {
	t := w.T
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, name := range names {
		raw, err := os.ReadFile(name)
		require.NoError(t, errors.Join(err))
		source.Write(raw)
	}
	listed := models.SealedColumns()
	calls := regexp.MustCompile(`[.]Seal\((column\w+)`).FindAllStringSubmatch(source.String(), -1)
	require.NotEmpty(t, calls)
	for _, c := range calls {
		value := regexp.MustCompile(`\b` + c[1] + `\s*=\s*"([^"]+)"`).FindStringSubmatch(source.String())
		require.NotNil(t, value, c[1])
		require.Contains(t, listed, value[1], "%s is sealed: add it to sealedColumns, or it keeps its old key for ever", value[1])
	}
}
