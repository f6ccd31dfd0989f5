package demo

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

func TestUnitsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	list, err := units()
	require.NoError(t, err)
	require.Len(t, list, 12)
	all, direct := 0, 0
	for _, u := range list {
		all += u.teachers
		if u.direct() {
			direct++
		}
	}
	require.Equal(t, 140843, all, "000:57")
	require.Equal(t, 1, direct)
}

func TestSchoolsAreDrawnInProportion(t *testing.T) {
	t.Parallel()
	for _, schools := range []int{14, 24, 100, 677} {
		list, err := units()
		require.NoError(t, err)
		out := draw(list, schools, 24, seeded(1))
		require.Len(t, out, schools)
		codes := map[string]bool{}
		for _, d := range out {
			require.GreaterOrEqual(t, d.teachers, fewest)
			require.LessOrEqual(t, d.teachers, 24)
			require.False(t, codes[d.code], d.code)
			codes[d.code] = true
		}
		for _, u := range list {
			require.GreaterOrEqual(t, u.schools, 1, u.name)
			for _, v := range list {
				require.False(t, u.teachers > v.teachers && u.schools < v.schools, "%s and %s", u.name, v.name)
			}
		}
		again, err := units()
		require.NoError(t, err)
		require.Equal(t, out, draw(again, schools, 24, seeded(1)), "the same seed draws the same schools")
	}
}

func TestSchoolsMayBeSmaller(t *testing.T) {
	t.Parallel()
	list, err := units()
	require.NoError(t, err)
	for _, d := range draw(list, 24, fewest, seeded(1)) {
		require.Equal(t, fewest, d.teachers)
	}
}

func TestEveryStageIsCast(t *testing.T) {
	t.Parallel()
	_, err := cast(13, seeded(1))
	require.Equal(t, apperr.Invalid, apperr.CodeOf(err))
	for _, schools := range []int{14, 24, 60} {
		roles, err := cast(schools, seeded(1))
		require.NoError(t, err)
		require.Len(t, roles, schools)
		stages := map[domain.Stage]bool{}
		results := map[domain.Result]bool{}
		late := false
		for _, r := range roles {
			stages[r.Ends], results[r.Result] = true, true
			late = late || r.rest > 0
		}
		for _, s := range append(domain.Stages(), "") {
			require.True(t, stages[s], "%d schools, stage %q", schools, s)
		}
		require.Len(t, results, 4, "open, passed, failed, terminated")
		require.True(t, late)
	}
}

func TestEveryRoleFitsTheTime(t *testing.T) {
	t.Parallel()
	for _, r := range append(every(), besides()...) {
		done, err := r.schedule()
		require.NoError(t, err, r.Name)
		require.Zero(t, done[0], r.Name)
		require.Equal(t, len(r.Legs), done[steps-r.rest], r.Name)
		require.Equal(t, len(r.Legs), done[steps], r.Name)
	}
}

func TestOnlyAnEarlierDemoIsRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo-data")
	require.NoError(t, emptyFolder(dir), "absent")
	file := filepath.Join(dir, "old")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, emptyFolder(dir), "an earlier demo")
	require.NoFileExists(t, file)

	lock, err := os.Create(filepath.Join(dir, lockFile))
	require.NoError(t, err)
	require.NoError(t, emptyFolder(dir), "stopped")
	require.NoError(t, lock.Close())
	lock, err = os.Create(filepath.Join(dir, lockFile))
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
	require.Equal(t, apperr.Conflict, apperr.CodeOf(emptyFolder(dir)), "still running")
	require.NoError(t, lock.Close())

	other := t.TempDir()
	require.NoError(t, emptyFolder(other), "empty")
	precious := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(precious, 0o700))
	file = filepath.Join(precious, "thesis")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Equal(t, apperr.Conflict, apperr.CodeOf(emptyFolder(precious)))
	require.FileExists(t, file)
}
