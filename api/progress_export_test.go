package api

import (
	"bytes"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

func exported(p person, query string) [][]string {
	p.r.t.Helper()
	r := p.get("/api/v1/progress/export?" + query)
	require.Equal(p.r.t, http.StatusOK, r.Code, r.Body.String())
	f, err := excelize.OpenReader(bytes.NewReader(r.Body.Bytes()))
	require.NoError(p.r.t, err)
	rows, err := f.GetRows("督办台账")
	require.NoError(p.r.t, err)
	return rows
}

func TestTheExportIsTheBoardAsItIsShown(t *testing.T) {
	t.Parallel()
	_, w, city := three(t)
	rows := exported(city, "sort=stage")
	require.Equal(t, "学校", rows[0][0])
	require.Len(t, rows[0], len(usualColumns))
	require.Equal(t, []string{w.Direct.Name, w.Foreign.Name, w.School.Name}, []string{rows[1][0], rows[2][0], rows[3][0]})

	rows = exported(city, "sort=stage&overdue=true&columns=days_over,school,due_at,blocker,cohort,case_id")
	shown := progress(city, "overdue=true").Items[0]
	due := shown.DueAt.In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
	require.Equal(t, [][]string{
		{"逾期（工作日）", "学校", "期限", "滞留原因", "批次", "项目编号"},
		{strconv.Itoa(shown.DaysOver), w.Foreign.Name, due, shown.Blocker, w.Cohort.Name, shown.CaseId},
	}, rows)
	require.Len(t, exported(city, "q=%E6%B2%A1%E6%9C%89"), 1, "the header alone")
}

func TestTheExportIsADownloadNamedWithTheDay(t *testing.T) {
	t.Parallel()
	_, _, city := three(t)
	r := city.get("/api/v1/progress/export")
	require.Equal(t, xlsx.Type, r.Header().Get("Content-Type"))
	require.Equal(t, "no-store", r.Header().Get("Cache-Control"))
	kind, params, err := mime.ParseMediaType(r.Header().Get("Content-Disposition"))
	require.NoError(t, err)
	require.Equal(t, []string{"attachment", "督办台账-2026-09-07.xlsx"}, []string{kind, params["filename"]})
	require.Equal(t, strconv.Itoa(r.Body.Len()), r.Header().Get("Content-Length"))
}

func TestTheExportRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	for query, field := range map[string]string{"columns=school,password": "columns", "sort=size": "sort", "columns=school,school": "columns"} {
		require.Equal(t, field, city.get("/api/v1/progress/export?"+query).refused(422, apperr.Invalid).Field, query)
	}
	r.nobody().get("/api/v1/progress/export").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	require.Len(t, exported(district, ""), 2, "its own schools only")
	district.get("/api/v1/progress/export?under="+w.Sibling.ID).refused(404, apperr.NotFound)
}

// Whoever names a school cannot make it a formula.
func TestTheExportHasNoFormulas(t *testing.T) {
	t.Parallel()
	_, w, city := three(t)
	const evil = `=HYPERLINK("http://a.example","x")`
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Case{}).Where("school_id = ?", w.School.ID).Update("school_name", evil).Error)
	r := city.get("/api/v1/progress/export?columns=school&under=" + w.School.ID)
	f, err := excelize.OpenReader(bytes.NewReader(r.Body.Bytes()))
	require.NoError(t, err)
	formula, err := f.GetCellFormula("督办台账", "A2")
	require.NoError(t, err)
	require.Empty(t, formula)
	value, err := f.GetCellValue("督办台账", "A2")
	require.NoError(t, err)
	require.Equal(t, evil, value)
}

// An export leaves nothing behind.
func TestASpooledFileGoesWhenItIsSent(t *testing.T) {
	t.Parallel()
	w, err := xlsx.New("表", []xlsx.Column{{Title: "甲", Width: 8}})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	body, size, err := spool(w)
	require.NoError(t, err)
	require.Positive(t, size)
	name := body.(spooled).Name()
	require.Equal(t, os.TempDir(), filepath.Dir(name))
	require.NoError(t, body.Close())
	require.NoFileExists(t, name)
}

// Every column of the contract can be exported.
func TestEveryColumnIsThere(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	schema := spec.routes["GET /api/v1/progress/export"].route.Spec.Components.Schemas["ProgressColumn"].Value
	require.Len(t, schema.Enum, len(progressColumns))
	for _, key := range schema.Enum {
		require.Contains(t, progressColumns, key)
	}
}
