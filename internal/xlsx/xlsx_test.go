package xlsx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/internal/xlsx"
)

func written(t *testing.T, columns []xlsx.Column, rows ...[]any) []byte {
	t.Helper()
	w, err := xlsx.New("督办台账", columns)
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	for _, r := range rows {
		require.NoError(t, w.Row(r...))
	}
	var out bytes.Buffer
	n, err := w.WriteTo(&out)
	require.NoError(t, err)
	require.EqualValues(t, out.Len(), n)
	return out.Bytes()
}

// part is one file of the workbook.
func part(t *testing.T, book []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	require.NoError(t, err)
	f, err := z.Open(name)
	require.NoError(t, err)
	raw, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(raw)
}

func TestTypesAndTimesInChina(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC) // 21 November in China
	book := written(t, []xlsx.Column{{"学校", 20}, {"天数", 8}, {"期限", 12}, {"更新", 18}, {"逾期", 6}, {"空", 6}},
		[]any{"一小", 7, xlsx.Day(late), late, true, time.Time{}})
	f, err := excelize.OpenReader(bytes.NewReader(book))
	require.NoError(t, err)
	rows, err := f.GetRows("督办台账")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"学校", "天数", "期限", "更新", "逾期", "空"}, {"一小", "7", "2026-11-21", "2026-11-21 00:30", "是"}}, rows)
	kind, err := f.GetCellType("督办台账", "B2")
	require.NoError(t, err)
	require.NotContains(t, []excelize.CellType{excelize.CellTypeInlineString, excelize.CellTypeSharedString}, kind)
	raw, err := f.GetCellValue("督办台账", "C2", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(raw, "46347."), "a date is a number: %s", raw)
}

func TestTheHeaderIsFrozenAndFilters(t *testing.T) {
	t.Parallel()
	book := written(t, []xlsx.Column{{"甲", 8}, {"乙", 8}}, []any{1, 2}, []any{3, 4})
	sheet := part(t, book, "xl/worksheets/sheet1.xml")
	require.Contains(t, sheet, `<pane`)
	require.Contains(t, sheet, `state="frozen"`)
	require.Contains(t, sheet, `autoFilter ref="$A$1:$B$3"`)
	require.Contains(t, part(t, book, "xl/workbook.xml"), "_xlnm._FilterDatabase")
}

// Nothing that a person typed becomes a formula.
func TestFormulasStayText(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{`=HYPERLINK("http://a","b")`, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "正常"} {
		book := written(t, []xlsx.Column{{"学校", 20}}, []any{evil})
		require.NotContains(t, part(t, book, "xl/worksheets/sheet1.xml"), "<f>")
		f, err := excelize.OpenReader(bytes.NewReader(book))
		require.NoError(t, err)
		value, err := f.GetCellValue("督办台账", "A2")
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(evil), strings.TrimSpace(value))
		id, err := f.GetCellStyle("督办台账", "A2")
		require.NoError(t, err)
		style, err := f.GetStyle(id)
		require.NoError(t, err)
		require.Equal(t, evil != "正常", style.NumFmt == 49, evil)
	}
}

func TestBadCharactersDoNotBreakTheFile(t *testing.T) {
	t.Parallel()
	book := written(t, []xlsx.Column{{"说明", 20}}, []any{"<&\x00\x0b\ufffe]]>"}, []any{strings.Repeat("长", 40000)})
	f, err := excelize.OpenReader(bytes.NewReader(book))
	require.NoError(t, err)
	rows, err := f.GetRows("督办台账")
	require.NoError(t, err)
	require.Len(t, rows, 3)
}

func TestARowMustFit(t *testing.T) {
	t.Parallel()
	w, err := xlsx.New("表", []xlsx.Column{{"甲", 8}})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	require.ErrorContains(t, w.Row(1, 2), "2 values in 1 columns")
	_, err = xlsx.New(strings.Repeat("名", 40), nil)
	require.Error(t, err)
}

// A long list goes through a file, not through memory.
func TestALongList(t *testing.T) {
	t.Parallel()
	const rows = 30000
	w, err := xlsx.New("长表", []xlsx.Column{{"学校", 20}, {"说明", 40}})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	for i := range rows {
		require.NoError(t, w.Row(fmt.Sprintf("第%05d小学", i), strings.Repeat("说明", 300)))
	}
	var out bytes.Buffer
	_, err = w.WriteTo(&out)
	require.NoError(t, err)
	require.Contains(t, part(t, out.Bytes(), "xl/worksheets/sheet1.xml"), fmt.Sprintf("A%d", rows+1))
}
