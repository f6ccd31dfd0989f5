package file_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
	"zhengxiao/internal/roster"
)

var lines = []registry.Line{
	{No: "ZX2026-A", Name: "张三", IDNumber: "11010519491231002X", OrgCode: "0440106001", OrgName: "=一小", Project: "P", Year: 2026, Hours: 105},
	{No: "ZX2026-B", Reverses: "ZX2026-A", Name: "张三", IDNumber: "440524188001010014", Year: 2026, Hours: -105},
}

func each(put func(registry.Line) error) error {
	for _, l := range lines {
		if err := put(l); err != nil {
			return err
		}
	}
	return nil
}

// mine is a registry's own template: other titles, another order.
var mine = []file.Column{
	{"id_number", "证件号码"}, {"name", "教师姓名"}, {"no", "外部编号"}, {"year", "年"}, {"hours", "分数"}, {"reverses", "原编号"}, {"org_code", "单位"},
	{"org_name", "单位名称"}, {"kind", "类型"},
}

func TestWorkbookByTemplate(t *testing.T) {
	t.Parallel()
	require.NoError(t, file.Check(mine))
	var out bytes.Buffer
	require.NoError(t, file.Write(&out, file.XLSX, mine, each))
	book, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	rows, err := book.GetRows("学时登记")
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"证件号码", "教师姓名", "外部编号", "年", "分数", "原编号", "单位", "单位名称", "类型"},
		{"11010519491231002X", "张三", "ZX2026-A", "2026", "10.5", "", "0440106001", "=一小", "登记"},
		{"440524188001010014", "张三", "ZX2026-B", "2026", "-10.5", "ZX2026-A", "", "", "冲正"},
	}, rows)
	formula, err := book.GetCellFormula("学时登记", "H2")
	require.NoError(t, err)
	require.Empty(t, formula)
}

func TestCSVByTemplate(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, file.Write(&out, file.CSV, mine, each))
	require.Equal(t, "\ufeff证件号码,教师姓名,外部编号,年,分数,原编号,单位,单位名称,类型\n"+
		"11010519491231002X,张三,ZX2026-A,2026,10.5,,0440106001,'=一小,登记\n"+
		"440524188001010014,张三,ZX2026-B,2026,-10.5,ZX2026-A,,,冲正\n", out.String())
}

func TestTemplatesThatCannotBe(t *testing.T) {
	t.Parallel()
	require.NoError(t, file.Check(file.Standard()))
	for name, c := range map[string][]file.Column{
		"nothing":        nil,
		"unknown field":  append(file.Standard(), file.Column{Field: "phone", Title: "电话"}),
		"twice":          append(file.Standard(), file.Column{Field: "no", Title: "又一个"}),
		"same title":     append(mine[1:], file.Column{Field: "id_number", Title: "教师姓名"}),
		"no title":       append(mine[1:], file.Column{Field: "id_number"}),
		"a formula":      append(mine[1:], file.Column{Field: "id_number", Title: "=1+1"}),
		"no ID number":   mine[1:],
		"endless title ": append(mine[1:], file.Column{Field: "id_number", Title: strings.Repeat("长", 41)}),
	} {
		err := file.Check(c)
		require.Equal(t, file.CodeTemplate, apperr.CodeOf(err), name)
		require.Equal(t, "columns", apperr.FieldOf(err), name)
	}
}

func put(t *testing.T, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "receipts")
	require.NoError(t, os.WriteFile(path, body, 0o600))
	return path
}

const receipts = "登记结果表,,,,\n\n记录号,登记结果,登记学时,回执号,退回原因\n" +
	"ZX2026-A,登记成功,10.5,R1,\n,,,,\nZX2026-B,退回,,,查无此人\nZX2026-C,处理中,,,\nZX2026-D,好,,,\n,已登记,1,R,\nZX2026-E,已登记,x,R,\n"

func TestReceiptsOfEveryKind(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(receipts))
	require.NoError(t, err)
	book := excelize.NewFile()
	for i, line := range strings.Split(receipts, "\n") {
		for j, cell := range strings.Split(line, ",") {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			require.NoError(t, err)
			require.NoError(t, book.SetCellStr("Sheet1", at, cell))
		}
	}
	var xl bytes.Buffer
	require.NoError(t, book.Write(&xl))
	for name, body := range map[string][]byte{"UTF-8": []byte(receipts), "GB18030": gb, "mark": []byte("\ufeff" + receipts), "xlsx": xl.Bytes()} {
		got, err := file.ReadReceipts(put(t, body))
		require.NoError(t, err, name)
		require.Equal(t, []registry.Answer{
			{No: "ZX2026-A", State: registry.Acknowledged, Hours: 105, Receipt: "R1"},
			{No: "ZX2026-B", State: registry.Refused, Reason: "查无此人"},
			{No: "ZX2026-C", State: registry.Sent},
		}, got.Answers, name)
		require.Len(t, got.Bad, 3, name)
		require.Equal(t, 8, got.Bad[0].Row, name)
	}
}

func TestFilesThatHoldNoReceipts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body []byte
		want apperr.Code
	}{
		"empty":        {nil, file.CodeReceipts},
		"other sheet":  {[]byte("姓名,学科\n" + strings.Repeat("张三,语文\n", 6)), file.CodeReceipts},
		"header only":  {[]byte("记录号,结果\n"), file.CodeReceipts},
		"broken zip":   {[]byte("PK\x03\x04rubbish"), roster.CodeSheet},
		"old xls":      {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), roster.CodeSheet},
		"open quote":   {[]byte("记录号,结果\n\"A,已登记\n"), roster.CodeSheet},
		"too many":     {fmt.Appendf(nil, "记录号,结果\n%s", strings.Repeat("A,处理中\n", file.MaxRows+6)), file.CodeReceipts},
		"zeros":        {make([]byte, 4096), file.CodeReceipts},
		"just a title": {[]byte("回执\n"), file.CodeReceipts},
	} {
		_, err := file.ReadReceipts(put(t, c.body))
		require.Equal(t, c.want, apperr.CodeOf(err), name)
	}
}

func FuzzReadReceipts(f *testing.F) {
	f.Add([]byte(receipts))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := file.ReadReceipts(put(t, body))
		if err != nil {
			require.NotEqual(t, apperr.Internal, apperr.CodeOf(err), "%v", err)
			return
		}
		for _, a := range r.Answers {
			require.NotEmpty(t, a.No)
		}
	})
}
