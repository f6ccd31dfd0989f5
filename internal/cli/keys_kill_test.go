package cli_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/cli"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/sqlitedb"
	"zhengxiao/models"
)

// movedDB names the database that a child process of the test below rotates the keys of,
// movedKeys its keys.
const (
	movedDB   = "ZX_TEST_KEYS_DB"
	movedKeys = "ZX_TEST_KEYS"
	numbered  = 2000
)

func over(t *testing.T, db *gorm.DB, keys string) *models.Store {
	t.Helper()
	ring, err := secret.ParseKeyring(keys)
	require.NoError(t, err)
	return models.New(db, testkit.NewClock().Now, ring)
}

// A process of its own, which is killed amid rotating.
func TestRotateUntilKilled(t *testing.T) {
	t.Parallel()
	where := os.Getenv(movedDB)
	if where == "" {
		return // only as that child
	}
	var db *gorm.DB
	if path, ok := strings.CutPrefix(where, "sqlite:"); ok {
		var err error
		db, err = sqlitedb.Open(path)
		require.NoError(t, err)
	} else {
		db = testkit.OpenDSN(t, where)
	}
	store := over(t, db, os.Getenv(movedKeys))
	open := func(context.Context) (*models.Store, func(), error) { return store, func() {}, nil }
	code := cli.Main(t.Context(), cli.Keys(open), []string{"rotate"}, os.Stdout, os.Stdout)
	require.Equal(t, cli.OK, code)
}

// Rotating is killed with no chance to tidy up; it is run again, and nothing is left under
// the former keys. Whole numbers find their people before, in between and afterwards.
func TestAKilledRotationIsResumed(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db := testkit.SQLite(t)
		rotatedInSpiteOfAKill(t, db, "sqlite:"+testkit.File(t, db))
	})
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		if testkit.MySQLDSN() == "" {
			t.Skip("ZX_TEST_MYSQL_DSN names no server")
		}
		db := testkit.MySQL(t)
		rotatedInSpiteOfAKill(t, db, testkit.DSN(t, db, ""))
	})
}

func rotatedInSpiteOfAKill(t *testing.T, db *gorm.DB, where string) {
	t.Helper()
	entry := func(id string) string {
		text, err := secret.Generate(id)
		require.NoError(t, err)
		return text
	}
	k1, k2, i1, i2 := entry("k1"), entry("k2"), entry("index"), entry("index")
	former := over(t, db, k1+","+i1)
	w := testkit.NewWorld(t, former, testkit.NewClock())
	list := make([]models.NewUser, numbered)
	for i := range list {
		list[i] = models.NewUser{Login: fmt.Sprint("u", i), Name: "某人", OrgID: w.School.ID, Phone: fmt.Sprint(13800000000 + i), IDNumber: idOf(i)}
	}
	users, err := former.CreateUsers(t.Context(), list)
	require.NoError(t, err)
	keys := k2 + "," + k1 + "," + i2 + ",index-old:" + strings.TrimPrefix(i1, "index:")
	moving := over(t, db, keys)
	found := func(s *models.Store) {
		for _, i := range []int{0, numbered / 3, numbered / 2, numbered - 1} {
			u, err := s.UserByIDNumber(t.Context(), idOf(i))
			require.NoError(t, err)
			require.Equal(t, users[i].ID, u.ID)
			p, err := s.Personal(u)
			require.NoError(t, err)
			require.Equal(t, models.Personal{IDNumber: idOf(i), Phone: list[i].Phone}, p)
		}
	}
	left := func() int {
		uses, err := moving.KeyUses(t.Context(), nil)
		require.NoError(t, err)
		n := 0
		for _, u := range uses {
			require.Empty(t, u.Faults)
			n += u.Left("k2")
		}
		return n
	}
	found(moving)
	all := left()

	child := testkit.StartChild(t, "TestRotateUntilKilled", movedDB+"="+where, movedKeys+"="+keys)
	child.Await(2, func(line string) bool { return strings.Contains(line, "users.id_number：已看") })
	child.Kill()
	some := left()
	require.Less(t, some, all)
	require.Positive(t, some, "it was killed too late")
	found(moving)
	require.Equal(t, models.CodeKeyInUse, apperr.CodeOf(moving.CheckDroppable(t.Context(), "k1")))

	_, err = moving.RotateKeys(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, left())
	found(moving)
	require.NoError(t, moving.CheckDroppable(t.Context(), "k1"))
	require.NoError(t, moving.CheckDroppable(t.Context(), secret.OldIndexKeyID))
	found(over(t, db, k2+","+i2))
}

// idOf is the n-th of some valid ID numbers.
func idOf(n int) string {
	body := fmt.Sprintf("440524199%d%02d%02d%03d", n/1000%10, n/100%10+1, 11, n%100)
	for _, last := range "0123456789X" {
		if id := body + string(last); secret.ValidID(id) {
			return id
		}
	}
	return ""
}
