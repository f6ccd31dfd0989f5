package xlsx_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/internal/hygiene"
	"zhengxiao/internal/xlsx"
)

// Whatever somebody has typed is text in a workbook: never a formula, and what the product
// lets in comes out as it was.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", "_x003D_1", "<f>1</f>", "&#61;1", " 空 格 ", "一\n二", "'=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := xlsx.New("表", []xlsx.Column{{Title: "列", Width: 9}})
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		require.NoError(t, w.Row(s))
		var b bytes.Buffer
		_, err = w.WriteTo(&b)
		require.NoError(t, err)
		file, err := excelize.OpenReader(&b)
		require.NoError(t, err)
		defer func() { require.NoError(t, file.Close()) }()
		formula, err := file.GetCellFormula("表", "A2")
		require.NoError(t, err)
		require.Empty(t, formula)
		got, err := file.GetCellValue("表", "A2")
		require.NoError(t, err)
		if _, bad := hygiene.Text(s); !bad && len(s) < excelize.TotalCellChars && !strings.Contains(s, "\r") {
			require.Equal(t, s, got)
		}
	})
}
