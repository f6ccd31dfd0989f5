package roster

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WriteTemplate writes a workbook to fill in: the header with an example below it, and a
// second sheet that explains each column. The example is skipped when it is left in.
func WriteTemplate(k Kind, out io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := writeForm(f, k); err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	if err := writeNotes(f, k); err != nil {
		return fmt.Errorf("write notes of template: %w", err)
	}
	_, err = f.WriteTo(out)
	return err
}

func writeForm(f *excelize.File, k Kind) error {
	sheet := k.Name()
	if err := f.SetSheetName(f.GetSheetName(0), sheet); err != nil {
		return err
	}
	bold, err := header(f)
	if err != nil {
		return err
	}
	// Text, so that long numbers keep their last digits.
	asText, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return err
	}
	for i, c := range columns[k] {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := errors.Join(
			f.SetColWidth(sheet, name, name, c.width), f.SetColStyle(sheet, name, asText),
			f.SetCellStr(sheet, name+"1", c.title), f.SetCellStyle(sheet, name+"1", name+"1", bold),
		); err != nil {
			return err
		}
		if c.example != "" {
			if err := f.SetCellStr(sheet, name+"2", c.example); err != nil {
				return err
			}
		}
	}
	return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func header(f *excelize.File) (int, error) {
	return f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, NumFmt: 49,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F3F5"}},
	})
}

func writeNotes(f *excelize.File, k Kind) error {
	const sheet = "填写说明"
	if _, err := f.NewSheet(sheet); err != nil {
		return err
	}
	rows := [][]any{{"列名", "是否必有此列", "填写要求", "示例"}}
	for _, c := range columns[k] {
		need := "可以没有"
		if c.required {
			need = "必有"
		}
		rows = append(rows, []any{c.title, need, c.note, c.example})
	}
	rows = append(rows, []any{}, []any{"第一张表的第2行是示例，可直接改成自己的数据；原样留着则不会导入。"},
		[]any{"再次导入同一张表不会重复：已有的内容相同则不变，不同则更新。空着的选填项不会清掉已有的内容。"})
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	bold, err := header(f)
	if err != nil {
		return err
	}
	return errors.Join(f.SetCellStyle(sheet, "A1", "D1", bold),
		f.SetColWidth(sheet, "A", "B", 16), f.SetColWidth(sheet, "C", "C", 80), f.SetColWidth(sheet, "D", "D", 24))
}
