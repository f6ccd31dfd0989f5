//go:build !race

// The race detector makes the database driver, which is C translated to Go, too slow for a
// district, and memory is not what it is.

package importer_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

const (
	// districtTeachers is how many teachers 白云区 has.
	districtTeachers = 20_403
	districtSchools  = 150
	seededBad        = 500
	maxMemory        = 300 << 20
)

// A district's teachers in one sheet: dry run and import show progress, memory stays
// within bounds, and a second import changes nothing. It is the first test of the package
// and not parallel: memory is the process's.
func TestADistrictInOneSheet(t *testing.T) { //nolint:paralleltest // see above
	clock := testkit.NewClock()
	s := testkit.Store(t, clock)
	w := testkit.NewWorld(t, s, clock)
	schools := make([]models.Org, districtSchools)
	ids := make([]string, districtSchools)
	for i := range schools {
		schools[i] = *w.Org(w.District, models.LevelSchool, fmt.Sprintf("baiyun%03d", i), fmt.Sprintf("白云区第%d小学", i))
		ids[i] = schools[i].ID
	}
	require.NoError(t, s.AddSchools(t.Context(), w.Cohort.ID, ids))
	for i := range schools {
		w.Case(&schools[i], 0)
	}
	request := importer.Request{Kind: roster.Teachers, CohortID: w.Cohort.ID, FileName: "白云区.xlsx", Path: w.District.Path, By: "tester"}
	body := districtSheet(t, 0)

	steps := imported(t, w, request, body, models.Counts{Created: districtTeachers})
	require.Greater(t, steps, 200, "both runs tell how far they are")
	imported(t, w, request, body, models.Counts{Same: districtTeachers})
	var users, listed int64
	require.NoError(t, s.DB(t.Context()).Model(&models.User{}).Count(&users).Error)
	require.NoError(t, s.DB(t.Context()).Model(&models.RosterRow{}).Count(&listed).Error)
	require.Equal(t, []int64{districtTeachers, districtTeachers}, []int64{users, listed})

	bad, err := importer.Begin(t.Context(), s, request, districtSheet(t, seededBad))
	require.NoError(t, err)
	require.NoError(t, importer.Run(t.Context(), s, bad, everything, func(int) {}))
	view, err := s.Import(t.Context(), models.Scope{All: true}, bad.ID)
	require.NoError(t, err)
	require.Equal(t, seededBad, view.Bad)
	require.Equal(t, districtTeachers-seededBad, view.Same)
	require.Equal(t, seededBad, len(errorRows(t, s, &view.ImportJob))-1)

	peak := peakMemory(t)
	t.Logf("peak memory %d MB", peak>>20)
	require.Less(t, peak, uint64(maxMemory))
}

// imported runs a sheet dry and then for real, and returns how often it told its progress.
func imported(t *testing.T, w *testkit.World, r importer.Request, body []byte, want models.Counts) int {
	t.Helper()
	steps, last := 0, 0
	progress := func(done int) {
		require.Greater(t, done, last)
		steps, last = steps+1, done
	}
	job, err := importer.Begin(t.Context(), w.Store, r, body)
	require.NoError(t, err)
	require.NoError(t, importer.Run(t.Context(), w.Store, job, everything, progress))
	require.Equal(t, want, counts(t, w.Store, job.ID, models.ImportChecked))
	last = 0
	job, err = w.Store.ApplyImport(t.Context(), job.ID, models.ImportAll, "tester")
	require.NoError(t, err)
	require.NoError(t, importer.Run(t.Context(), w.Store, job, everything, progress))
	require.Equal(t, want, counts(t, w.Store, job.ID, models.ImportDone))
	return steps
}

// districtSheet is the workbook of a district; bad rows have no name, or one of the other
// mistakes, in turn.
func districtSheet(t *testing.T, bad int) []byte {
	t.Helper()
	sheet, err := xlsx.New("教师名册", []xlsx.Column{
		{Title: "学校代码", Width: 12}, {Title: "账号", Width: 12}, {Title: "姓名", Width: 12}, {Title: "身份证号", Width: 20},
		{Title: "手机号", Width: 14}, {Title: "学科", Width: 10}, {Title: "专任教师", Width: 8},
	})
	require.NoError(t, err)
	every := districtTeachers
	if bad > 0 {
		every = districtTeachers / bad
	}
	for i := range districtTeachers {
		row := []any{
			fmt.Sprintf("baiyun%03d", i%districtSchools), fmt.Sprintf("by%05d", i), fmt.Sprintf("教师%05d", i), xlsx.Text(idNumber(i)),
			xlsx.Text(fmt.Sprintf("138%08d", i)), "语文", "是",
		}
		if bad > 0 && i%every == 1 && i/every < bad {
			spoil(row, i/every)
		}
		require.NoError(t, sheet.Row(row...))
	}
	var out bytes.Buffer
	_, err = sheet.WriteTo(&out)
	require.NoError(t, err)
	require.NoError(t, sheet.Close())
	return out.Bytes()
}

// spoil makes one of the mistakes that a row can have.
func spoil(row []any, n int) {
	switch n % 5 {
	case 0:
		row[2] = ""
	case 1:
		row[0] = "nowhere"
	case 2:
		row[3] = xlsx.Text("440106199001011234")
	case 3:
		row[6] = "也许"
	case 4:
		row[1] = "by00000" // somebody else's, above
	}
}

// idNumber is a valid ID number, another for each n.
func idNumber(n int) string {
	base := fmt.Sprintf("440106%04d%02d%02d%03d", 1960+n/1000%40, 1+n/100000%12, 1+n/100000%28, n%1000)
	for c := range strings.SplitSeq("0123456789X", "") {
		if validID(base + c) {
			return base + c
		}
	}
	panic("no check character fits")
}

// peakMemory is the most memory the process has had, as the system counts it, or where it
// does not tell, as the runtime has taken it.
func peakMemory(t *testing.T) uint64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
				require.NoError(t, err)
				return n << 10
			}
		}
	}
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
